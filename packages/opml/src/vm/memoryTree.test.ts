import { describe, expect, test } from 'vitest'
import { bytesToHex } from '../core/bytes.ts'
import { keccak256 } from '../core/keccak.ts'
import { rootFromProof, verifyProof } from '../core/merkleProof.ts'
import { merkleRoot } from '../core/merkleRoot.ts'
import { liftRoot, zeroHash } from '../core/merkleZero.ts'
import { seededRandom } from '../core/seededRandom.ts'
import { MemoryTree } from './memoryTree.ts'

const SEED = 7

/** A memory of a few pages for the tests: a map of pages, zero elsewhere. */
class PageMap {
  readonly pages = new Map<number, Uint8Array>()

  set(address: number, value: number): void {
    const page = Math.floor(address / 4096)
    if (!this.pages.has(page)) this.pages.set(page, new Uint8Array(4096))
    this.pages.get(page)![address % 4096] = value
  }

  read(address: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => {
      const page = this.pages.get(Math.floor((address + i) / 4096))
      return page === undefined ? 0 : page[(address + i) % 4096]
    })
  }

  segments() {
    return [...this.pages].map(([page, bytes]) => ({ address: page * 4096, bytes }))
  }
}

const ADDRESSES = [
  0, 127, 128, 4095, 4096, 0x0002_0000, 0x4000_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_f000, 0xffff_ffff,
]

describe('MemoryTree', () => {
  test('default: an empty memory has the root Z25', () => {
    expect(new MemoryTree().root()).toEqual(zeroHash(25))
  })

  test('default: bytes at address 0 give their own root lifted with zero subtrees', () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i * 3 + 1)
    const tree = new MemoryTree([{ address: 0, bytes }])
    expect(tree.root()).toEqual(liftRoot(merkleRoot(bytes, 6), { from: 6, to: 25 }))
    expect(tree.root()).toEqual(merkleRoot(bytes, 25))
  })

  test('edge: segments that share a page and cross pages', () => {
    const a = { address: 4000, bytes: Uint8Array.from({ length: 200 }, (_, i) => i + 1) }
    const b = { address: 4300, bytes: Uint8Array.from({ length: 10_000 }, (_, i) => 255 - i) }
    const flat = new Uint8Array(16384)
    flat.set(a.bytes, a.address)
    flat.set(b.bytes, b.address)
    expect(new MemoryTree([a, b]).root()).toEqual(merkleRoot(flat, 25))
  })

  test('property: every way of updating gives the root of a tree built anew', () => {
    const memory = new PageMap()
    const [byBlock, byPage] = [new MemoryTree(), new MemoryTree()]
    for (const [i, address] of ADDRESSES.entries()) {
      memory.set(address, i + 1)
      byBlock.updateBlock(memory, address >>> 7)
      expect(byPage.updatePages(memory, [address >>> 12])).toBe(1)
      const anew = bytesToHex(new MemoryTree(memory.segments()).root())
      expect(bytesToHex(byBlock.root()), `address ${address}`).toBe(anew)
      expect(bytesToHex(byPage.root()), `address ${address}`).toBe(anew)
    }
    for (const address of ADDRESSES) memory.set(address, 0)
    byPage.updatePages(memory, new Set(ADDRESSES.map((address) => address >>> 12)))
    for (const address of ADDRESSES) byBlock.updateBlock(memory, address >>> 7)
    expect(byPage.root()).toEqual(zeroHash(25))
    expect(byBlock.root()).toEqual(zeroHash(25))
  })

  test('property: proofs of written and of never written blocks lead to the root', () => {
    const memory = new PageMap()
    for (const [i, address] of ADDRESSES.entries()) memory.set(address, i + 1)
    const tree = new MemoryTree(memory.segments())
    for (const address of [...ADDRESSES, 0x1000_0000, 0x5555_5555, 8192]) {
      const position = address >>> 7
      const node = keccak256(memory.read(position * 128, 128))
      const siblings = tree.proveBlock(position)
      expect(verifyProof({ node, position, siblings }, { root: tree.root(), height: 25 }), `block ${position}`).toBe(
        true,
      )
    }
  })

  test('property: subtrees of every height at every written address lead to the root', () => {
    const memory = new PageMap()
    for (const [i, address] of ADDRESSES.entries()) memory.set(address, i + 1)
    const tree = new MemoryTree(memory.segments())
    for (const address of ADDRESSES) {
      for (let height = 0; height <= 25; height++) {
        const bytes = 128 * 2 ** height
        const proof = tree.proveSubtree(Math.floor(address / bytes) * bytes, height)
        expect(proof.siblings.length).toBe(25 - height)
        expect(bytesToHex(rootFromProof(proof)), `${address} ${height}`).toBe(bytesToHex(tree.root()))
      }
    }
    expect(tree.proveSubtree(0x2000_0000, 20).node).toEqual(zeroHash(20))
  })

  test('error: a subtree must be aligned and inside the memory', () => {
    const tree = new MemoryTree()
    expect(() => tree.proveSubtree(128, 1)).toThrowErrorMatchingInlineSnapshot(
      `[NoSuchNodeError: A tree of height 25 has no node of index 0.5 at height 1.]`,
    )
    expect(() => tree.proveBlock(2 ** 25)).toThrowErrorMatchingInlineSnapshot(
      `[NoSuchNodeError: A tree of height 25 has no node of index 33554432 at height 0.]`,
    )
    expect(() => tree.proveBlock(-1)).toThrowErrorMatchingInlineSnapshot(
      `[NoSuchNodeError: A tree of height 25 has no node of index -1 at height 0.]`,
    )
  })

  test(`property: 300 random batches of writes agree with a tree built anew, seed ${SEED}`, () => {
    const random = seededRandom(SEED)
    const memory = new PageMap()
    const tree = new MemoryTree()
    for (let batch = 0; batch < 300; batch++) {
      const pages = new Set<number>()
      for (let n = random.below(60); n >= 0; n--) {
        const page = random.pick([0, 1, 33, 70_000, 524_288, 1_048_575])
        memory.set(page * 4096 + random.below(4096), random.below(256))
        pages.add(page)
      }
      tree.updatePages(
        memory,
        [...pages].sort((a, b) => a - b),
      )
      if (batch % 10 === 0) expect(tree.root(), `batch ${batch}`).toEqual(new MemoryTree(memory.segments()).root())
    }
  })
})
