import { describe, expect, test } from 'vitest'
import { OpmlError } from '../../core/errors.ts'
import { PortableExecutor } from '../../engine/portableExecutor.ts'
import { PortableKernels } from '../../engine/portableKernels.ts'
import { verifyProgram } from '../../graph/verifyProgram.ts'
import { OPERATOR_TABLE } from '../../ops/index.ts'
import { OnnxExternalDataError, OnnxFormatError, OnnxUnsupportedError } from './errors.ts'
import { importOnnx, type OnnxImportOptions } from './importOnnx.ts'
import {
  type OnnxAttribute,
  OnnxDataType,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from './onnxModel.ts'
import { writeOnnxModel } from './writeModel.ts'

const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })

/** Imports and verifies, as a user's model is. */
function load(bytes: Uint8Array, options: Partial<OnnxImportOptions> = {}): void {
  const evaluate: OnnxImportOptions['evaluate'] = (node, operands) => executor.node(node, operands)
  const { program } = importOnnx(bytes, { file: 'hostile.onnx', evaluate, ...options })
  verifyProgram(program, { operators: OPERATOR_TABLE, coarseHeight: 20, fineHeight: 16 })
}

const { float, int64, string } = OnnxDataType
const NONE: Omit<OnnxAttribute, 'name'> = { floats: [], ints: [], strings: [], graphs: [] }

function node(opType: string, inputs: string[], outputs: string[], attributes: OnnxAttribute[] = []): OnnxNode {
  return {
    name: `${opType} of ${outputs.join()}`,
    opType,
    domain: '',
    inputs,
    outputs,
    attributes: new Map(attributes.map((attribute) => [attribute.name, attribute])),
  }
}

function graphOf(p: Partial<OnnxGraph>): OnnxGraph {
  const x = { name: 'x', kind: 'tensor', dataType: float, shape: [2, 3] } as const
  const y = { name: 'y', kind: 'tensor', dataType: float } as const
  return { name: 'g', nodes: [], initializers: [], numSparseInitializers: 0, inputs: [x], outputs: [y], ...p }
}

/** A model whose graph has x f32[2, 3] and the result y, but for what is given. */
function modelOf(p: Partial<OnnxGraph>, rest: Partial<OnnxModel> = {}): Uint8Array {
  return writeOnnxModel({
    irVersion: 8,
    producer: '',
    opsets: new Map([['', 13]]),
    graph: graphOf(p),
    functions: [],
    ...rest,
  })
}

const int64s = (name: string, values: bigint[], dims = [values.length]): OnnxTensor => ({
  name,
  dims,
  dataType: int64,
  bytes: new Uint8Array(BigInt64Array.from(values).buffer),
})

const GOOD = modelOf({
  nodes: [node('Reshape', ['x', 's'], ['r']), node('Relu', ['r'], ['y'])],
  initializers: [int64s('s', [3n, 2n])],
})

/** The error, or undefined for a model that is taken. Anything but an error of ours is thrown. */
function refusalOf(bytes: Uint8Array): OpmlError | undefined {
  try {
    load(bytes)
    return undefined
  } catch (error) {
    if (error instanceof OpmlError && (error.suggestion ?? '') !== '') return error
    throw error
  }
}

describe('hostile files', () => {
  test('default: the model that the others are made from is good', () => expect(() => load(GOOD)).not.toThrow())

  test('error: truncated anywhere', () => {
    for (let length = 0; length < GOOD.length; length++) refusalOf(GOOD.subarray(0, length))
    expect(() => load(GOOD.subarray(0, 0))).toThrow(OnnxFormatError)
    expect(() => load(GOOD.subarray(0, GOOD.length - 12))).toThrow(OnnxFormatError)
  })

  test('error: any bit flipped', () => {
    let numRefused = 0
    for (let bit = 0; bit < 8 * GOOD.length; bit++) {
      const changed = GOOD.slice()
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      if (refusalOf(changed) !== undefined) numRefused++
    }
    expect(numRefused).toBeGreaterThan(GOOD.length)
  })

  test('error: a length beyond the file, and a varint without an end', () => {
    expect(() => load(Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f))).toThrow(OnnxFormatError)
    expect(() => load(new Uint8Array(64).fill(0xff))).toThrow(OnnxFormatError)
  })

  test('error: a cyclic graph', () => {
    const nodes = [node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b']), node('Relu', ['b'], ['y'])]
    expect(() => load(modelOf({ nodes }))).toThrow(/input "b" is no value of the graph so far \(a cycle, or/)
  })

  test('error: huge dims', () => {
    const inputs = [{ name: 'x', kind: 'tensor', dataType: float, shape: [2 ** 40, 2 ** 40] } as const]
    expect(() => load(modelOf({ inputs, nodes: [node('Relu', ['x'], ['y'])] }))).toThrow(/more than 1 GiB/)
    const initializers = [{ ...int64s('s', [3n, 2n]), dims: [2 ** 40, 2 ** 40] }]
    expect(() => load(modelOf({ initializers }))).toThrow(/impossible dims/)
    const reshape = { nodes: [node('Expand', ['x', 's'], ['y'])], initializers: [int64s('s', [2n ** 62n, 2n, 3n])] }
    expect(() => load(modelOf(reshape))).toThrow(OpmlError)
  })

  test('error: negative dims', () => {
    const inputs = [{ name: 'x', kind: 'tensor', dataType: float, shape: [2, -3] } as const]
    expect(() => load(modelOf({ inputs, nodes: [node('Relu', ['x'], ['y'])] }))).toThrow(/a dimension is negative/)
    expect(() => load(modelOf({ initializers: [{ ...int64s('s', [1n]), dims: [-1] }] }))).toThrow(/impossible dims/)
  })

  test.each([
    ['before the file', { location: 'w.bin', offset: -1, length: 24 }, OnnxFormatError],
    ['that is no number', { location: 'w.bin', offset: Number.NaN, length: 24 }, OnnxFormatError],
    ['beyond the file', { location: 'w.bin', offset: 1000, length: 24 }, OnnxExternalDataError],
    ['with another length', { location: 'w.bin', offset: 0, length: 25 }, OnnxExternalDataError],
    ['above its folder', { location: '../w.bin', offset: 0, length: 24 }, OnnxExternalDataError],
    ['from the root', { location: '/w.bin', offset: 0, length: 24 }, OnnxExternalDataError],
    ['inside by a detour', { location: 'a/../../w.bin', offset: 0, length: 24 }, OnnxExternalDataError],
  ])('error: external data %s', (_, external, kind) => {
    const initializers = [{ name: 'w', dims: [2, 3], dataType: float, external }]
    const bytes = modelOf({ nodes: [node('Add', ['x', 'w'], ['y'])], initializers })
    const file = new Uint8Array(24)
    const readExternal: OnnxImportOptions['readExternal'] = ({ location, offset, length }) =>
      location === 'w.bin' ? file.subarray(offset, offset + length) : undefined
    expect(() => load(bytes, { readExternal })).toThrow(kind)
  })

  test('error: subgraphs nested without end', () => {
    let g = graphOf({ inputs: [], outputs: [] })
    for (let i = 0; i < 100; i++)
      g = graphOf({ inputs: [], outputs: [], nodes: [node('If', ['x'], ['y'], [{ ...NONE, name: 'then_branch', g }])] })
    expect(() => load(modelOf(g))).toThrow(/nested more than 32 deep/)
  })

  test.each([1, 100, 200_000])('error: %i protobuf groups inside each other', (depth) => {
    const groups = new Uint8Array(2 * depth)
    for (let i = 0; i < depth; i++) groups.set([0xa3, 0x06], 2 * i)
    expect(() => load(groups)).toThrow(/field 100 is a group/)
  })

  test('error: duplicated names', () => {
    const twice = [node('Relu', ['x'], ['y']), node('Abs', ['x'], ['y'])]
    expect(() => load(modelOf({ nodes: twice }))).toThrow(/its output "y" is the name of another value/)
    expect(() => load(modelOf({ nodes: [node('Relu', ['x'], ['x'])] }))).toThrow(/its output "x" is the name/)
    const [x] = graphOf({}).inputs
    expect(() => load(modelOf({ inputs: [x, x] as OnnxGraph['inputs'] }))).toThrow(/two inputs are named "x"/)
    const initializers = [int64s('s', [1n]), int64s('s', [2n])]
    expect(() => load(modelOf({ initializers }))).toThrow(/two initializers are named "s"/)
  })

  test('error: two attributes of one name', () => {
    const attribute = { ...NONE, name: 'axis', i: 1n }
    const softmax: OnnxNode = {
      ...node('Softmax', ['x'], ['y']),
      attributes: new Map([
        ['axis', attribute],
        ['other', attribute],
      ]),
    }
    expect(() => load(modelOf({ nodes: [softmax] }))).toThrow(/two attributes "axis"/)
  })

  test('error: wrong types', () => {
    const initializers = [int64s('n', [1n, 2n, 3n])]
    expect(() => load(modelOf({ nodes: [node('Add', ['x', 'n'], ['y'])], initializers }))).toThrow(
      /inputs of different types, f32 and i64/,
    )
    const inputs = [{ name: 'x', kind: 'tensor', dataType: string, shape: [2, 3] } as const]
    expect(() => load(modelOf({ inputs, nodes: [node('Relu', ['x'], ['y'])] }))).toThrow(/element type 8/)
    const short = { ...int64s('s', [1n]), dims: [2] }
    expect(() => load(modelOf({ initializers: [short] }))).toThrow(/8 bytes of data for dims \[2\]/)
  })

  test('error: missing inputs, of the graph and of a node', () => {
    expect(() => load(modelOf({ inputs: [], nodes: [node('Relu', ['x'], ['y'])] }))).toThrow(/input "x" is no value/)
    expect(() => load(modelOf({ nodes: [node('Add', ['x'], ['y'])] }))).toThrow(/input 1 is missing/)
    expect(() => load(modelOf({ nodes: [node('Add', [], ['y'])] }))).toThrow(/input 0 is missing/)
    expect(() => load(modelOf({ nodes: [node('Sum', [], ['y'])] }))).toThrow(/input 0 is missing/)
  })

  test('error: an attribute list of a million integers', () => {
    const axes = { ...NONE, name: 'axes', ints: new Array<bigint>(1_000_000).fill(0n) }
    const nodes = [node('Unsqueeze', ['x'], ['y'], [axes])]
    expect(() => load(modelOf({ nodes }, { opsets: new Map([['', 11]]) }))).toThrow(/a tensor of rank 1000002/)
    const twice = { ...NONE, name: 'axes', ints: [0n, 0n] }
    const again = [node('Unsqueeze', ['x'], ['y'], [twice])]
    expect(() => load(modelOf({ nodes: again }, { opsets: new Map([['', 11]]) }))).toThrow(/named twice/)
  })

  test('error: a list of values that the graph asks for without end', () => {
    const initializers = [int64s('a', [0n], []), int64s('b', [2n ** 62n], []), int64s('c', [1n], [])]
    const nodes = [node('Range', ['a', 'b', 'c'], ['y'])]
    expect(() => load(modelOf({ nodes, initializers }))).toThrow(/from 0 to 4194304 are possible/)
  })

  test('error: constants that would be folded without end', () => {
    const initializers = [int64s('s', [8192n, 16384n]), int64s('one', [1n], [1])]
    const nodes = [node('Expand', ['one', 's'], ['a']), node('Neg', ['a'], ['b']), node('Neg', ['b'], ['y'])]
    expect(() => load(modelOf({ nodes, initializers }))).toThrow(/constant result is not computed at import/)
  })
})

describe('found by scripts/fuzz-onnx.ts', () => {
  test('error: a result that no node computes', () => {
    expect(() => load(modelOf({ nodes: [node('Relu', ['x'], ['z'])] }))).toThrow(
      /output "y": no node of the graph gives it/,
    )
  })

  test('error: a function that calls itself', () => {
    const body = {
      name: 'Relu',
      domain: '',
      inputs: ['a'],
      outputs: ['b'],
      attributes: [],
      nodes: [node('Relu', ['a'], ['b'])],
      opsets: new Map([['', 13]]),
    }
    expect(() => load(modelOf({ nodes: [node('Relu', ['x'], ['y'])] }, { functions: [body] }))).toThrow(
      /functions call each other more than 32 deep/,
    )
  })

  test('error: more inputs than an operator takes', () => {
    expect(() => load(modelOf({ nodes: [node('Relu', ['x', 'x', 'x', 'x'], ['y'])] }))).toThrow(/4 inputs, it takes 1/)
  })

  test('error: strings bound to an input', () => {
    const bind = new Map([['x', { name: 'x', dims: [2], dataType: string }]])
    expect(() => load(modelOf({ nodes: [node('Relu', ['x'], ['y'])] }), { bind })).toThrow(OnnxUnsupportedError)
  })

  test('error: a recurrent layer over more values than a list holds', () => {
    const shape = [1, 2 ** 20, 1]
    const inputs = [
      { name: 'x', kind: 'tensor', dataType: float, shape } as const,
      { name: 'w', kind: 'tensor', dataType: float, shape: [1, 8, 1] } as const,
      { name: 'r', kind: 'tensor', dataType: float, shape: [1, 8, 8] } as const,
    ]
    const hidden = { ...NONE, name: 'hidden_size', i: 8n }
    expect(() => load(modelOf({ inputs, nodes: [node('RNN', ['x', 'w', 'r'], ['', 'y'], [hidden])] }))).toThrow(
      /8388608 hidden values/,
    )
  })

  test('error: a tensor resized to nothing', () => {
    const inputs = [{ name: 'x', kind: 'tensor', dataType: float, shape: [1, 1, 4, 4] } as const]
    const initializers = [int64s('sizes', [1n, 1n, 0n, 4n])]
    expect(() =>
      load(modelOf({ inputs, initializers, nodes: [node('Resize', ['x', '', '', 'sizes'], ['y'])] })),
    ).toThrow(OnnxUnsupportedError)
  })
})
