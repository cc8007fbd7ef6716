import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, expect, test } from 'vitest'
import { bytesToHex } from './bytes.ts'
import { hashPair, keccak256 } from './keccak.ts'
import { seededRandom } from './seededRandom.ts'

const SEED = 20261124

const text = (s: string) => new TextEncoder().encode(s)

describe('keccak256', () => {
  test('vector: empty string (yellow paper, hash of an account without code)', () => {
    expect(bytesToHex(keccak256(new Uint8Array(0)))).toBe(
      '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
    )
  })

  test('vector: hash of an empty trie, keccak256(rlp(""))', () => {
    expect(bytesToHex(keccak256(Uint8Array.of(0x80)))).toBe(
      '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
    )
  })

  test('vector: "abc"', () => {
    expect(bytesToHex(keccak256(text('abc')))).toBe(
      '0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45',
    )
  })

  test('vector: event signature of an ERC-20 transfer', () => {
    expect(bytesToHex(keccak256(text('Transfer(address,address,uint256)')))).toBe(
      '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef',
    )
  })

  test(`differential: equals noble at every length from 0 to 1000, seed ${SEED}`, () => {
    const random = seededRandom(SEED)
    for (let length = 0; length <= 1000; length++) {
      const bytes = Uint8Array.from({ length }, () => random.below(256))
      expect(bytesToHex(keccak256(bytes)), `length ${length}`).toBe(bytesToHex(keccak_256(bytes)))
    }
  })

  test('differential: equals noble on a megabyte, and the next short message is not disturbed', () => {
    const large = Uint8Array.from({ length: 1 << 20 }, (_, i) => i * 31)
    expect(keccak256(large)).toEqual(keccak_256(large))
    expect(keccak256(text('abc'))).toEqual(keccak_256(text('abc')))
  })

  test('property: neither the argument nor an earlier result is changed by a later call', () => {
    const argument = text('abc')
    const first = keccak256(argument)
    const copy = first.slice()
    keccak256(text('abd'))
    expect(first).toEqual(copy)
    expect(argument).toEqual(text('abc'))
  })
})

describe('hashPair', () => {
  test('default: hashes left then right', () => {
    const left = keccak256(text('left'))
    const right = keccak256(text('right'))
    expect(hashPair(left, right)).toEqual(keccak_256(Uint8Array.of(...left, ...right)))
    expect(hashPair(right, left)).not.toEqual(hashPair(left, right))
  })
})
