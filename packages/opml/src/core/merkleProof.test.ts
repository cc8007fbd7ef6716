import { describe, expect, test } from 'vitest'
import { keccak256 } from './keccak.ts'
import { type MerkleProof, verifyProof } from './merkleProof.ts'
import { MerkleTree } from './merkleTree.ts'

const HEIGHT = 4
const leaves = Uint8Array.from({ length: 16 * 32 }, (_, i) => (i * i + 11 * i) % 253)
const tree = new MerkleTree({ leaves, padding: new Uint8Array(32), height: HEIGHT })
const claim = { root: tree.root(), height: HEIGHT }

function proofOf(position: number): MerkleProof {
  return { node: tree.node(0, position), position, siblings: tree.siblings(0, position) }
}

function flipped(hash: Uint8Array, byte: number): Uint8Array {
  const copy = hash.slice()
  copy[byte] ^= 0x10
  return copy
}

describe('verifyProof', () => {
  test('default: accepts every leaf at its position', () => {
    for (let position = 0; position < 16; position++) expect(verifyProof(proofOf(position), claim)).toBe(true)
  })

  test('error: refuses every other position, inside the tree and out', () => {
    for (const position of [...Array(64).keys()].filter((p) => p !== 6)) {
      expect(verifyProof({ ...proofOf(6), position }, claim), `position ${position}`).toBe(false)
    }
    for (const position of [-1, -10, 6.5, 6 + 2 ** 32, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(verifyProof({ ...proofOf(6), position }, claim), `position ${position}`).toBe(false)
    }
  })

  test('error: refuses a change of any byte of the node, of a sibling, of the root', () => {
    const proof = proofOf(9)
    for (let byte = 0; byte < 32; byte++) {
      expect(verifyProof({ ...proof, node: flipped(proof.node, byte) }, claim)).toBe(false)
      expect(verifyProof(proof, { ...claim, root: flipped(claim.root, byte) })).toBe(false)
      for (let at = 0; at < HEIGHT; at++) {
        const siblings = proof.siblings.map((sibling, i) => (i === at ? flipped(sibling, byte) : sibling))
        expect(verifyProof({ ...proof, siblings }, claim), `sibling ${at} byte ${byte}`).toBe(false)
      }
    }
  })

  test('error: refuses every wrong length, even where the hashes fit', () => {
    const proof = proofOf(3)
    expect(verifyProof({ ...proof, siblings: proof.siblings.slice(0, -1) }, claim)).toBe(false)
    expect(verifyProof({ ...proof, siblings: [...proof.siblings, keccak256(leaves)] }, claim)).toBe(false)
    const parent = { node: tree.node(1, 1), position: 1, siblings: tree.siblings(1, 1) }
    expect(verifyProof(parent, { root: claim.root, height: HEIGHT - 1 })).toBe(true)
    expect(verifyProof(parent, claim)).toBe(false)
  })

  test('error: refuses hashes that are not 32 bytes', () => {
    const proof = proofOf(0)
    expect(verifyProof({ ...proof, node: proof.node.slice(0, 31) }, claim)).toBe(false)
    // A longer one must not pass for its first 32 bytes.
    const [first, ...rest] = proof.siblings
    expect(verifyProof({ ...proof, siblings: [Uint8Array.of(...first, 0), ...rest] }, claim)).toBe(false)
    expect(verifyProof({ ...proof, node: Uint8Array.of(...proof.node, 0) }, claim)).toBe(false)
  })
})
