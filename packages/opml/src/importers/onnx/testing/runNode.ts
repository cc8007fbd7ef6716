import type { Dtype } from '../../../graph/dtype.ts'
import { dtypeInfo } from '../../../graph/dtype.ts'
import type { Program } from '../../../graph/program.ts'
import { walkProgram } from '../../../graph/programWalk.ts'
import { verifyProgram } from '../../../graph/verifyProgram.ts'
import { loadValue, newElements, storeValue } from '../../../ops/elements.ts'
import { OPERATOR_TABLE, OPERATORS } from '../../../ops/index.ts'
import { referenceNode } from '../../../ops/referenceNode.ts'
import { ProgramBuilder } from '../../builder/programBuilder.ts'
import { type ImportedProgram, importOnnx } from '../importOnnx.ts'
import { NodeContext } from '../lowering/context.ts'
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from '../onnxModel.ts'
import { dtypeOfOnnx } from '../onnxDtype.ts'
import { OnnxDataType } from '../onnxModel.ts'
import { writeOnnxModel } from '../writeModel.ts'

/** A whole number is an integer attribute, a list of numbers a list of integers; floats are told by `f` and `floats`. */
export type AttributeInput = number | string | readonly number[] | Partial<Omit<OnnxAttribute, 'name'>>

/** A tensor of a test; known ones are initializers. f32 unless told. */
export interface Given {
  readonly shape: readonly number[]
  readonly values: readonly (number | bigint)[]
  readonly dtype?: Dtype
  readonly isKnown?: boolean
}

/** An output of a node. */
export interface Result {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

const compute = referenceNode(OPERATORS)

export const f32 = (shape: readonly number[], values: readonly number[]): Given => ({ shape, values })
export const i64 = (values: readonly number[]): Given => ({
  shape: [values.length],
  values,
  dtype: 'i64',
  isKnown: true,
})

/** A tensor of a model. */
export function onnxTensor(name: string, given: Given): OnnxTensor {
  const dtype = given.dtype ?? 'f32'
  const elements = newElements(dtype, given.values.length)
  const isWide = dtypeInfo(dtype).valueClass === 'i64'
  given.values.forEach((value, i) => storeValue(dtype, elements, i, isWide ? BigInt(value) : Number(value)))
  const dataType = Object.values(OnnxDataType).find((type) => dtypeOfOnnx(type) === dtype) as number
  return { name, dims: given.shape, dataType, bytes: new Uint8Array(elements.buffer) }
}

/** A node of a model. */
export function onnxNode(p: {
  op: string
  inputs: readonly string[]
  outputs: readonly string[]
  attributes?: Readonly<Record<string, AttributeInput>>
  domain?: string
}): OnnxNode {
  const attributes = new Map(Object.entries(p.attributes ?? {}).map(([name, value]) => [name, attribute(name, value)]))
  return { name: p.op, opType: p.op, domain: p.domain ?? '', inputs: p.inputs, outputs: p.outputs, attributes }
}

function attribute(name: string, value: AttributeInput): OnnxAttribute {
  const empty = { name, floats: [], ints: [], strings: [], graphs: [] }
  if (typeof value === 'number') return { ...empty, i: BigInt(value) }
  if (typeof value === 'string') return { ...empty, s: value }
  return isList(value) ? { ...empty, ints: value.map(BigInt) } : { ...empty, ...value }
}

const isList = (value: AttributeInput): value is readonly number[] => Array.isArray(value)

/** A graph as a verified program. */
function importGraph(graph: OnnxGraph, p: { opset: number; mlOpset?: number }): ImportedProgram {
  const opsets = new Map([
    ['', p.opset],
    ['ai.onnx.ml', p.mlOpset ?? 1],
  ])
  const model = writeOnnxModel({ irVersion: 8, producer: 'tests', opsets, functions: [], graph })
  const imported = importOnnx(model, { file: 'model.onnx', evaluate: compute })
  verifyProgram(imported.program, { operators: OPERATOR_TABLE, coarseHeight: 16, fineHeight: 16 })
  return imported
}

/** Imports a graph, verifies its program and runs it by the plain loops of the operators. */
export function runGraph(
  graph: OnnxGraph,
  p: { inputs: ReadonlyMap<string, OnnxTensor>; opset: number; mlOpset?: number },
): Result[] {
  const { program, constants } = importGraph(graph, p)
  const outputs = walkProgram(program, {
    constants: constants.map(({ bytes }) => bytes),
    inputs: program.inputs.map(({ name }) => p.inputs.get(name)?.bytes as Uint8Array),
    compute,
  })
  return program.outputs.map(({ dtype, shape }, i) => ({ dtype, shape, values: valuesOf(dtype, outputs[i]) }))
}

function valuesOf(dtype: Dtype, bytes: Uint8Array): number[] {
  const elements = newElements(dtype, bytes.length / dtypeInfo(dtype).bytes)
  new Uint8Array(elements.buffer).set(bytes)
  return Array.from({ length: elements.length }, (_, i) => Number(loadValue(dtype, elements, i)))
}

/** One node with its inputs, of operator set 21 unless told. */
export interface NodeCase {
  readonly inputs: readonly (Given | undefined)[]
  readonly attributes?: Readonly<Record<string, AttributeInput>>
  readonly numOutputs?: number
  readonly opset?: number
  readonly domain?: string
}

interface NodeGraph {
  readonly graph: OnnxGraph
  readonly inputs: ReadonlyMap<string, OnnxTensor>
  readonly opset: number
  readonly mlOpset: number
}

function nodeGraph(op: string, p: NodeCase): NodeGraph {
  const tensors = p.inputs.map((given, i) => given && onnxTensor(`x${i}`, given))
  const isKnown = (i: number) => p.inputs[i]?.isKnown ?? false
  const outputs = Array.from({ length: p.numOutputs ?? 1 }, (_, i) => `y${i}`)
  const node = onnxNode({
    op,
    inputs: tensors.map((tensor) => tensor?.name ?? ''),
    outputs,
    ...(p.attributes && { attributes: p.attributes }),
    ...(p.domain !== undefined && { domain: p.domain }),
  })
  const given = tensors.flatMap((tensor, i) => (tensor === undefined || isKnown(i) ? [] : [tensor]))
  const graph: OnnxGraph = {
    name: op,
    nodes: [node],
    initializers: tensors.flatMap((tensor, i) => (tensor !== undefined && isKnown(i) ? [tensor] : [])),
    numSparseInitializers: 0,
    inputs: given.map(({ name, dataType, dims }) => ({ name, kind: 'tensor', dataType, shape: dims })),
    outputs: outputs.map((name) => ({ name })),
  }
  return {
    graph,
    inputs: new Map(given.map((tensor) => [tensor.name, tensor])),
    opset: p.domain === undefined ? (p.opset ?? 21) : 21,
    mlOpset: p.domain === undefined ? 1 : (p.opset ?? 1),
  }
}

/** Outputs of one node. */
export function runNode(op: string, p: NodeCase): Result[] {
  const { graph, ...rest } = nodeGraph(op, p)
  return runGraph(graph, rest)
}

/** The program that one node becomes. */
export function programOf(op: string, p: NodeCase): Program {
  const { graph, ...rest } = nodeGraph(op, p)
  return importGraph(graph, rest).program
}

/** A node on its way into a program of its own, whose inputs are all known: what a lowering makes of it is folded to constants. */
export function contextOf(
  p: { op?: string; opset?: number; inputs?: readonly Given[]; attributes?: NodeCase['attributes'] } = {},
): NodeContext {
  const builder = new ProgramBuilder(compute)
  const inputs = p.inputs ?? []
  const names = inputs.map((_, i) => `x${i}`)
  const node = onnxNode({ op: p.op ?? 'Test', inputs: names, outputs: ['y'], attributes: p.attributes ?? {} })
  const none = (): never => {
    throw new Error('A node of this test has no tensors in attributes and no bodies.')
  }
  const tensors = inputs.map((given) =>
    builder.constant(
      { name: '', dtype: given.dtype ?? 'f32', shape: given.shape },
      onnxTensor('', given).bytes as Uint8Array,
    ),
  )
  return new NodeContext({
    builder,
    node,
    opset: p.opset ?? 21,
    inputs: tensors,
    lowerSubgraph: none,
    constantOf: none,
  })
}

/** Values of the first output of {@link runNode}. */
export function firstOutput(op: string, p: NodeCase): readonly number[] {
  return runNode(op, p)[0].values
}
