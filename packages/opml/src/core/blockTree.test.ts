import { expect, test } from 'vitest'
import { blockTree } from './blockTree.ts'
import { keccak256 } from './keccak.ts'
import { merkleRoot } from './merkleRoot.ts'
import { zeroHash } from './merkleZero.ts'

const pattern = (length: number) => Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 2654435761) >>> 19)

test('property: the root is that of merkleRoot, leaves are those of single blocks', () => {
  for (const length of [0, 1, 127, 128, 129, 5000, 2 ** 20, 2 ** 20 + 129]) {
    const bytes = pattern(length)
    const tree = blockTree(bytes, 14)
    expect(tree.root(), `${length} bytes`).toEqual(merkleRoot(bytes, 14))
    for (const block of [0, length >> 8, Math.max(0, Math.ceil(length / 128) - 1), 2 ** 14 - 1]) {
      const padded = new Uint8Array(128)
      padded.set(bytes.subarray(block * 128, (block + 1) * 128))
      expect(tree.node(0, block), `${length} bytes, block ${block}`).toEqual(keccak256(padded))
    }
  }
  expect(blockTree(new Uint8Array(0), 5).root()).toEqual(zeroHash(5))
})

test('error: bytes that do not fit', () => {
  expect(() => blockTree(new Uint8Array(257), 1)).toThrow(RangeError)
})
