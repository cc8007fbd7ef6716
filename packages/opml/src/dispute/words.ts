import { bytesToHex } from '../core/bytes.ts'
import type { Bytes32, Hex } from '../core/bytes.ts'
import { keccak256 } from '../core/keccak.ts'

/** keccak256 of the bytes of `hex`, as a word. */
export function hashHex(hex: Hex): Bytes32 {
  const bytes = new Uint8Array((hex.length - 2) >> 1)
  writeHex(bytes, 0, hex)
  return bytesToHex(keccak256(bytes))
}

/** keccak256 of the words' 32·n bytes: what Solidity's `keccak256(abi.encode(…))` gives for static one-word values. */
export function hashWords(...words: readonly Bytes32[]): Bytes32 {
  const bytes = new Uint8Array(32 * words.length)
  words.forEach((word, i) => {
    writeHex(bytes, 32 * i, word)
  })
  return bytesToHex(keccak256(bytes))
}

/** keccak256 of a text's ASCII bytes: the domain tags of spec/06 §1. */
export function hashText(text: string): Bytes32 {
  return bytesToHex(keccak256(Uint8Array.from(text, (char) => char.charCodeAt(0))))
}

/** An account as an EVM word: twelve zero bytes, then its twenty, lower case. */
export function addressWord(address: Hex): Bytes32 {
  return `0x${'00'.repeat(12)}${address.slice(2).toLowerCase()}`
}

/** The words of a packed byte string of 32·n bytes, in order. */
export function splitWords(hex: Hex): Bytes32[] {
  const words: Bytes32[] = []
  for (let at = 2; at < hex.length; at += 64) words.push(`0x${hex.slice(at, at + 64)}`)
  return words
}

/** True for 0x-prefixed lower-case text of exactly `numBytes` bytes. */
export function isHexOfLength(hex: Hex, numBytes: number): boolean {
  return hex.length === 2 + 2 * numBytes && /^0x[0-9a-f]*$/.test(hex)
}

/** Trusts its argument: hashing is the hot path of a game, and every word comes from a checked edge. */
function writeHex(bytes: Uint8Array, at: number, hex: Hex): void {
  const length = (hex.length - 2) >> 1
  for (let i = 0; i < length; i++) {
    bytes[at + i] = (digit(hex.charCodeAt(2 + 2 * i)) << 4) | digit(hex.charCodeAt(3 + 2 * i))
  }
}

/** '0' is 48, 'A' 65, 'a' 97. */
function digit(code: number): number {
  return code < 58 ? code - 48 : (code | 32) - 87
}
