import { type OnnxAttribute, OnnxDataType, type OnnxModel, type OnnxNode, type OnnxTensor } from '../onnx/onnxModel.ts'

/** First operator set whose DequantizeLinear has a scale a channel. */
const PER_CHANNEL_OPSET = 13

/** Attributes that have become inputs since: by operator, in the order of the inputs; the one input before them is the data. */
const NOW_INPUTS: Readonly<Record<string, readonly { readonly name: string; readonly since: number }[]>> = {
  Slice: [
    { name: 'starts', since: 10 },
    { name: 'ends', since: 10 },
    { name: 'axes', since: 10 },
  ],
  Clip: [
    { name: 'min', since: 11 },
    { name: 'max', since: 11 },
  ],
  Squeeze: [{ name: 'axes', since: 13 }],
  Unsqueeze: [{ name: 'axes', since: 13 }],
  ReduceSum: [{ name: 'axes', since: 13 }],
  Split: [{ name: 'split', since: 13 }],
}

/** Operators whose `axis` once meant all axes from there on; the quantiser takes only the last one, where both mean the same. */
const LAST_AXIS: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax'])

/** A model that was quantised, in operator set 13: what these operators had as attributes becomes inputs; other nodes stay the same objects. */
export function toOpset13(model: OnnxModel): OnnxModel {
  const opset = model.opsets.get('') ?? 1
  if (opset >= PER_CHANNEL_OPSET) return model
  const initializers: OnnxTensor[] = [...model.graph.initializers]
  const nodes = model.graph.nodes.map((node) => converted(node, { opset, initializers }))
  return {
    ...model,
    opsets: new Map([...model.opsets, ['', PER_CHANNEL_OPSET]]),
    graph: { ...model.graph, nodes, initializers },
  }
}

function converted(node: OnnxNode, p: { opset: number; initializers: OnnxTensor[] }): OnnxNode {
  if (LAST_AXIS.has(node.opType)) {
    const axis: OnnxAttribute = { name: 'axis', i: -1n, floats: [], ints: [], strings: [], graphs: [] }
    return { ...node, attributes: new Map([...node.attributes, ['axis', axis]]) }
  }
  const moved = (NOW_INPUTS[node.opType] ?? []).filter(({ since }) => since > p.opset)
  if (moved.length === 0) return node
  const attributes = new Map(node.attributes)
  const inputs = [...node.inputs]
  for (const { name } of moved) {
    const attribute = attributes.get(name)
    attributes.delete(name)
    const own = `${node.outputs[0]}/${name}`
    if (attribute !== undefined) p.initializers.push(tensorOf(own, attribute))
    inputs.push(attribute === undefined ? '' : own)
  }
  while (inputs.at(-1) === '') inputs.pop()
  return { ...node, inputs, attributes }
}

function tensorOf(name: string, { f, ints }: OnnxAttribute): OnnxTensor {
  if (f !== undefined)
    return { name, dims: [], dataType: OnnxDataType.float, bytes: new Uint8Array(Float32Array.of(f).buffer) }
  const bytes = new Uint8Array(BigInt64Array.from(ints).buffer)
  return { name, dims: [ints.length], dataType: OnnxDataType.int64, bytes }
}
