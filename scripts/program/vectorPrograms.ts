import type { VectorAttribute, VectorNode } from './oracle.ts'

// Programs of vectors/programs. They are held against the encoding alone: their operators have the names and numbers of spec/02 §6
// but attributes of their own.

/** A constant or an input. */
interface VectorTensor {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
}

/** A program of the vectors. */
export interface VectorProgram {
  readonly name: string
  readonly constants: readonly VectorTensor[]
  readonly inputs: readonly VectorTensor[]
  readonly sections: readonly {
    readonly nodes: readonly VectorNode[]
    readonly steps: number
    readonly haltNode: number | null
  }[]
  readonly outputs: readonly (VectorTensor & { readonly section: number; readonly node: number })[]
}

type OperandVector = Exclude<VectorNode['operands'][number], null>

function view(
  ref: OperandVector['ref'],
  p: { strides: readonly number[]; offset?: number; dtype?: string },
): OperandVector {
  return { ref, dtype: p.dtype ?? 'f32', layout: { kind: 'view', strides: p.strides, offset: p.offset ?? 0 } }
}

function dense(ref: OperandVector['ref'], p: { dims: readonly number[]; dtype?: string }): OperandVector {
  return { ref, dtype: p.dtype ?? 'f32', layout: { kind: 'dense', dims: p.dims } }
}

function op(name: string, sources: readonly (number | 'imm')[] = [], imm = 0): VectorNode['microOps'][number] {
  return { name, sources, imm }
}

const u32 = (name: string, word: number): VectorAttribute => ({ name, type: 'u32', word })
const i32 = (name: string, value: number): VectorAttribute => ({ name, type: 'i32', word: value >>> 0 })
/** `bits` of the f32. */
const f32 = (name: string, bits: number): VectorAttribute => ({ name, type: 'f32', word: bits })

const map = (p: Pick<VectorNode, 'shape' | 'operands' | 'microOps'> & { dtype?: string }): VectorNode => ({
  op: 'Map',
  opcode: 1,
  attributes: [],
  ...p,
  dtype: p.dtype ?? 'f32',
})

const relu = map({
  shape: [2],
  operands: [view({ kind: 'input', index: 0 }, { strides: [1] })],
  microOps: [op('load', [0]), op('f32.max', [0, 'imm'])],
})

const layer: VectorNode = {
  op: 'MatMul',
  opcode: 2,
  dtype: 'f32',
  shape: [1, 4],
  operands: [
    view({ kind: 'input', index: 0 }, { strides: [8, 0] }),
    view({ kind: 'constant', index: 0 }, { strides: [0, -1], offset: 3 }),
    view({ kind: 'constant', index: 1 }, { strides: [0, 1] }),
  ],
  attributes: [u32('k', 8), i32('strideA', 1), i32('strideB', 4)],
  microOps: [op('acc'), op('load', [2]), op('f32.add', [0, 1]), op('f32.max', [2, 'imm'], -0x80000000)],
}

const norm: VectorNode = {
  op: 'Reduce',
  opcode: 8,
  dtype: 'bf16',
  shape: [],
  operands: [view({ kind: 'node', index: 0 }, { strides: [], offset: 3 })],
  attributes: [
    u32('numPreOps', 2),
    u32('mask', 0xffffffff),
    i32('stride', -1),
    f32('scale', 0x80000000),
    f32('limit', 0x7f800000),
  ],
  microOps: [op('acc'), op('f32.mul', [0, 0]), op('acc'), op('f32.sqrt', [0])],
}

const counter = map({
  dtype: 'i32',
  shape: [2, 1],
  operands: [
    view(
      { kind: 'previous', index: 1, initial: { kind: 'section', section: 0, index: 2 } },
      { strides: [-1, 0], offset: 1, dtype: 'i32' },
    ),
    null,
    view({ kind: 'zero' }, { strides: [0, 0], offset: -3 }),
  ],
  microOps: [
    op('load', [0]),
    op('load', [2], 3),
    op('i32.trunc_sat_f32_s', [1]),
    op('index', [4]),
    op('i32.add', [0, 3]),
    op('i32.select', [2, 'imm', 4], -7),
  ],
})

const copy = map({
  dtype: 'i32',
  shape: [2, 1],
  operands: [view({ kind: 'node', index: 0 }, { strides: [1, 0], dtype: 'i32' })],
  microOps: [op('load', [0])],
})

const firstCount = map({ dtype: 'i32', shape: [2, 1], operands: [], microOps: [op('i32.const', [], 0x7fffffff)] })

const wide = map({
  dtype: 'u64',
  shape: [1, 2, 1, 1, 3, 1],
  operands: [
    view(
      { kind: 'previous', index: 0, initial: { kind: 'constant', index: 2 } },
      { strides: [0, 3, 0, 0, 1, 0], dtype: 'u64' },
    ),
  ],
  microOps: [op('load', [0]), op('i64.mul', [0, 'imm'], -1)],
})

const rows: VectorNode = {
  op: 'Gather',
  opcode: 12,
  dtype: 'f32',
  shape: [2, 2],
  operands: [
    dense({ kind: 'section', section: 0, index: 0 }, { dims: [2, 2] }),
    dense({ kind: 'node', index: 0 }, { dims: [2], dtype: 'i32' }),
  ],
  attributes: [],
  microOps: [],
}

/** Every program, small ones first. */
export const VECTOR_PROGRAMS: readonly VectorProgram[] = [
  {
    name: 'one node, no constants',
    constants: [],
    inputs: [{ name: 'x', dtype: 'f32', shape: [2] }],
    sections: [{ nodes: [relu], steps: 1, haltNode: null }],
    outputs: [{ name: 'relu', dtype: 'f32', shape: [2], section: 0, node: 0 }],
  },
  {
    name: 'two sections, a halt node, every kind of reference',
    constants: [
      { name: 'weight', dtype: 'f32', shape: [8, 4] },
      { name: 'bias', dtype: 'f32', shape: [4] },
      { name: 'seed', dtype: 'u64', shape: [6] },
    ],
    inputs: [{ name: 'x', dtype: 'f32', shape: [1, 8] }],
    sections: [
      { nodes: [layer, norm, firstCount], steps: 1, haltNode: null },
      { nodes: [counter, copy, rows], steps: 10, haltNode: 0 },
      { nodes: [wide], steps: 2 ** 32 - 12, haltNode: null },
    ],
    outputs: [
      { name: 'norm', dtype: 'bf16', shape: [], section: 0, node: 1 },
      { name: 'rows', dtype: 'f32', shape: [4], section: 1, node: 2 },
      { name: 'wide', dtype: 'u64', shape: [6], section: 2, node: 0 },
    ],
  },
]
