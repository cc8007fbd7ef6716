import type { Dtype } from '../../graph/dtype.ts'
import type { MicroOp, Node, Operand } from '../../graph/node.ts'
import { denseStrides, type Shape } from '../../graph/shape.ts'

// Nodes over dense tensors, for the tests of this folder.

/** Operand `index`, a task input, read through `strides`; by default as a dense tensor of the output's shape. */
export function viewOperand(p: { index: number; dtype: Dtype; strides: readonly number[] }): Operand {
  const layout = { kind: 'view', strides: p.strides, offset: 0 } as const
  return { ref: { kind: 'input', index: p.index }, dtype: p.dtype, layout }
}

/** A node of one f32 operand unless `dtype` says otherwise, whose output has the operand's dtype unless `out` says otherwise. */
export function viewNode(p: {
  op: string
  shape: Shape
  attributes: Readonly<Record<string, number>>
  dtype?: Dtype
  out?: Dtype
  strides?: readonly number[]
  microOps?: readonly MicroOp[]
}): Node {
  const dtype = p.dtype ?? 'f32'
  const operand = viewOperand({ index: 0, dtype, strides: p.strides ?? denseStrides(p.shape) })
  return {
    op: p.op,
    dtype: p.out ?? dtype,
    shape: p.shape,
    operands: [operand],
    attributes: p.attributes,
    microOps: p.microOps ?? [],
  }
}
