import { describe, expect, test } from 'vitest'
import { normalize } from './normalize.ts'
import { viewNode, viewOperand } from './testing/viewNode.ts'

function run(p: {
  shape: number[]
  numAxes: number
  epsilon?: number
  isRms?: number
  data: readonly number[]
}): number[] {
  const attributes = { numAxes: p.numAxes, epsilon: p.epsilon ?? 0, isRms: p.isRms ?? 0 }
  const node = viewNode({ op: 'Normalize', shape: p.shape, attributes })
  return [...normalize.reference(node, [Float32Array.from(p.data)])] as number[]
}

describe('Normalize', () => {
  test('default: mean 0 and variance 1 in every row', () => {
    // Row [1, 3]: mean 2, variance 1. Row [10, 2]: mean 6, variance 16.
    expect(run({ shape: [2, 2], numAxes: 1, data: [1, 3, 10, 2] })).toEqual([-1, 1, 1, -1])
  })

  test('default: over two dimensions', () => {
    // Mean 4, variance (9 + 1 + 1 + 9) ÷ 4 = 5, epsilon 4.
    const data = [1, 3, 5, 7]
    expect(run({ shape: [2, 2], numAxes: 2, epsilon: 4, data })).toEqual([-1, -1 / 3, 1 / 3, 1].map(Math.fround))
  })

  test('default: with isRms the mean stays', () => {
    // (1 + 49) ÷ 2 = 25
    expect(run({ shape: [2], numAxes: 1, isRms: 1, data: [1, 7] })).toEqual([1 / 5, 7 / 5].map(Math.fround))
  })

  test('default: scale and bias in the epilogue', () => {
    const acc = { name: 'acc', sources: [], imm: 0 }
    const load = (which: number) => ({ name: 'load', sources: [which], imm: 0 })
    const microOps = [
      acc,
      load(1),
      { name: 'f32.mul', sources: [0, 1], imm: 0 },
      load(2),
      { name: 'f32.add', sources: [2, 3], imm: 0 },
    ]
    const attributes = { numAxes: 1, epsilon: 0, isRms: 0 }
    const node = viewNode({ op: 'Normalize', shape: [2, 2], attributes, microOps })
    const [scale, bias] = [1, 2].map((index) => viewOperand({ index, dtype: 'f32', strides: [0, 1] }))
    const operands = [Float32Array.of(1, 3, 10, 2), Float32Array.of(2, 3), Float32Array.of(10, 20)]
    const out = normalize.reference({ ...node, operands: [node.operands[0], scale, bias] }, operands)
    expect([...out]).toEqual([8, 23, 12, 17])
  })

  test('edge: a constant row without epsilon is 0 ÷ 0', () => {
    expect(run({ shape: [2, 2], numAxes: 1, data: [4, 4, 0, 2] })).toEqual([Number.NaN, Number.NaN, -1, 1])
    expect(run({ shape: [2], numAxes: 1, epsilon: 1, data: [4, 4] })).toEqual([0, 0])
  })

  test('error: more axes than dimensions, reads', () => {
    const node = viewNode({ op: 'Normalize', shape: [2, 3], attributes: { numAxes: 2, epsilon: 0, isRms: 0 } })
    expect(() => normalize.check(node, [6])).not.toThrow()
    expect(() => normalize.check(node, [5])).toThrow('operand a is read from element 0 to 5, it has 5 elements.')
    const tooMany = { ...node, attributes: { ...node.attributes, numAxes: 3 } }
    expect(() => normalize.check(tooMany, [6])).toThrow('numAxes is 3, the output has rank 2.')
  })
})
