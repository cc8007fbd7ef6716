import type { TensorType } from './program.ts'
import { tensorBytes } from './shape.ts'

/** Bytes of these tensors laid one after the other, without padding or length words. @throws {TensorTooLargeError} */
export function tensorListBytes(types: readonly TensorType[]): number {
  return types.reduce((sum, { shape, dtype }) => sum + tensorBytes(shape, dtype), 0)
}

/**
 * The tensors that lie one after the other in `bytes`, as views: how a task's inputs and a result's outputs are posted
 * (spec/03-commitments.md §8).
 *
 * @throws {RangeError} when `bytes` are not exactly as many as the tensors take; ask {@link tensorListBytes} before.
 */
export function splitTensors(bytes: Uint8Array, types: readonly TensorType[]): Uint8Array[] {
  const expected = tensorListBytes(types)
  if (bytes.length !== expected) throw new RangeError(`${bytes.length} bytes for tensors of ${expected}.`)
  let end = 0
  return types.map(({ shape, dtype }) => {
    const start = end
    end += tensorBytes(shape, dtype)
    return bytes.subarray(start, end)
  })
}
