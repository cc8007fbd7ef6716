import { seededRandom } from 'opml/core'
import { type Dtype, type TensorType, numElements, tensorBytes } from 'opml/graph'

/** Bits of one half in the 16-bit floats. */
const HALVES: Readonly<Partial<Record<Dtype, number>>> = { f16: 0x3800, bf16: 0x3f00 }

/** Inputs to try a program with: floats from 0 to 1, small integers; the same for the same seed. */
export function sampleInputs(types: readonly TensorType[], seed: number): Uint8Array[] {
  const random = seededRandom(seed)
  return types.map(({ dtype, shape }) => {
    const bytes = new Uint8Array(tensorBytes(shape, dtype))
    const view = new DataView(bytes.buffer)
    const size = tensorBytes([1], dtype)
    for (let i = 0; i < numElements(shape); i++) {
      const half = HALVES[dtype]
      if (dtype === 'f32') view.setFloat32(i * size, random.below(2 ** 24) / 2 ** 24, true)
      else if (half !== undefined) view.setUint16(i * size, half + random.below(128), true)
      // Little-endian: a small number in the first byte.
      else view.setUint8(i * size, random.below(dtype === 'bool' ? 2 : 8))
    }
    return bytes
  })
}
