const view = new DataView(new ArrayBuffer(4))

/** Bits of the one NaN that is stored (spec/02-program.md §2). */
export const CANONICAL_NAN_BITS = 0x7fc00000

/** The bits, unsigned, of a number that is an f32; every NaN gives {@link CANONICAL_NAN_BITS}. */
export function f32ToBits(value: number): number {
  if (Number.isNaN(value)) return CANONICAL_NAN_BITS
  view.setFloat32(0, value)
  return view.getUint32(0)
}

/** The f32 with these bits (signed or unsigned); the payload of a NaN is lost. */
export function f32FromBits(bits: number): number {
  view.setUint32(0, bits >>> 0)
  return view.getFloat32(0)
}

/** Whether a number is an f32: exact after rounding, infinities and NaN included. */
export function isF32(value: number): boolean {
  return Object.is(Math.fround(value), value)
}
