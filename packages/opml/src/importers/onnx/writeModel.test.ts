import { expect, test } from 'vitest'
import { OnnxDataType, type OnnxAttribute, type OnnxGraph, type OnnxModel, type OnnxNode } from './onnxModel.ts'
import { readOnnxModel } from './readModel.ts'
import { writeOnnxModel } from './writeModel.ts'

const empty = { floats: [], ints: [], strings: [], graphs: [] }

function attributesOf(...attributes: OnnxAttribute[]): ReadonlyMap<string, OnnxAttribute> {
  return new Map(attributes.map((attribute) => [attribute.name, attribute]))
}

const inner: OnnxGraph = {
  name: 'then',
  nodes: [],
  initializers: [{ name: 'half', dims: [], dataType: OnnxDataType.float, bytes: Uint8Array.of(0, 0, 0, 0x3f) }],
  numSparseInitializers: 0,
  inputs: [],
  outputs: [{ name: 'half' }],
}

const model: OnnxModel = {
  irVersion: 8,
  producer: 'opml',
  opsets: new Map([
    ['', 17],
    ['local', 1],
  ]),
  graph: {
    name: 'main',
    nodes: [
      {
        name: 'clip',
        opType: 'Clip',
        domain: '',
        inputs: ['x', '', 'high'],
        outputs: ['y'],
        attributes: attributesOf(
          { ...empty, name: 'f', f: -0.5 },
          { ...empty, name: 'i', i: -(2n ** 63n) },
          { ...empty, name: 's', s: '' },
          { ...empty, name: 't', t: { name: 'w', dims: [2], dataType: OnnxDataType.int8, bytes: Uint8Array.of(1, 2) } },
          { ...empty, name: 'g', g: inner },
          { ...empty, name: 'floats', floats: [0, 1.5] },
          { ...empty, name: 'ints', ints: [0n, -1n, 1n] },
          { ...empty, name: 'strings', strings: ['', 'ab'] },
          { ...empty, name: 'graphs', graphs: [inner] },
          { ...empty, name: 'ref', refAttrName: 'outer' },
        ),
      },
    ],
    initializers: [
      {
        name: 'far',
        dims: [3, 0],
        dataType: OnnxDataType.int64,
        external: { location: 'w.bin', offset: 8, length: 0 },
      },
    ],
    numSparseInitializers: 0,
    inputs: [{ name: 'x', kind: 'tensor', dataType: OnnxDataType.float, shape: [1, 'width', undefined] }],
    outputs: [{ name: 'y', kind: 'tensor', dataType: OnnxDataType.float }],
  },
  functions: [
    {
      name: 'twice',
      domain: 'local',
      inputs: ['a'],
      outputs: ['b'],
      attributes: ['outer'],
      nodes: [{ name: '', opType: 'Add', domain: '', inputs: ['a', 'a'], outputs: ['b'], attributes: new Map() }],
      opsets: new Map([['', 17]]),
    },
  ],
}

test('default: the bytes of a smallest model, worked by hand from onnx.proto', () => {
  const smallest: OnnxModel = {
    irVersion: 3,
    producer: '',
    opsets: new Map([['', 7]]),
    graph: { name: 'g', nodes: [], initializers: [], numSparseInitializers: 0, inputs: [], outputs: [] },
    functions: [],
  }
  expect(writeOnnxModel(smallest)).toEqual(
    // ir_version (1): 3 · graph (7): { name (2): "g" } · opset_import (8): { version (2): 7 }
    Uint8Array.of(0x08, 3, 0x3a, 3, 0x12, 1, 0x67, 0x42, 2, 0x10, 7),
  )
})

test('property: what is read back is what was written', () => {
  expect(readOnnxModel(writeOnnxModel(model))).toEqual(model)
})

test('error: refuses a value that is no tensor', () => {
  const graph = { ...model.graph, outputs: [{ name: 'list', kind: 'sequence' as const }] }
  expect(() => writeOnnxModel({ ...model, graph })).toThrow('Value "list" is a sequence')
})

test('edge: a zero that another writer leaves out is read as one, by the type of the attribute', () => {
  const attribute = (given: Partial<OnnxAttribute>) => {
    const node = { ...model.graph.nodes[0], attributes: attributesOf({ ...empty, name: 'a', ...given }) } as OnnxNode
    return writeOnnxModel({ ...model, functions: [], graph: { ...inner, nodes: [node] } })
  }
  const read = (bytes: Uint8Array) => readOnnxModel(bytes).graph.nodes[0]?.attributes.get('a')
  // Field 3, the integer, and field 20, the type; then the integer's field is one that no attribute has.
  const written = attribute({ i: 0n })
  const at = Buffer.from(written).indexOf(Buffer.of(0x18, 0, 0xa0, 0x01, 2))
  expect(at).toBeGreaterThan(0)
  written[at] = 0x78
  expect(read(written)).toEqual({ ...empty, name: 'a', i: 0n })
  written[at + 4] = 7
  expect(read(written)).toEqual({ ...empty, name: 'a' })
})
