import type { Dtype } from '../../../graph/dtype.ts'
import { dtypeInfo } from '../../../graph/dtype.ts'
import { walkProgram } from '../../../graph/programWalk.ts'
import { verifyProgram } from '../../../graph/verifyProgram.ts'
import { loadValue, newElements, storeValue } from '../../../ops/elements.ts'
import { OPERATOR_TABLE, OPERATORS } from '../../../ops/index.ts'
import { referenceNode } from '../../../ops/referenceNode.ts'
import { importOnnx } from '../importOnnx.ts'
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

/** Imports a graph, verifies its program and runs it by the plain loops of the operators. */
export function runGraph(
  graph: OnnxGraph,
  p: { inputs: ReadonlyMap<string, OnnxTensor>; opset: number; mlOpset?: number },
): Result[] {
  const opsets = new Map([
    ['', p.opset],
    ['ai.onnx.ml', p.mlOpset ?? 1],
  ])
  const model = writeOnnxModel({ irVersion: 8, producer: 'tests', opsets, functions: [], graph })
  const { program, constants } = importOnnx(model, { file: 'model.onnx', evaluate: compute })
  verifyProgram(program, { operators: OPERATOR_TABLE, coarseHeight: 16, fineHeight: 16 })
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

/** Outputs of one node, of operator set 21 unless told. */
export function runNode(
  op: string,
  p: {
    inputs: readonly (Given | undefined)[]
    attributes?: Readonly<Record<string, AttributeInput>>
    numOutputs?: number
    opset?: number
    domain?: string
  },
): Result[] {
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
  return runGraph(graph, {
    inputs: new Map(given.map((tensor) => [tensor.name, tensor])),
    opset: p.domain === undefined ? (p.opset ?? 21) : 21,
    mlOpset: p.domain === undefined ? 1 : (p.opset ?? 1),
  })
}

/** Values of the first output of {@link runNode}. */
export function firstOutput(...args: Parameters<typeof runNode>): readonly number[] {
  return runNode(...args)[0].values
}
