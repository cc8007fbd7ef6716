import { keccak_256 } from '@noble/hashes/sha3.js'

// A second, plain implementation of spec/03, from the text alone: strings of hexadecimal digits, recursion, no shortcuts
// but the zero subtrees. Nothing here comes from packages/opml/src/core.

/** Lower-case hexadecimal digits without a prefix. */
export type Digits = string

/** keccak-256 of the bytes that `digits` spell. */
export function keccak(digits: Digits): Digits {
  return Buffer.from(keccak_256(Buffer.from(digits, 'hex'))).toString('hex')
}

/** Z_k of spec/03 §1. */
export function zeroRoot(k: number): Digits {
  if (k === 0) return keccak('00'.repeat(128))
  const below = zeroRoot(k - 1)
  return keccak(below + below)
}

/** Every node of a small tree: nodes[h][i] is node i at height h over the given leaves. */
export function allNodes(leaves: readonly Digits[]): Digits[][] {
  const nodes = [[...leaves]]
  for (let below: readonly Digits[] = leaves; below.length > 1; ) {
    const above: Digits[] = []
    for (let i = 0; i < below.length; i += 2) above.push(keccak(`${below[i]}${below[i + 1]}`))
    nodes.push(above)
    below = above
  }
  return nodes
}

/** Leaf hashes of 2^height blocks over `bytes`, zero behind them. */
export function leavesOf(bytes: Digits, height: number): Digits[] {
  const padded = bytes.padEnd(256 * 2 ** height, '0')
  return Array.from({ length: 2 ** height }, (_, i) => keccak(padded.slice(256 * i, 256 * (i + 1))))
}

/** Root of 2^height blocks over `bytes`; splits in halves down to a block, a half without bytes is a zero subtree. */
export function rootOf(bytes: Digits, height: number): Digits {
  if (bytes.length === 0) return zeroRoot(height)
  if (height === 0) return keccak(bytes.padEnd(256, '0'))
  const half = 256 * 2 ** (height - 1)
  return keccak(rootOf(bytes.slice(0, half), height - 1) + rootOf(bytes.slice(half), height - 1))
}

/** The start of a slot: length as a 32-bit little-endian word, then the bytes (spec/03 §2). */
export function slotOf(bytes: Digits): Digits {
  const word = Buffer.alloc(4)
  word.writeUInt32LE(bytes.length / 2)
  return word.toString('hex') + bytes
}
