import type { Dtype } from '../../graph/dtype.ts'
import type { Operand, OperandRef } from '../../graph/node.ts'
import { denseStrides, type Shape } from '../../graph/shape.ts'

/**
 * A tensor while a program is being built: a strided window into a constant, an input or a node's output.
 *
 * Reshapes, transposes, slices and expansions are new windows and cost nothing until an operator needs a dense tensor.
 */
export interface Tensor {
  readonly dtype: Dtype
  readonly shape: Shape
  readonly ref: OperandRef
  /** In elements, one a dimension; 0 where the dimension is broadcast. */
  readonly strides: readonly number[]
  /** In elements. */
  readonly offset: number
}

/** A window that is a whole dense tensor. */
export function denseTensor(ref: OperandRef, p: { dtype: Dtype; shape: Shape }): Tensor {
  return { dtype: p.dtype, shape: p.shape, ref, strides: denseStrides(p.shape), offset: 0 }
}

/** True when the elements lie row-major without gaps from the start of what is behind the window. */
export function isDense(tensor: Tensor): boolean {
  const dense = denseStrides(tensor.shape)
  return tensor.offset === 0 && tensor.shape.every((dim, axis) => dim === 1 || tensor.strides[axis] === dense[axis])
}

/** The window as an operand that is read through strides; its shape must be the output's. */
export function viewOperand(tensor: Tensor): Operand {
  const { ref, dtype, strides, offset } = tensor
  return { ref, dtype, layout: { kind: 'view', strides, offset } }
}

/** A dense window as an operand of the given dims (as many elements). */
export function denseOperand(tensor: Tensor, dims: Shape = tensor.shape): Operand {
  if (!isDense(tensor)) throw new TypeError('The operand is not dense.')
  return { ref: tensor.ref, dtype: tensor.dtype, layout: { kind: 'dense', dims } }
}
