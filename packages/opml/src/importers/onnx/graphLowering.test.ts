import { describe, expect, test } from 'vitest'
import { OnnxUnsupportedError } from './errors.ts'
import type { OnnxFunction, OnnxGraph, OnnxNode } from './onnxModel.ts'
import { f32, onnxNode, onnxTensor, runGraph } from './testing/runNode.ts'
import { importOnnx } from './importOnnx.ts'
import { writeOnnxModel } from './writeModel.ts'

const NONE = { initializers: [], numSparseInitializers: 0, inputs: [] }
const node = (op: string, inputs: string[], outputs: string[], attributes = {}, domain = ''): OnnxNode =>
  onnxNode({ op, inputs, outputs, attributes, domain })
const bodyOf = (name: string, nodes: OnnxNode[]): OnnxGraph => ({
  ...NONE,
  name,
  nodes,
  outputs: [{ name: nodes.at(-1)?.outputs[0] ?? '' }],
})

/** The reasons for which a model of x f32[2] with these nodes is refused. */
function reasonsOf(nodes: OnnxNode[], functions: OnnxFunction[] = []): readonly string[] {
  const x = onnxTensor('x', f32([2], [1, 2]))
  const graph: OnnxGraph = {
    ...NONE,
    name: 'g',
    nodes,
    inputs: [{ name: 'x', kind: 'tensor', dataType: x.dataType, shape: [2] }],
    outputs: [{ name: nodes.at(-1)?.outputs[0] ?? '' }],
  }
  const opsets = new Map([
    ['', 17],
    ['own', 1],
  ])
  try {
    const evaluate = () => expect.fail('nothing is known in these models')
    importOnnx(writeOnnxModel({ irVersion: 8, producer: '', opsets, graph, functions }), { file: '', evaluate })
  } catch (error) {
    if (error instanceof OnnxUnsupportedError) return error.reasons
    throw error
  }
  return []
}

const own = (nodes: OnnxNode[]): OnnxFunction => ({
  name: 'Twice',
  domain: 'own',
  inputs: ['a'],
  outputs: [nodes.at(-1)?.outputs[0] ?? ''],
  attributes: [],
  nodes,
  opsets: new Map([['', 17]]),
})

describe('what cannot be lowered', () => {
  test('default: every unknown operator in one report, each once', () => {
    const reasons = reasonsOf([node('Foo', ['x'], ['a']), node('Bar', ['a'], ['b']), node('Relu', ['b'], ['y'])])
    expect(reasons).toEqual([
      'node "Foo" (Foo): the operator is not supported',
      'node "Bar" (Bar): the operator is not supported',
    ])
  })

  test('default: those in the bodies of a node that is not lowered', () => {
    const inner = bodyOf('inner', [node('Bar', ['x'], ['i'])])
    const outer = bodyOf('outer', [node('If', ['c'], ['o'], { then_branch: { g: inner }, else_branch: { g: inner } })])
    const nodes = [
      node('Foo', ['x'], ['c']),
      node('If', ['c'], ['y'], { then_branch: { g: outer }, else_branch: { g: outer } }),
    ]
    expect(reasonsOf(nodes)).toEqual([
      'node "Foo" (Foo): the operator is not supported',
      'node "Bar" (Bar): the operator is not supported',
    ])
  })

  test('default: those in a function whose call is not lowered', () => {
    const twice = own([node('Bar', ['a'], ['t']), node('Relu', ['t'], ['r'])])
    const nodes = [
      node('Foo', ['x'], ['c']),
      node('Twice', ['c'], ['d'], {}, 'own'),
      node('Twice', ['d'], ['y'], {}, 'own'),
    ]
    expect(reasonsOf(nodes, [twice])).toEqual([
      'node "Foo" (Foo): the operator is not supported',
      'node "Bar" (Bar): the operator is not supported',
    ])
  })

  test('edge: functions that call each other in a node that is not lowered', () => {
    const calls = own([node('Twice', ['a'], ['r'], {}, 'own')])
    expect(reasonsOf([node('Foo', ['x'], ['c']), node('Twice', ['c'], ['y'], {}, 'own')], [calls])).toEqual([
      'node "Foo" (Foo): the operator is not supported',
    ])
  })

  test('default: a branch that is not taken may hold anything', () => {
    const known = onnxTensor('c', { shape: [], values: [1], dtype: 'bool' })
    const attributes = {
      then_branch: { g: bodyOf('then', [node('Relu', ['x'], ['t'])]) },
      else_branch: { g: bodyOf('else', [node('Foo', ['x'], ['e'])]) },
    }
    const x = onnxTensor('x', f32([2], [-1, 2]))
    const graph: OnnxGraph = {
      ...NONE,
      name: 'g',
      nodes: [node('If', ['c'], ['y'], attributes)],
      initializers: [known],
      inputs: [{ name: 'x', kind: 'tensor', dataType: x.dataType, shape: [2] }],
      outputs: [{ name: 'y' }],
    }
    expect(runGraph(graph, { inputs: new Map([['x', x]]), opset: 17 })[0]?.values).toEqual([0, 2])
  })
})
