import { concat, encodeAbiParameters, keccak256, stringToHex } from 'viem'
import { expect, test } from 'vitest'
import {
  addressWord,
  claimIdOf,
  commitmentOf,
  hashText,
  hashWords,
  innerTournamentId,
  isHexOfLength,
  matchIdOf,
  rootTournamentId,
  splitWords,
} from 'opml/dispute'

const WORD = { type: 'bytes32' } as const
const ADDRESS = { type: 'address' } as const
const one = hashText('one')
const two = hashText('two')
const three = hashText('three')
const account = '0x00000000000000000000000000000000000a0b0c'

// viem is the second implementation here: keccak-256 and abi.encode of its own.
test('differential: the root tournament’s id is the hash of tag, market and task', () => {
  const tag = keccak256(stringToHex('opml.tournament.root.1'))
  const expected = keccak256(encodeAbiParameters([WORD, ADDRESS, WORD], [tag, account, one]))
  expect(rootTournamentId(account, one)).toBe(expected)
})

test('differential: an inner tournament’s id is the hash of tag, match, model and state', () => {
  const tag = keccak256(stringToHex('opml.tournament.inner.2'))
  const expected = keccak256(encodeAbiParameters([WORD, WORD, WORD, WORD], [tag, one, two, three]))
  expect(innerTournamentId({ parentMatch: one, modelId: two, prevState: three })).toBe(expected)
})

test('differential: claim and match ids', () => {
  const a = keccak256(encodeAbiParameters([WORD, WORD, WORD], [one, two, three]))
  const b = keccak256(encodeAbiParameters([WORD, WORD, WORD], [one, three, two]))
  expect(claimIdOf(one, { root: two, outcome: three })).toBe(a)
  const key = { tournamentId: one, a: { root: two, outcome: three }, b: { root: three, outcome: two } }
  expect(matchIdOf(key)).toBe(keccak256(encodeAbiParameters([WORD, WORD, WORD], [one, a, b])))
})

test('differential: a commitment binds tournament, root, sender and salt', () => {
  const expected = keccak256(encodeAbiParameters([WORD, WORD, ADDRESS, WORD], [one, two, account, three]))
  expect(commitmentOf({ tournamentId: one, root: two, sender: account, salt: three })).toBe(expected)
})

test('differential: hashWords hashes the words’ bytes one after the other', () => {
  expect(hashWords(one, two)).toBe(keccak256(concat([one, two])))
})

test('default: an address becomes a word with twelve zero bytes before it', () => {
  expect(addressWord('0x00000000000000000000000000000000000A0B0C')).toBe(`0x${'00'.repeat(29)}0a0b0c`)
})

test('edge: splitWords of nothing is nothing', () => {
  expect(splitWords('0x')).toEqual([])
  expect(splitWords(`0x${one.slice(2)}${two.slice(2)}`)).toEqual([one, two])
})

test('edge: isHexOfLength wants exactly the length and lower case', () => {
  expect(isHexOfLength('0x0a', 1)).toBe(true)
  expect(isHexOfLength('0x0A', 1)).toBe(false)
  expect(isHexOfLength('0x0a', 2)).toBe(false)
})
