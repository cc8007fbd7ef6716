import { keccak_256 } from '@noble/hashes/sha3.js'
import { expect, test } from 'vitest'
import { bytesToHex, hexToBytes } from '../../core/bytes.ts'
import type { Hex } from '../../core/bytes.ts'
import { KIND } from '../kinds.ts'
import { rootOfDescendants, rootOfProof } from '../subtree.ts'
import type { JoinData } from '../types.ts'
import { ZERO_WORD } from '../types.ts'
import { hashText } from '../words.ts'
import { toyMachine } from './toyReferee.ts'
import { ToyTrace, honestHistory, liesBetween, liesInUnusedState, liesOnce, toyResult } from './toyTrace.ts'

// The second implementation of the hash.
const keccak256 = (...words: readonly Hex[]): Hex =>
  bytesToHex(keccak_256(hexToBytes(`0x${words.map((word) => word.slice(2)).join('')}`)))

const inputRoot = hashText('input')
const model = { coarseHeight: 1, fineHeight: 1 }
const truth = honestHistory(inputRoot, model)
const hex = truth.map(bytesToHex)
const trace = new ToyTrace({ inputRoot, history: truth, model })

test('differential: heights 1 and 1 give five states, each the hash of the one before', () => {
  const states = [keccak256(inputRoot)]
  while (states.length < 5) states.push(keccak256(states.at(-1) ?? '0x'))
  expect(hex).toEqual(states)
})

test('default: coarse leaves are every second state, fine leaves the states between them', async () => {
  const coarse = keccak256(hex[2] ?? '0x', hex[4] ?? '0x')
  expect(await trace.root()).toBe(coarse)
  const inner = await trace.inner(1n)
  expect(inner?.kind).toBe(KIND.fine)
  expect(await inner?.root()).toBe(keccak256(hex[3] ?? '0x', hex[4] ?? '0x'))
  expect(await inner?.outcome()).toBe(hex[4])
  expect(inner?.inner(0n)).toBeNull()
})

test('edge: without a fine tree each coarse leaf is one instruction, decided at once', async () => {
  const flat = { coarseHeight: 2, fineHeight: 0 }
  const one = new ToyTrace({ inputRoot, history: honestHistory(inputRoot, flat), model: flat })
  expect(one.leaves()).toEqual(hex.slice(1))
  expect(one.inner(0n)).toBeNull()
  expect(await one.sealEvidence(2n)).toBe(hex[2])
})

test('property: openings and proofs of every position hash to the root', async () => {
  const tallModel = { coarseHeight: 5, fineHeight: 2 }
  const tall = new ToyTrace({ inputRoot, history: honestHistory(inputRoot, tallModel), model: tallModel })
  const root = await tall.root()
  expect(rootOfDescendants(await tall.descendants({ height: 5, index: 0n }, 1))).toBe(root)
  for (let position = 0n; position < 32n; position++) {
    const [leaf] = await tall.descendants({ height: 0, index: position }, 0)
    expect(rootOfProof(leaf ?? '0x', position, await tall.proveLeaf(position))).toBe(root)
  }
})

test('default: the machine takes the state’s own word as witness and nothing else', () => {
  const machine = toyMachine(model)
  const task = { modelId: hashText('m'), inputRoot }
  expect(machine.step(task, inputRoot, inputRoot)).toBe(keccak256(inputRoot))
  expect(machine.step(task, inputRoot, hashText('other'))).toBeNull()
  expect(machine.initialState(task, [inputRoot])).toBe(keccak256(inputRoot))
  expect(machine.initialState(task, [])).toBeNull()
  expect(machine.initialState(task, [hashText('other')])).toBeNull()
  const join = (lastLeaf: Hex, evidence: Hex): JoinData => ({
    root: ZERO_WORD,
    opened: [],
    lastLeaf,
    lastLeafSiblings: [],
    evidence,
  })
  expect(machine.resultOf(task, join(inputRoot, '0x01'))).toBeNull()
  expect(machine.resultOf(task, join(ZERO_WORD, inputRoot))).toBeNull()
  expect(machine.resultOf(task, join(inputRoot, inputRoot))).toBe(toyResult(inputRoot))
  expect(machine.judge(task, { traceRoot: inputRoot, index: 0n, evidence: '0x' })).toBeNull()
})

test('default: lies differ from the truth where they say', () => {
  const differs = (history: readonly Uint8Array[]) => history.map((state, i) => (bytesToHex(state) === hex[i] ? 0 : 1))
  expect(differs(liesOnce(truth, { from: 3, seed: 's' }))).toEqual([0, 0, 0, 1, 1])
  expect(differs(liesBetween(truth, { from: 1, until: 3, seed: 's' }))).toEqual([0, 1, 1, 0, 0])
  const hidden = liesInUnusedState(truth, 's')
  expect(differs(hidden)).toEqual([0, 0, 0, 0, 1])
  expect(toyResult(bytesToHex(hidden[4] ?? new Uint8Array()))).toBe(toyResult(hex[4] ?? '0x'))
})

test('error: a node outside the tree', async () => {
  await expect(trace.descendants({ height: 0, index: 2n }, 0)).rejects.toThrow(
    'A tree of height 1 has no node of index 2 at height 0.',
  )
})
