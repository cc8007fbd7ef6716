/** Bits of NaN wherever one is stored. */
export const F32_NAN_BITS = 0x7fc00000

const cell = new Float32Array(1)
const cellBits = new Uint32Array(cell.buffer)

/** Bits of an f32 value; every NaN has the bits 0x7fc00000. */
export function f32Bits(value: number): number {
  if (Number.isNaN(value)) return F32_NAN_BITS
  cell[0] = value
  return cellBits[0] as number
}

/** The f32 value of 32 bits (an integer, signed or unsigned). */
export function f32FromBits(bits: number): number {
  cellBits[0] = bits
  return cell[0] as number
}
