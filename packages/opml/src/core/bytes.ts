/** 0x-prefixed lower-case hexadecimal text of a byte string. */
export type Hex = `0x${string}`

/** A 32-byte hash or EVM word as 0x-prefixed lower-case hexadecimal text, 66 characters. Compare with `===`. */
export type Bytes32 = Hex

const HEX_DIGITS = '0123456789abcdef'

/** Hexadecimal text of `bytes`, lower case, two digits a byte. */
export function bytesToHex(bytes: Uint8Array): Hex {
  let text = ''
  for (const byte of bytes) text += HEX_DIGITS.charAt(byte >>> 4) + HEX_DIGITS.charAt(byte & 15)
  return `0x${text}`
}

/**
 * The bytes of hexadecimal text.
 *
 * @throws {RangeError} when `hex` is not `0x` followed by an even number of hexadecimal digits.
 */
export function hexToBytes(hex: string): Uint8Array {
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(hex)) throw new RangeError(`Not hexadecimal bytes: "${hex.slice(0, 80)}".`)
  const bytes = new Uint8Array((hex.length - 2) / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 + 2 * i, 4 + 2 * i), 16)
  return bytes
}

/** True when both byte strings have the same length and content. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** Byte strings one after the other. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
