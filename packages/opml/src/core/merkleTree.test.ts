import { describe, expect, test } from 'vitest'
import { bytesToHex } from './bytes.ts'
import { hashPair, keccak256 } from './keccak.ts'
import { rootFromDescendants, rootFromProof } from './merkleProof.ts'
import { merkleRoot } from './merkleRoot.ts'
import { encodeSlot, slotRoot } from './merkleSlot.ts'
import { MerkleTree } from './merkleTree.ts'
import { zeroHash } from './merkleZero.ts'

const leaf = (i: number) => keccak256(Uint8Array.of(i))
const PADDING = keccak256(Uint8Array.of(1, 2, 3))

function treeOf(numLeaves: number, height: number): MerkleTree {
  const leaves = new Uint8Array(32 * numLeaves)
  for (let i = 0; i < numLeaves; i++) leaves.set(leaf(i), 32 * i)
  return new MerkleTree({ leaves, padding: PADDING, height })
}

/** The tree written out in full: every node by hand. */
function fullTree(numLeaves: number, height: number): Uint8Array[][] {
  const levels = [Array.from({ length: 2 ** height }, (_, i) => (i < numLeaves ? leaf(i) : PADDING))]
  for (let h = 0; h < height; h++) {
    levels.push(
      Array.from({ length: levels[h].length / 2 }, (_, i) => hashPair(levels[h][2 * i], levels[h][2 * i + 1])),
    )
  }
  return levels
}

test('property: merkleRoot of any number of blocks is the root over their leaves and zero blocks', () => {
  const all = new Uint8Array(140 * 128)
  for (let i = 0; i < all.length; i += 32) all.set(leaf((i / 32) & 255), i)
  for (let numBlocks = 1; numBlocks <= 140; numBlocks++) {
    const bytes = all.subarray(0, numBlocks * 128 - (numBlocks % 3))
    const leaves = new Uint8Array(32 * numBlocks)
    for (let i = 0; i < numBlocks; i++) {
      const block = new Uint8Array(128)
      block.set(bytes.subarray(128 * i, 128 * (i + 1)))
      leaves.set(keccak256(block), 32 * i)
    }
    const tree = new MerkleTree({ leaves, padding: zeroHash(0), height: 9 })
    expect(merkleRoot(bytes, 9), `${numBlocks} blocks`).toEqual(tree.root())
  }
})

describe('MerkleTree', () => {
  test('property: every node equals the tree written out, for every number of leaves up to 16', () => {
    for (let numLeaves = 0; numLeaves <= 16; numLeaves++) {
      const tree = treeOf(numLeaves, 4)
      fullTree(numLeaves, 4).forEach((level, h) => {
        level.forEach((hash, i) => expect(tree.node(h, i), `${numLeaves} leaves, node ${h} ${i}`).toEqual(hash))
      })
    }
  })

  test('property: siblings of any node lead to the root', () => {
    const tree = treeOf(11, 4)
    for (let h = 0; h <= 4; h++) {
      for (let i = 0; i < 2 ** (4 - h); i++) {
        expect(rootFromProof({ node: tree.node(h, i), position: i, siblings: tree.siblings(h, i) })).toEqual(
          tree.root(),
        )
      }
    }
  })

  test('property: descendants of any node hash back to it', () => {
    const tree = treeOf(5, 4)
    for (let h = 0; h <= 4; h++) {
      for (let depth = 0; depth <= h; depth++) {
        for (let i = 0; i < 2 ** (4 - h); i++) {
          const descendants = tree.descendants({ height: h, index: i }, depth)
          expect(descendants.length).toBe(2 ** depth)
          expect(rootFromDescendants(descendants)).toEqual(tree.node(h, i))
        }
      }
    }
  })

  test('edge: a tree of height 40 with three leaves is small and addresses its last leaf', () => {
    const tree = treeOf(3, 40)
    const last = 2 ** 40 - 1
    const siblings = tree.siblings(0, last)
    expect(tree.node(0, last)).toEqual(PADDING)
    expect(rootFromProof({ node: PADDING, position: last, siblings })).toEqual(tree.root())
    const middle = 2 ** 39 + 2 ** 32
    expect(rootFromProof({ node: PADDING, position: middle, siblings: tree.siblings(0, middle) })).toEqual(tree.root())
    expect(tree.descendants({ height: 40, index: 0 }, 4).map(bytesToHex)).toEqual(
      Array.from({ length: 16 }, (_, i) => bytesToHex(tree.node(36, i))),
    )
  })

  test('edge: a tree of height 0 is its leaf', () => {
    expect(treeOf(1, 0).root()).toEqual(leaf(0))
    expect(treeOf(0, 0).root()).toEqual(PADDING)
  })

  test('error: nodes outside the tree', () => {
    const tree = treeOf(3, 4)
    expect(() => tree.node(0, 16)).toThrowErrorMatchingInlineSnapshot(
      `[NoSuchNodeError: A tree of height 4 has no node of index 16 at height 0.]`,
    )
    expect(() => tree.node(5, 0)).toThrowErrorMatchingInlineSnapshot(
      `[NoSuchNodeError: A tree of height 4 has no node of index 0 at height 5.]`,
    )
    expect(() => tree.descendants({ height: 2, index: 0 }, 3)).toThrowErrorMatchingInlineSnapshot(
      `[NoSuchNodeError: A tree of height 4 has no node of index 0 at height -1.]`,
    )
    expect(() => tree.siblings(1, -1)).toThrowErrorMatchingInlineSnapshot(
      `[NoSuchNodeError: A tree of height 4 has no node of index -1 at height 1.]`,
    )
  })

  test('error: more leaves than places', () => {
    expect(() => treeOf(3, 1)).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: 96 bytes are not the leaves of a tree of height 1.]`,
    )
  })
})

describe('merkleRoot', () => {
  test('differential: 3 MiB and a bit, over several chunks, equals a tree of its leaf hashes', () => {
    const bytes = Uint8Array.from({ length: 3 * 2 ** 20 + 777 }, (_, i) => Math.imul(i, 2654435761) >>> 21)
    const numBlocks = Math.ceil(bytes.length / 128)
    const leaves = new Uint8Array(32 * numBlocks)
    for (let i = 0; i < numBlocks; i++) {
      const block = new Uint8Array(128)
      block.set(bytes.subarray(i * 128, (i + 1) * 128))
      leaves.set(keccak256(block), 32 * i)
    }
    for (const height of [15, 23]) {
      expect(merkleRoot(bytes, height)).toEqual(new MerkleTree({ leaves, padding: zeroHash(0), height }).root())
    }
  })

  test('error: bytes that do not fit', () => {
    expect(() => merkleRoot(new Uint8Array(257), 1)).toThrowErrorMatchingInlineSnapshot(
      `[TreeOverflowError: 257 bytes do not fit a tree of height 1, which holds 256 bytes.]`,
    )
    expect(() => slotRoot(new Uint8Array(125), 0)).toThrowErrorMatchingInlineSnapshot(
      `[SlotOverflowError: 125 bytes do not fit a slot of height 0, which holds 124 bytes.]`,
    )
  })

  test('default: a slot starts with its length in little-endian', () => {
    expect([...encodeSlot(Uint8Array.of(9, 8), 0)]).toEqual([2, 0, 0, 0, 9, 8])
    expect(encodeSlot(new Uint8Array(0x123), 3).slice(0, 4)).toEqual(Uint8Array.of(0x23, 1, 0, 0))
  })
})
