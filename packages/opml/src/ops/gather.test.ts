import { expect, test } from 'vitest'
import { gather } from './gather.ts'
import { f32, i32, refusal, runReference } from './testing/testNode.ts'

const data = f32([1, 3, 2], 1, 1.5, 2.5, 3.5, 4.5, 5.75)

test('default: rows 0, 1, 1, 2 (the first example of ONNX Gather, flattened)', () => {
  const out = runReference(gather, { shape: [1, 4, 2], operands: [data, i32([4], 0, 1, 1, 2)] })
  expect([...out]).toEqual([1, 1.5, 2.5, 3.5, 2.5, 3.5, 4.5, 5.75])
})

test('edge: a negative index counts from the end, one out of range gives zeros', () => {
  const out = runReference(gather, { shape: [1, 4, 2], operands: [data, i32([4], -1, -3, 3, -4)] })
  expect([...out]).toEqual([4.5, 5.75, 1, 1.5, 0, 0, 0, 0])
})

test('edge: a NaN keeps its bits', () => {
  const bits = Uint32Array.of(0xffc12345, 0x7f800001)
  const a = { dtype: 'f32', dims: [1, 1, 2], elements: new Float32Array(bits.buffer) } as const
  const out = runReference(gather, { shape: [1, 1, 2], operands: [a, i32([1], 0)] })
  expect([...new Uint32Array(out.buffer)]).toEqual([0xffc12345, 0x7f800001])
})

test('shape: rejects other dtypes and dims', () => {
  const indices = i32([4], 0, 1, 1, 2)
  expect(refusal(gather, { shape: [1, 4, 2], operands: [data, indices], dtype: 'i32' })).toBe(
    'operand a is f32, it must be i32.',
  )
  expect(refusal(gather, { shape: [1, 4, 3], operands: [data, indices] })).toBe(
    'operand a is [1, 3, 2], it must be [1, 3, 3].',
  )
  expect(refusal(gather, { shape: [1, 3, 2], operands: [data, indices] })).toBe('operand b is [4], it must be [3].')
  expect(refusal(gather, { shape: [4, 2], operands: [data, indices] })).toBe('the output has rank 2, Gather needs 3.')
  const bytes = { dtype: 'u8', dims: [4], elements: new Uint8Array(4) } as const
  expect(refusal(gather, { shape: [1, 4, 2], operands: [data, bytes] })).toBe('operand b is u8, it must be i32 or i64.')
})
