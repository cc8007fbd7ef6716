import { OnnxDataType, type OnnxAttribute, type OnnxGraph, type OnnxTensor, writeOnnxModel } from 'opml/importers'

/** A node: operator, inputs, output, integer attributes. */
export type SampleNode = readonly [
  op: string,
  inputs: readonly string[],
  output: string,
  ints?: Readonly<Record<string, number>>,
]

/** The file of a model whose inputs are f32 unless their type is given and whose output is `y` unless others are named. */
export function onnxFile(p: {
  nodes: readonly SampleNode[]
  inputs: readonly { name: string; shape: readonly (number | string)[]; dataType?: number }[]
  initializers?: readonly OnnxTensor[]
  outputs?: readonly string[]
}): Uint8Array {
  const graph: OnnxGraph = {
    name: 'sample',
    nodes: p.nodes.map(([opType, inputs, output, ints = {}]) => ({
      name: output,
      opType,
      domain: '',
      inputs,
      outputs: [output],
      attributes: new Map(Object.entries(ints).map(([name, value]) => [name, integer(name, value)])),
    })),
    initializers: p.initializers ?? [],
    numSparseInitializers: 0,
    inputs: p.inputs.map(({ name, shape, dataType = OnnxDataType.float }) => ({
      name,
      kind: 'tensor',
      dataType,
      shape,
    })),
    outputs: (p.outputs ?? ['y']).map((name) => ({ name, kind: 'tensor', dataType: OnnxDataType.float })),
  }
  return writeOnnxModel({ irVersion: 8, producer: 'test', opsets: new Map([['', 17]]), graph, functions: [] })
}

function integer(name: string, value: number): OnnxAttribute {
  return { name, i: BigInt(value), floats: [], ints: [], strings: [], graphs: [] }
}

/** The bytes of f32 values. */
export function f32(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer)
}

/** A tensor as a file of its own, as the ONNX project's tests have them (TensorProto: dims 1, type 2, raw data 9); at most 127 bytes. */
export function tensorFile(tensor: Pick<OnnxTensor, 'dims' | 'dataType'> & { readonly bytes: Uint8Array }): Uint8Array {
  const { dims, dataType, bytes } = tensor
  return Uint8Array.from([...dims.flatMap((dim) => [0x08, dim]), 0x10, dataType, 0x4a, bytes.length, ...bytes])
}
