import { expect, test } from 'vitest'
import { OPERATORS } from '../../ops/index.ts'
import { referenceNode } from '../../ops/referenceNode.ts'
import { importOnnx } from './importOnnx.ts'
import { OnnxDataType, type OnnxNode } from './onnxModel.ts'
import { f32, onnxNode, onnxTensor } from './testing/runNode.ts'
import { writeOnnxModel } from './writeModel.ts'

const named = (name: string, op: string, inputs: string[], output: string): OnnxNode => ({
  ...onnxNode({ op, inputs, outputs: [output] }),
  name,
})

/** Names and operators of the program of nodes that read x [2, 2] and w [2, 2]. */
function namesOf(nodes: readonly OnnxNode[], outputs: readonly string[]): string[] {
  const bytes = writeOnnxModel({
    irVersion: 8,
    producer: 'tests',
    opsets: new Map([['', 17]]),
    functions: [],
    graph: {
      name: 'names',
      nodes,
      initializers: [onnxTensor('w', f32([2, 2], [1, 2, 3, 4]))],
      numSparseInitializers: 0,
      inputs: [{ name: 'x', kind: 'tensor', dataType: OnnxDataType.float, shape: [2, 2] }],
      outputs: outputs.map((name) => ({ name })),
    },
  })
  const { program, nodeNames } = importOnnx(bytes, { file: 'model.onnx', evaluate: referenceNode(OPERATORS) })
  const [section] = program.sections
  expect(nodeNames).toHaveLength(section?.nodes.length as number)
  return nodeNames.map((name, i) => `${section?.nodes[i]?.op} ${name}`)
}

test('default: of fused nodes the name of the last one', () => {
  const nodes = [named('product', 'MatMul', ['x', 'w'], 'a'), named('relu', 'Relu', ['a'], 'b')]
  expect(namesOf(nodes, ['b'])).toEqual(['MatMul relu'])
  expect(namesOf(nodes, ['a', 'b'])).toEqual(['MatMul product', 'Map relu'])
})

test('default: a node without a name has that of its first output', () => {
  expect(namesOf([named('', 'MatMul', ['x', 'w'], 'y')], ['y'])).toEqual(['MatMul y'])
})

test('default: all nodes of one ONNX node have its name, a copied output its own', () => {
  const nodes = [named('logs', 'ReduceLogSumExp', ['x'], 'y')]
  const names = namesOf(nodes, ['y', 'x'])
  expect(names.length).toBeGreaterThan(2)
  expect(new Set(names.slice(0, -1).map((name) => name.split(' ')[1]))).toEqual(new Set(['logs']))
  expect(names.at(-1)).toBe('Map x')
})

test('edge: a name of control characters and one without end', () => {
  const nodes = [named('\u001b[2J', 'MatMul', ['x', 'w'], 'a'), named('z'.repeat(999), 'MatMul', ['a', 'w'], 'b')]
  expect(namesOf(nodes, ['b'])).toEqual(['MatMul \ufffd[2J', `MatMul …${'z'.repeat(255)}`])
})
