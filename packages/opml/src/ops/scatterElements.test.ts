import { expect, test } from 'vitest'
import { scatterElements } from './scatterElements.ts'
import { f32, i32, refusal, runReference, type TestOperand, u32, view } from './testing/testNode.ts'

const [PUT, ADD, MULTIPLY, MIN, MAX] = [0, 1, 2, 3, 4]

const along = (
  a: TestOperand,
  indices: TestOperand,
  updates: TestOperand,
  attributes: { axis: number; mode: number },
) => [...runReference(scatterElements, { shape: a.dims, operands: [view(a), indices, updates], attributes })]

test('default: along the rows of a 3×3 (example 1 of ONNX ScatterElements)', () => {
  const zeros = f32([3, 3], 0, 0, 0, 0, 0, 0, 0, 0, 0)
  const updates = f32([2, 3], 1, 1.25, 1.5, 2, 2.25, 2.5)
  expect(along(zeros, i32([2, 3], 1, 0, 2, 0, 2, 1), updates, { axis: 4, mode: PUT })).toEqual([
    2, 1.25, 0, 1, 0, 2.5, 0, 2.25, 1.5,
  ])
})

test('default: along the columns (example 2 of ONNX ScatterElements)', () => {
  const data = i32([1, 5], 1, 2, 3, 4, 5)
  expect(along(data, i32([1, 2], 1, 3), i32([1, 2], 11, 21), { axis: 5, mode: PUT })).toEqual([1, 11, 3, 21, 5])
})

test('edge: the last of duplicates stays, an index out of range writes nothing', () => {
  const data = i32([3], 1, 2, 3)
  expect(along(data, i32([5], 1, 1, -3, 3, -4), i32([5], 10, 20, 30, 40, 50), { axis: 5, mode: PUT })).toEqual([
    30, 20, 3,
  ])
})

test('default: reductions of duplicates', () => {
  const data = i32([2], 3, 5)
  const [indices, updates] = [i32([3], 0, 0, 0), i32([3], -4, 7, 2)]
  expect(along(data, indices, updates, { axis: 5, mode: ADD })).toEqual([8, 5])
  expect(along(data, indices, updates, { axis: 5, mode: MULTIPLY })).toEqual([-168, 5])
  expect(along(data, indices, updates, { axis: 5, mode: MIN })).toEqual([-4, 5])
  expect(along(data, indices, updates, { axis: 5, mode: MAX })).toEqual([7, 5])
})

test('edge: words above 2^31 are large as u32, sums wrap', () => {
  const data = u32([1], 2)
  const [index, update] = [i32([1], 0), u32([1], 0xffffffff)]
  expect(along(data, index, update, { axis: 5, mode: MIN })).toEqual([2])
  expect(along(data, index, update, { axis: 5, mode: MAX })).toEqual([0xffffffff])
  expect(along(data, index, update, { axis: 5, mode: ADD })).toEqual([1])
})

test('edge: f32 sums are rounded one after the other', () => {
  const [data, indices] = [f32([1], 2 ** 24), i32([2], 0, 0)]
  expect(along(data, indices, f32([2], 1, 1), { axis: 5, mode: ADD })).toEqual([2 ** 24])
  expect(along(f32([1], 1), indices, f32([2], 1, 2 ** 24), { axis: 5, mode: ADD })).toEqual([2 ** 24 + 2])
})

test('edge: f16 is narrowed once, after the last update', () => {
  const half = (...bits: number[]): TestOperand => ({
    dtype: 'f16',
    dims: [bits.length],
    elements: Uint16Array.from(bits),
  })
  // 2048 + 1 + 1 = 2050; narrowed in between, 2049 would fall back to 2048 each time.
  expect(along(half(0x6800), i32([2], 0, 0), half(0x3c00, 0x3c00), { axis: 5, mode: ADD })).toEqual([0x6801])
})

test('edge: put keeps the bits of a NaN, a reduction makes it canonical even where nothing is added', () => {
  const nan = (): TestOperand => ({
    dtype: 'f32',
    dims: [1],
    elements: new Float32Array(Uint32Array.of(0xffc12345).buffer),
  })
  const bits = (mode: number): number => {
    const operands = [view(nan()), i32([0]), f32([0])]
    const out = runReference(scatterElements, { shape: [1], operands, attributes: { axis: 5, mode } })
    return new Uint32Array(out.buffer)[0]
  }
  expect(bits(PUT)).toBe(0xffc12345)
  expect(bits(ADD)).toBe(0x7fc00000)
})

test('shape: rejects updates that do not fit', () => {
  const p = { shape: [2, 2], attributes: { axis: 5, mode: PUT } }
  const data = view(f32([2, 2], 1, 2, 3, 4))
  expect(refusal(scatterElements, { ...p, operands: [data, i32([3, 1], 0, 0, 0), f32([3, 1], 0, 0, 0)] })).toBe(
    'updates of dims [3, 1] do not fit [2, 2].',
  )
  expect(refusal(scatterElements, { ...p, operands: [data, i32([2, 1], 0, 0), f32([1, 2], 0, 0)] })).toBe(
    'operand c is [1, 2], it must be [2, 1].',
  )
  expect(refusal(scatterElements, { ...p, operands: [data, i32([2, 1], 0, 0), i32([2, 1], 0, 0)] })).toBe(
    'operand c is i32, it must be f32.',
  )
})
