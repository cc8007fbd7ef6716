import { expect, test } from 'vitest'
import { pad } from './pad.ts'
import { f32, i32, refusal, runReference } from './testing/testNode.ts'

const begin = (...given: number[]): Record<string, number> => {
  const entries = [0, 1, 2, 3, 4, 5].map((d) => [`begin${d}`, given[d - (6 - given.length)] ?? 0])
  return { ...Object.fromEntries(entries), valueLow: 0, valueHigh: 0 }
}
const data = f32([3, 2], 1, 1.25, 2.5, 3.5, 4.5, 5.75)

test('default: two columns before a 3×2 (the example of ONNX Pad, mode constant)', () => {
  const out = runReference(pad, { shape: [3, 4], operands: [data], attributes: begin(0, 2) })
  expect([...out]).toEqual([0, 0, 1, 1.25, 0, 0, 2.5, 3.5, 0, 0, 4.5, 5.75])
})

test('edge: a negative begin crops, the border goes on behind', () => {
  const out = runReference(pad, {
    shape: [3, 2],
    operands: [data],
    attributes: { ...begin(-1, 1), valueLow: 0x3f800000 },
  })
  expect([...out]).toEqual([1, 2.5, 1, 4.5, 1, 1])
})

test('edge: the border element is copied as bits, of i64 both words', () => {
  const a = { dtype: 'i64', dims: [0], elements: new BigInt64Array(0) } as const
  const out = runReference(pad, { shape: [1], operands: [a], attributes: { ...begin(0), valueLow: 1, valueHigh: 2 } })
  expect([...out]).toEqual([2n ** 33n + 1n])
})

test('edge: rank 0 is copied', () => {
  expect([...runReference(pad, { shape: [], operands: [i32([], 7)], attributes: begin() })]).toEqual([7])
})

test('shape: rejects another rank, a begin without dimension, a border element that is too wide', () => {
  expect(refusal(pad, { shape: [6], operands: [data], attributes: begin(0) })).toBe('operand a has rank 2, not 1.')
  expect(refusal(pad, { shape: [3, 2], operands: [data], attributes: begin(1, 0, 0) })).toBe(
    'begin3 must be 0, the output has rank 2.',
  )
  const bytes = { dtype: 'u8', dims: [1], elements: new Uint8Array(1) } as const
  expect(refusal(pad, { shape: [1], operands: [bytes], attributes: { ...begin(0), valueLow: 256 } })).toBe(
    'the border element 0x0, 0x100 is no u8.',
  )
  expect(refusal(pad, { shape: [3, 2], operands: [data], attributes: { ...begin(0, 0), valueHigh: 1 } })).toBe(
    'the border element 0x1, 0x0 is no f32.',
  )
})
