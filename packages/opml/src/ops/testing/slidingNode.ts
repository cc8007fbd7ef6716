import type { Dtype } from '../../graph/dtype.ts'
import type { MicroOp, Node } from '../../graph/node.ts'
import type { Shape } from '../../graph/shape.ts'

const UNIT_WINDOW = {
  strideD: 1,
  strideH: 1,
  strideW: 1,
  dilationD: 1,
  dilationH: 1,
  dilationW: 1,
  padD: 0,
  padH: 0,
  padW: 0,
}

/** A node with dense operands and a window of stride 1, dilation 1, no padding but for `attributes`. */
export function slidingNode(p: {
  op: string
  dtype: Dtype
  shape: Shape
  operands: readonly (readonly [Dtype, Shape])[]
  attributes?: Readonly<Record<string, number>>
  microOps?: readonly MicroOp[]
}): Node {
  const [a, b] = p.operands.map(
    ([dtype, dims], index) => ({ ref: { kind: 'input', index }, dtype, layout: { kind: 'dense', dims } }) as const,
  )
  return {
    op: p.op,
    dtype: p.dtype,
    shape: p.shape,
    operands: b === undefined ? [a] : [a, b],
    attributes: { ...UNIT_WINDOW, ...p.attributes },
    microOps: p.microOps ?? [],
  }
}

/** first, first + 1, … in f32. */
export function countingF32(count: number, first = 0): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => first + i)
}
