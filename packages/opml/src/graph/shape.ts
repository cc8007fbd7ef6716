import type { Dtype } from './dtype.ts'
import { dtypeInfo } from './dtype.ts'
import { TensorTooLargeError } from './errors.ts'

/** Dimensions, outermost first; at most {@link MAX_RANK} of them, each at least 0. */
export type Shape = readonly number[]

/** Most dimensions that a tensor may have. */
export const MAX_RANK = 6

/** Most bytes that a tensor may have: one operand slot of the referee machine. */
export const MAX_TENSOR_BYTES = 2 ** 30

/** Number of elements; 1 for rank 0. Exact for shapes of at most {@link MAX_TENSOR_BYTES} elements. */
export function numElements(shape: Shape): number {
  return shape.reduce((product, dim) => product * dim, 1)
}

/** Bytes of a tensor. @throws {TensorTooLargeError} above {@link MAX_TENSOR_BYTES}. */
export function tensorBytes(shape: Shape, dtype: Dtype): number {
  const bytes = numElements(shape) * dtypeInfo(dtype).bytes
  if (!(bytes <= MAX_TENSOR_BYTES)) throw new TensorTooLargeError({ shape, dtype })
  return bytes
}

/** Strides in elements of a dense row-major tensor. */
export function denseStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis] as number
  }
  return strides
}

/** Six entries with `values` at the right end and `fill` before them, as descriptors hold dims and strides. */
export function rightAligned(values: readonly number[], fill: number): number[] {
  return [...new Array<number>(MAX_RANK - values.length).fill(fill), ...values]
}
