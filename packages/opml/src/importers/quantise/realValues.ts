import { dtypeInfo } from '../../graph/dtype.ts'
import { elements, tensorOver } from '../../graph/tensor.ts'
import type { QuantisedType } from './qualityReport.ts'

/**
 * The real numbers that the integers of a quantised tensor stand for: `(q − zeroPoint) · scale`, rounded to f32.
 *
 * @param bytes - little-endian integers of the type, at any alignment.
 */
export function realValues(
  bytes: Uint8Array,
  { dtype, scale, zeroPoint }: Pick<QuantisedType, 'dtype' | 'scale' | 'zeroPoint'>,
): Float32Array {
  const shape = [bytes.length / dtypeInfo(dtype).bytes]
  // SAFETY: quantised tensors are of 8 or 16 bits, never of 64.
  const integers = elements(tensorOver(bytes, { dtype, shape })) as Int8Array | Int16Array
  const values = new Float32Array(integers.length)
  // A plain loop: from() with a function takes 20 to 100 times as long, which is more than a run of a small model.
  for (let i = 0; i < values.length; i++) values[i] = (integers[i] - zeroPoint) * scale
  return values
}
