import type { MicroOp, Node, Operand, OperandRef } from '../node.ts'
import type { Program } from '../program.ts'
import type { Dtype } from '../dtype.ts'

// Valid programs under the rules of testOperators.ts, small enough to be followed by hand.

/** A micro-op; the immediate is 0 unless given. */
export function op(name: string, sources: MicroOp['sources'] = [], imm = 0): MicroOp {
  return { name, sources, imm }
}

/** An operand read through strides. */
export function viewOf(ref: OperandRef, p: { strides: number[]; offset?: number; dtype?: Dtype }): Operand {
  return { ref, dtype: p.dtype ?? 'f32', layout: { kind: 'view', strides: p.strides, offset: p.offset ?? 0 } }
}

/** An operand read as a tensor of its own dims. */
export function denseOf(ref: OperandRef, p: { dims: number[]; dtype?: Dtype }): Operand {
  return { ref, dtype: p.dtype ?? 'f32', layout: { kind: 'dense', dims: p.dims } }
}

/** One element-wise node; f32 unless given. */
export function mapNode(p: Partial<Node> & Pick<Node, 'shape' | 'operands' | 'microOps'>): Node {
  return { op: 'Map', dtype: 'f32', attributes: {}, ...p }
}

/** relu(image · weight + bias): 784 by 20. */
const layer: Node = {
  op: 'MatMul',
  dtype: 'f32',
  shape: [1, 20],
  operands: [
    viewOf({ kind: 'input', index: 0 }, { strides: [784, 0] }),
    viewOf({ kind: 'constant', index: 0 }, { strides: [0, 1] }),
    viewOf({ kind: 'constant', index: 1 }, { strides: [0, 1] }),
  ],
  attributes: { k: 784, strideA: 1, strideB: 20 },
  microOps: [op('acc'), op('load', [2]), op('f32.add', [0, 1]), op('f32.max', [2, 'imm'])],
}

/** Sum of squares over the row, read backwards by pre-ops; stored as bf16. */
const sumOfSquares: Node = {
  op: 'Reduce',
  dtype: 'bf16',
  shape: [],
  operands: [viewOf({ kind: 'node', index: 0 }, { strides: [], offset: 19 })],
  attributes: { numPreOps: 2, mode: 1, scale: 0.5, limit: Number.POSITIVE_INFINITY },
  microOps: [op('acc'), op('f32.mul', [0, 0]), op('acc'), op('f32.sqrt', [0])],
}

/** A counter: its previous value plus one, from an input. */
const counter: Node = mapNode({
  dtype: 'i32',
  shape: [2],
  operands: [
    viewOf(
      { kind: 'previous', index: 0, initial: { kind: 'input', index: 1 } },
      { strides: [-1], offset: 1, dtype: 'i32' },
    ),
    viewOf({ kind: 'section', section: 0, index: 0 }, { strides: [3], offset: 2 }),
  ],
  microOps: [
    op('load', [0]),
    op('load', [1], 14),
    op('i32.trunc_sat_f32_s', [1]),
    op('index', [5]),
    op('i32.add', [0, 3]),
    op('i32.select', [2, 'imm', 4], -7),
  ],
})

const rows: Node = {
  op: 'Gather',
  dtype: 'f32',
  shape: [2, 5],
  operands: [
    denseOf({ kind: 'section', section: 0, index: 0 }, { dims: [4, 5] }),
    denseOf({ kind: 'node', index: 0 }, { dims: [2], dtype: 'i32' }),
  ],
  attributes: {},
  microOps: [],
}

/** Two sections, every kind of reference but zero, every kind of operator. */
export const SAMPLE: Program = {
  constants: [
    { name: 'fc1.weight', dtype: 'f32', shape: [784, 20] },
    { name: 'fc1.bias', dtype: 'f32', shape: [20] },
  ],
  inputs: [
    { name: 'image', dtype: 'f32', shape: [1, 784] },
    { name: 'start', dtype: 'i32', shape: [2] },
  ],
  sections: [
    { nodes: [layer, sumOfSquares], steps: 1 },
    { nodes: [counter, rows], steps: 10, haltNode: 0 },
  ],
  outputs: [
    { name: 'norm', dtype: 'bf16', shape: [1], section: 0, node: 1 },
    { name: 'rows', dtype: 'f32', shape: [10], section: 1, node: 1 },
  ],
}
