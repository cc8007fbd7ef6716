/** Elements of the classic network: 28 · 28 pixels, 20 hidden, 10 digits. */
export const MNIST_SHAPE = { inputs: 784, hidden: 20, outputs: 10 } as const

/** Bytes of a model region's header. */
const MODEL_HEADER_BYTES = 64

const MODEL_MAGIC = 0x4c4d504f

/** Kinds of model region, as in guest/include/guest.h. */
export const MODEL_FORMAT = { mlpF32: 1, mlpI8: 2 } as const

/**
 * The bytes of a model region: the header (magic "OPML", format, three sizes, zero point, zeros), then `arrays` little-endian in their order.
 */
export function encodeModelRegion(p: {
  format: number
  zeroPoint: number
  arrays: readonly (Float32Array | Int32Array | Int8Array)[]
}): Uint8Array {
  const numBytes = p.arrays.reduce((sum, array) => sum + array.byteLength, MODEL_HEADER_BYTES)
  const region = new Uint8Array(numBytes)
  const view = new DataView(region.buffer)
  const { inputs, hidden, outputs } = MNIST_SHAPE
  const header = [MODEL_MAGIC, p.format, inputs, hidden, outputs, p.zeroPoint]
  header.forEach((word, i) => view.setInt32(4 * i, word, true))
  let at = MODEL_HEADER_BYTES
  for (const array of p.arrays)
    for (const value of array) {
      if (array instanceof Float32Array) view.setFloat32(at, value, true)
      else if (array instanceof Int32Array) view.setInt32(at, value, true)
      else view.setInt8(at, value)
      at += array.BYTES_PER_ELEMENT
    }
  return region
}
