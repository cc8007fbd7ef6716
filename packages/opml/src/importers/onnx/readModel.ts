import { OnnxFormatError } from './errors.ts'
import type {
  OnnxAttribute,
  OnnxFunction,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValueInfo,
} from './onnxModel.ts'
import { type ProtoField, readFields } from './protoMessage.ts'
import { append, readTensor } from './readTensor.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Reads a model file (ModelProto). Raw data stays in `bytes`; nothing is interpreted.
 *
 * @throws {OnnxFormatError} for anything that is no model.
 */
export function readOnnxModel(bytes: Uint8Array): OnnxModel {
  let [irVersion, producer] = [0, '']
  let graph: OnnxGraph | undefined
  const opsets = new Map<string, number>()
  const functions: OnnxFunction[] = []
  readFields(bytes, { place: 'the model', depth: 0 }, (field) => {
    if (field.number === 1) irVersion = field.int()
    else if (field.number === 2) producer = field.string()
    else if (field.number === 7) graph = readGraph(field)
    else if (field.number === 8) readOpset(field, opsets)
    else if (field.number === 25) functions.push(readFunction(field))
  })
  if (graph === undefined) throw new OnnxFormatError({ place: 'the model', reason: 'there is no graph' })
  if (opsets.size === 0) throw new OnnxFormatError({ place: 'the model', reason: 'no operator set is named' })
  return { irVersion, producer, opsets, graph, functions }
}

function readOpset(field: ProtoField, opsets: Map<string, number>): void {
  let [domain, version] = ['', 0]
  field.message((inner) => {
    if (inner.number === 1) domain = inner.string()
    else if (inner.number === 2) version = inner.int()
  })
  opsets.set(domain === 'ai.onnx' ? '' : domain, version)
}

function readGraph(field: ProtoField): OnnxGraph {
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const [inputs, outputs]: [OnnxValueInfo[], OnnxValueInfo[]] = [[], []]
  let [name, numSparseInitializers] = ['', 0]
  field.message((inner) => {
    if (inner.number === 1) nodes.push(readNode(inner))
    else if (inner.number === 2) name = inner.string()
    else if (inner.number === 5) initializers.push(readTensor(inner))
    else if (inner.number === 11) inputs.push(readValueInfo(inner))
    else if (inner.number === 12) outputs.push(readValueInfo(inner))
    else if (inner.number === 15) numSparseInitializers++
  })
  return { name, nodes, initializers, numSparseInitializers, inputs, outputs }
}

function readNode(field: ProtoField): OnnxNode {
  const [inputs, outputs]: [string[], string[]] = [[], []]
  const attributes = new Map<string, OnnxAttribute>()
  let [name, opType, domain] = ['', '', '']
  field.message((inner) => {
    if (inner.number === 1) inputs.push(inner.string())
    else if (inner.number === 2) outputs.push(inner.string())
    else if (inner.number === 3) name = inner.string()
    else if (inner.number === 4) opType = inner.string()
    else if (inner.number === 5) {
      const attribute = readAttribute(inner)
      if (attributes.has(attribute.name))
        throw new OnnxFormatError({ place: inner.place, reason: `a node has two attributes "${attribute.name}"` })
      attributes.set(attribute.name, attribute)
    } else if (inner.number === 7) domain = inner.string()
  })
  return { name, opType, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes }
}

/** Numbers of AttributeProto.AttributeType whose zero a writer may leave out. */
const ELIDED_ZEROS: ReadonlyMap<number, Partial<OnnxAttribute>> = new Map([
  [1, { f: 0 }],
  [2, { i: 0n }],
  [3, { s: '' }],
])

function readAttribute(field: ProtoField): OnnxAttribute {
  const [floats, ints]: [number[], bigint[]] = [[], []]
  const [strings, graphs]: [string[], OnnxGraph[]] = [[], []]
  const attribute: Mutable<OnnxAttribute> = { name: '', floats, ints, strings, graphs }
  let type = 0
  field.message((inner) => {
    if (inner.number === 1) attribute.name = inner.string()
    else if (inner.number === 2) attribute.f = inner.float()
    else if (inner.number === 3) attribute.i = inner.int64()
    else if (inner.number === 4) attribute.s = inner.string()
    else if (inner.number === 5) attribute.t = readTensor(inner)
    else if (inner.number === 6) attribute.g = readGraph(inner)
    else if (inner.number === 7) append(floats, inner.floats())
    else if (inner.number === 8) append(ints, inner.int64s())
    else if (inner.number === 9) strings.push(inner.string())
    else if (inner.number === 11) graphs.push(readGraph(inner))
    else if (inner.number === 20) type = inner.int()
    else if (inner.number === 21) attribute.refAttrName = inner.string()
  })
  return attribute.refAttrName === undefined ? { ...ELIDED_ZEROS.get(type), ...attribute } : attribute
}

/** Kinds of types by their field in TypeProto. */
const TYPE_KINDS: ReadonlyMap<number, NonNullable<OnnxValueInfo['kind']>> = new Map([
  [1, 'tensor'],
  [4, 'sequence'],
  [5, 'map'],
  [8, 'sparse'],
  [9, 'optional'],
])

function readValueInfo(field: ProtoField): OnnxValueInfo {
  const info: Mutable<OnnxValueInfo> = { name: '' }
  field.message((inner) => {
    if (inner.number === 1) info.name = inner.string()
    else if (inner.number === 2) inner.message((type) => readType(type, info))
  })
  return info
}

function readType(field: ProtoField, info: Mutable<OnnxValueInfo>): void {
  const kind = TYPE_KINDS.get(field.number)
  if (kind === undefined) return
  info.kind = kind
  if (kind !== 'tensor') return
  field.message((inner) => {
    if (inner.number === 1) info.dataType = inner.int()
    else if (inner.number === 2) info.shape = readShape(inner)
  })
}

function readShape(field: ProtoField): (number | string | undefined)[] {
  const shape: (number | string | undefined)[] = []
  field.message((inner) => {
    if (inner.number !== 1) return
    let dim: number | string | undefined
    inner.message((value) => {
      if (value.number === 1) dim = value.int()
      else if (value.number === 2) dim = value.string() || undefined
    })
    shape.push(dim)
  })
  return shape
}

function readFunction(field: ProtoField): OnnxFunction {
  const [inputs, outputs, attributes]: [string[], string[], string[]] = [[], [], []]
  const nodes: OnnxNode[] = []
  const opsets = new Map<string, number>()
  let [name, domain] = ['', '']
  field.message((inner) => {
    if (inner.number === 1) name = inner.string()
    else if (inner.number === 4) inputs.push(inner.string())
    else if (inner.number === 5) outputs.push(inner.string())
    else if (inner.number === 6) attributes.push(inner.string())
    else if (inner.number === 7) nodes.push(readNode(inner))
    else if (inner.number === 9) readOpset(inner, opsets)
    else if (inner.number === 10) domain = inner.string()
  })
  return { name, domain, inputs, outputs, attributes, nodes, opsets }
}

/** Reads a TensorProto that is a file of its own, as the ONNX test suites have them. @throws {OnnxFormatError} */
export function readOnnxTensorFile(bytes: Uint8Array): OnnxTensor {
  return readTensor({ message: (read) => readFields(bytes, { place: 'the tensor', depth: 0 }, read) })
}
