import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type {
  OnnxAttribute,
  OnnxFunction,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValueInfo,
} from './onnxModel.ts'

/** Numbers of AttributeProto.AttributeType. */
const AttributeType = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8, graphs: 10 }

const EXTERNAL = 1

/** Writes the fields of one protobuf message. */
type Fields = (message: BinaryWriter) => void

/**
 * Writes a model as a file (ModelProto), the inverse of `readOnnxModel`.
 *
 * Tensors are written as raw data. What the reader leaves out (documentation, intermediate types, sparse initializers) is not written.
 * @throws {TypeError} a value that is neither a tensor nor without a type: other kinds are not kept by the reader.
 */
export function writeOnnxModel(model: OnnxModel): Uint8Array {
  const writer = new BinaryWriter()
  int(writer, 1, model.irVersion)
  text(writer, 2, model.producer)
  embed(writer, 7, graphFields(model.graph))
  writeOpsets(writer, 8, model.opsets)
  for (const body of model.functions) embed(writer, 25, functionFields(body))
  return writer.finish()
}

function graphFields(graph: OnnxGraph): Fields {
  return (writer) => {
    for (const node of graph.nodes) embed(writer, 1, nodeFields(node))
    text(writer, 2, graph.name)
    for (const tensor of graph.initializers) embed(writer, 5, tensorFields(tensor))
    for (const info of graph.inputs) embed(writer, 11, valueInfoFields(info))
    for (const info of graph.outputs) embed(writer, 12, valueInfoFields(info))
  }
}

function nodeFields(node: OnnxNode): Fields {
  return (writer) => {
    for (const name of node.inputs) textItem(writer, 1, name)
    for (const name of node.outputs) textItem(writer, 2, name)
    text(writer, 3, node.name)
    text(writer, 4, node.opType)
    for (const attribute of node.attributes.values()) embed(writer, 5, attributeFields(attribute))
    text(writer, 7, node.domain)
  }
}

function attributeFields(attribute: OnnxAttribute): Fields {
  return (writer) => {
    text(writer, 1, attribute.name)
    if (attribute.f !== undefined) writer.tag(2, WireType.Bit32).float(attribute.f)
    if (attribute.i !== undefined) int(writer, 3, attribute.i)
    if (attribute.s !== undefined) textItem(writer, 4, attribute.s)
    if (attribute.t !== undefined) embed(writer, 5, tensorFields(attribute.t))
    if (attribute.g !== undefined) embed(writer, 6, graphFields(attribute.g))
    for (const value of attribute.floats) writer.tag(7, WireType.Bit32).float(value)
    for (const value of attribute.ints) int(writer, 8, value)
    for (const value of attribute.strings) textItem(writer, 9, value)
    for (const graph of attribute.graphs) embed(writer, 11, graphFields(graph))
    int(writer, 20, attributeType(attribute))
    text(writer, 21, attribute.refAttrName ?? '')
  }
}

/** The type that readers other than ours ask for; an attribute without a value counts as an empty list of integers. */
function attributeType(attribute: OnnxAttribute): number {
  if (attribute.f !== undefined) return AttributeType.float
  if (attribute.i !== undefined) return AttributeType.int
  if (attribute.s !== undefined) return AttributeType.string
  if (attribute.t !== undefined) return AttributeType.tensor
  if (attribute.g !== undefined) return AttributeType.graph
  if (attribute.floats.length > 0) return AttributeType.floats
  if (attribute.strings.length > 0) return AttributeType.strings
  return attribute.graphs.length > 0 ? AttributeType.graphs : AttributeType.ints
}

function tensorFields(tensor: OnnxTensor): Fields {
  return (writer) => {
    for (const dim of tensor.dims) int(writer, 1, dim)
    int(writer, 2, tensor.dataType)
    text(writer, 8, tensor.name)
    if (tensor.bytes !== undefined) writer.tag(9, WireType.LengthDelimited).bytes(tensor.bytes)
    if (tensor.external === undefined) return
    for (const [key, value] of Object.entries(tensor.external))
      embed(writer, 13, (entry) => {
        text(entry, 1, key)
        text(entry, 2, String(value))
      })
    int(writer, 14, EXTERNAL)
  }
}

function valueInfoFields(info: OnnxValueInfo): Fields {
  if (info.kind !== undefined && info.kind !== 'tensor')
    throw new TypeError(`Value "${info.name}" is a ${info.kind}; only tensors can be written.`)
  return (writer) => {
    text(writer, 1, info.name)
    if (info.kind === undefined) return
    embed(writer, 2, (type) =>
      embed(type, 1, (tensor) => {
        int(tensor, 1, info.dataType ?? 0)
        if (info.shape !== undefined) embed(tensor, 2, shapeFields(info.shape))
      }),
    )
  }
}

function shapeFields(shape: NonNullable<OnnxValueInfo['shape']>): Fields {
  return (writer) => {
    for (const dim of shape)
      embed(writer, 1, (value) => {
        if (typeof dim === 'number') int(value, 1, dim)
        else text(value, 2, dim ?? '')
      })
  }
}

function functionFields(body: OnnxFunction): Fields {
  return (writer) => {
    text(writer, 1, body.name)
    for (const name of body.inputs) textItem(writer, 4, name)
    for (const name of body.outputs) textItem(writer, 5, name)
    for (const name of body.attributes) textItem(writer, 6, name)
    for (const node of body.nodes) embed(writer, 7, nodeFields(node))
    writeOpsets(writer, 9, body.opsets)
    text(writer, 10, body.domain)
  }
}

function writeOpsets(writer: BinaryWriter, field: number, opsets: ReadonlyMap<string, number>): void {
  for (const [domain, version] of opsets)
    embed(writer, field, (opset) => {
      text(opset, 1, domain)
      int(opset, 2, version)
    })
}

function embed(writer: BinaryWriter, field: number, fields: Fields): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  fields(writer)
  writer.join()
}

function int(writer: BinaryWriter, field: number, value: number | bigint): void {
  writer.tag(field, WireType.Varint).int64(BigInt(value))
}

/** A string; an empty one is the default and is left out. */
function text(writer: BinaryWriter, field: number, value: string): void {
  if (value !== '') textItem(writer, field, value)
}

/** A string of a list, where an empty one counts. */
function textItem(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value)
}
