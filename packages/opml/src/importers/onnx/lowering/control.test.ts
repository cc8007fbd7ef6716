import { describe, expect, test } from 'vitest'
import type { OnnxGraph } from '../onnxModel.ts'
import { f32, type Given, onnxNode, onnxTensor, type Result, runGraph } from '../testing/runNode.ts'

/** A body that applies one operator to values around it. */
const body = (p: {
  op: string
  reads: readonly string[]
  inputs?: readonly string[]
  attributes?: Record<string, number>
}): OnnxGraph => ({
  name: p.op,
  nodes: [onnxNode({ op: p.op, inputs: p.reads, outputs: ['r'], ...(p.attributes && { attributes: p.attributes }) })],
  initializers: [],
  numSparseInitializers: 0,
  inputs: (p.inputs ?? []).map((name) => ({ name })),
  outputs: [{ name: 'r' }],
})

function runIf(condition: Given, branches: readonly [OnnxGraph, OnnxGraph]): Result[] {
  const tensors = [onnxTensor('c', condition), onnxTensor('x', f32([2], [4, 9]))]
  const [known, free] = [
    tensors.filter((_, i) => i === 0 && condition.isKnown),
    tensors.filter((_, i) => i > 0 || !condition.isKnown),
  ]
  const attributes = { then_branch: { g: branches[0] }, else_branch: { g: branches[1] } }
  const graph: OnnxGraph = {
    name: 'main',
    nodes: [onnxNode({ op: 'If', inputs: ['c'], outputs: ['y'], attributes })],
    initializers: known,
    numSparseInitializers: 0,
    inputs: free.map(({ name, dataType, dims }) => ({ name, kind: 'tensor', dataType, shape: dims })),
    outputs: [{ name: 'y' }],
  }
  return runGraph(graph, { inputs: new Map(free.map((tensor) => [tensor.name, tensor])), opset: 17 })
}

const [root, twice] = [body({ op: 'Sqrt', reads: ['x'] }), body({ op: 'Add', reads: ['x', 'x'] })]
const flag = (value: number, isKnown: boolean): Given => ({ shape: [], values: [value], dtype: 'bool', isKnown })

describe('control flow', () => {
  test('default: a known condition takes one branch', () => {
    expect(runIf(flag(1, true), [root, twice])[0].values).toEqual([2, 3])
    expect(runIf(flag(0, true), [root, twice])[0].values).toEqual([8, 18])
  })

  test('default: a condition of the data picks between both', () => {
    expect(runIf(flag(1, false), [root, twice])[0].values).toEqual([2, 3])
    expect(runIf(flag(0, false), [root, twice])[0].values).toEqual([8, 18])
  })

  test('error: branches of different shapes need a known condition', () => {
    const most = body({ op: 'ReduceMax', reads: ['x'], attributes: { keepdims: 0 } })
    expect(() => runIf(flag(1, false), [root, most])).toThrow('not known before the run')
    expect(runIf(flag(1, true), [most, root])[0].values).toEqual([9])
  })
})
