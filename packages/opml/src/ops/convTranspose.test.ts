import { expect, test } from 'vitest'
import { InvalidProgramError } from '../graph/errors.ts'
import type { Shape } from '../graph/shape.ts'
import { convTranspose } from './convTranspose.ts'
import { countingF32, slidingNode } from './testing/slidingNode.ts'

const nodeOf = (p: { output: Shape; a: Shape; b: Shape; attributes?: Record<string, number> }) =>
  slidingNode({
    op: 'ConvTranspose',
    dtype: 'f32',
    shape: p.output,
    operands: [
      ['f32', p.a],
      ['f32', p.b],
    ],
    ...(p.attributes && { attributes: p.attributes }),
  })
const ones = new Float32Array(18).fill(1)

test('default: the first example of ONNX ConvTranspose-11', () => {
  const node = nodeOf({ output: [1, 1, 2, 1, 5, 5], a: [1, 1, 1, 3, 3], b: [1, 2, 1, 3, 3] })
  const channel = [
    [0, 1, 3, 3, 2],
    [3, 8, 15, 12, 7],
    [9, 21, 36, 27, 15],
    [9, 20, 33, 24, 13],
    [6, 13, 21, 15, 8],
  ].flat()
  expect([...convTranspose.reference(node, [countingF32(9), ones])]).toEqual([...channel, ...channel])
})

test('default: the example of ONNX ConvTranspose-11 with dilations', () => {
  const node = nodeOf({
    output: [1, 1, 1, 1, 5, 5],
    a: [1, 1, 1, 3, 3],
    b: [1, 1, 1, 2, 2],
    attributes: { dilationH: 2, dilationW: 2 },
  })
  const [a, b] = [Float32Array.of(3, 8, 1, 9, 5, 7, 3, 2, 6), Float32Array.of(7, 2, 1, 9)]
  expect([...convTranspose.reference(node, [a, b])]).toEqual(
    [
      [21, 56, 13, 16, 2],
      [63, 35, 67, 10, 14],
      [24, 22, 76, 76, 21],
      [9, 5, 88, 45, 63],
      [3, 2, 33, 18, 54],
    ].flat(),
  )
})

test('default: the example of ONNX ConvTranspose-11 with strides and padding', () => {
  const attributes = { strideH: 3, strideW: 2, padH: 1, padW: 2 }
  const node = nodeOf({ output: [1, 1, 2, 1, 7, 3], a: [1, 1, 1, 3, 3], b: [1, 2, 1, 3, 3], attributes })
  const channel = [
    [1, 1, 3],
    [1, 1, 3],
    [7, 4, 9],
    [7, 4, 9],
    [7, 4, 9],
    [13, 7, 15],
    [13, 7, 15],
  ].flat()
  expect([...convTranspose.reference(node, [countingF32(9), ones])]).toEqual([...channel, ...channel])
})

test('default: two groups', () => {
  const node = nodeOf({ output: [1, 2, 1, 1, 1, 2], a: [1, 4, 1, 1, 1], b: [4, 1, 1, 1, 2] })
  // a = 1 2 | 3 4; group 0: 1·(1, 2) + 2·(3, 4), group 1: 3·(5, 6) + 4·(7, 8)
  expect([...convTranspose.reference(node, [countingF32(4, 1), countingF32(8, 1)])]).toEqual([7, 10, 43, 50])
})

test('edge: taps that reach no element take no part, whatever their weights', () => {
  const node = nodeOf({
    output: [1, 1, 1, 1, 1, 3],
    a: [1, 1, 1, 1, 1],
    b: [1, 1, 1, 1, 2],
    attributes: { strideW: 2 },
  })
  const operands = [Float32Array.of(2), Float32Array.of(3, Number.POSITIVE_INFINITY)]
  expect([...convTranspose.reference(node, operands)]).toEqual([6, Infinity, 0])
})

const good = { output: [1, 2, 3, 1, 1, 1], a: [1, 8, 1, 5, 5], b: [8, 3, 1, 3, 3] }
test.each<[string, Partial<typeof good> & { attributes?: Record<string, number> }]>([
  ['an output of rank 5', { output: [1, 6, 1, 1, 1] }],
  ['a b of rank 4', { b: [8, 3, 3, 3] }],
  ['input channels that do not split into groups', { a: [1, 7, 1, 5, 5], b: [7, 3, 1, 3, 3] }],
  ['other output channels', { b: [8, 6, 1, 3, 3] }],
  ['positions beyond 31 bits', { attributes: { padW: 1, dilationW: 2 ** 31 - 1 } }],
])('error: refuses %s', (_, change) => {
  expect(() => convTranspose.check(nodeOf(good), [])).not.toThrow()
  expect(() => convTranspose.check(nodeOf({ ...good, ...change }), [])).toThrow(InvalidProgramError)
})
