import { OnnxDataType, type OnnxAttribute, type OnnxGraph, type OnnxTensor, writeOnnxModel } from 'opml/importers'

/** A node: operator, inputs, output, integer attributes. */
export type SampleNode = readonly [
  op: string,
  inputs: readonly string[],
  output: string,
  ints?: Readonly<Record<string, number>>,
]

/** The file of a model whose inputs are f32 unless their type is given and whose output is `y`. */
export function onnxFile(p: {
  nodes: readonly SampleNode[]
  inputs: readonly { name: string; shape: readonly (number | string)[]; dataType?: number }[]
  initializers?: readonly OnnxTensor[]
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
    outputs: [{ name: 'y', kind: 'tensor', dataType: OnnxDataType.float }],
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
