import { expect, test } from 'vitest'
import { gatherElements } from './gatherElements.ts'
import { f32, i32, refusal, runReference, view } from './testing/testNode.ts'

test('default: along the columns (example 1 of ONNX GatherElements)', () => {
  const operands = [view(f32([2, 2], 1, 2, 3, 4)), view(i32([2, 2], 0, 0, 1, 0))]
  const out = runReference(gatherElements, { shape: [2, 2], operands, attributes: { axis: 5, axisSize: 2 } })
  expect([...out]).toEqual([1, 1, 4, 3])
})

test('default: along the rows of a 3×3 (example 2 of ONNX GatherElements), negative indices', () => {
  const operands = [view(f32([3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9)), view(i32([2, 3], -2, -1, 0, -1, 0, -3))]
  const out = runReference(gatherElements, { shape: [2, 3], operands, attributes: { axis: 4, axisSize: 3 } })
  expect([...out]).toEqual([4, 8, 3, 7, 2, 3])
})

test('edge: an index out of range gives zero', () => {
  const operands = [view(f32([3], 1, 2, 3)), view(i32([4], 3, -4, 2, -3))]
  const out = runReference(gatherElements, { shape: [4], operands, attributes: { axis: 5, axisSize: 3 } })
  expect([...out]).toEqual([0, 0, 3, 1])
})

test('shape: rejects a dimension that is not there and coordinates outside a', () => {
  const operands = [view(f32([2, 2], 1, 2, 3, 4)), view(i32([2, 2], 0, 0, 1, 0))]
  const shape = [2, 2]
  expect(refusal(gatherElements, { shape, operands, attributes: { axis: 3, axisSize: 2 } })).toBe(
    'the output of rank 2 has no dimension 3.',
  )
  expect(refusal(gatherElements, { shape, operands, attributes: { axis: 4, axisSize: 3 } })).toBe(
    'operand a is read from element 0 to 5, it has 4 elements.',
  )
  expect(refusal(gatherElements, { shape: [3, 2], operands, attributes: { axis: 4, axisSize: 2 } })).toBe(
    'operand b is read from element 0 to 5, it has 4 elements.',
  )
})
