import { type OnnxAttribute, OnnxDataType, type OnnxModel, type OnnxNode, type OnnxTensor } from '../onnx/onnxModel.ts'

/** A model with every LayerNormalization spelt out in simpler operators, so that the calibration sees what is between them. */
export function decomposed(model: OnnxModel): OnnxModel {
  const initializers: OnnxTensor[] = [...model.graph.initializers]
  const nodes = model.graph.nodes.flatMap((node) =>
    node.opType === 'LayerNormalization' && node.domain === '' && node.outputs.length === 1
      ? layerNormalization(node, initializers)
      : [node],
  )
  return { ...model, graph: { ...model.graph, nodes, initializers } }
}

const none = { floats: [], ints: [], strings: [], graphs: [] }

/** (x − mean) ÷ √(mean of squares + epsilon) · scale + bias over the last axis; other axes are left to be refused. */
function layerNormalization(node: OnnxNode, initializers: OnnxTensor[]): OnnxNode[] {
  if ((node.attributes.get('axis')?.i ?? -1n) !== -1n) return [node]
  const [x, scale, bias] = node.inputs as [string, string, string?]
  const output = node.outputs[0] as string
  const name = (part: string) => `${output}/${part}`
  const epsilon = Float32Array.of(node.attributes.get('epsilon')?.f ?? 1e-5)
  initializers.push({
    name: name('epsilon'),
    dims: [],
    dataType: OnnxDataType.float,
    bytes: new Uint8Array(epsilon.buffer),
  })
  const axes: OnnxAttribute = { ...none, name: 'axes', ints: [-1n] }
  const make = (opType: string, inputs: readonly string[], to: string, attributes: readonly OnnxAttribute[] = []) => ({
    name: to,
    opType,
    domain: '',
    inputs,
    outputs: [to],
    attributes: new Map(attributes.map((attribute) => [attribute.name, attribute] as const)),
  })
  const scaled = bias === undefined || bias === '' ? output : name('scaled')
  return [
    make('ReduceMean', [x], name('mean'), [axes]),
    make('Sub', [x, name('mean')], name('centred')),
    make('Mul', [name('centred'), name('centred')], name('square')),
    make('ReduceMean', [name('square')], name('variance'), [axes]),
    make('Add', [name('variance'), name('epsilon')], name('positive')),
    make('Sqrt', [name('positive')], name('deviation')),
    make('Div', [name('centred'), name('deviation')], name('normal')),
    make('Mul', [name('normal'), scale], scaled),
    ...(scaled === output ? [] : [make('Add', [scaled, bias as string], output)]),
  ]
}
