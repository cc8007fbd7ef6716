import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Bytes32, bytesToHex, type Hex, hexToBytes } from './bytes.ts'
import { rootFromDescendants, rootFromProof, verifyProof } from './merkleProof.ts'
import { merkleRoot } from './merkleRoot.ts'
import { slotRoot } from './merkleSlot.ts'
import { liftRoot, zeroHash } from './merkleZero.ts'

interface ProofVector {
  name: string
  height: number
  node: Bytes32
  position: number
  root: Bytes32
  siblings: Bytes32[]
}

/** SAFETY: the generator and vectors/merkle/README.md fix the form. */
function load<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../../vectors/merkle/${name}.json`, import.meta.url), 'utf8')) as T
}

const proofOf = (v: ProofVector) => ({
  node: hexToBytes(v.node),
  position: v.position,
  siblings: v.siblings.map(hexToBytes),
})
const claimOf = (v: ProofVector) => ({ root: hexToBytes(v.root), height: v.height })

describe('vectors/merkle', () => {
  test('vector: zeroHashes.json', () => {
    const { zeroHashes } = load<{ zeroHashes: Bytes32[] }>('zeroHashes')
    expect(zeroHashes.length).toBe(41)
    expect(zeroHashes.map((_, k) => bytesToHex(zeroHash(k)))).toEqual(zeroHashes)
  })

  const { roots } = load<{ roots: { name: string; bytes: Hex; height: number; root: Bytes32 }[] }>('roots')
  test.each(roots)('vector: roots.json, $name', ({ bytes, height, root }) => {
    expect(bytesToHex(merkleRoot(hexToBytes(bytes), height))).toBe(root)
  })

  const { slots } = load<{ slots: { name: string; bytes: Hex; height: number; root: Bytes32 }[] }>('slots')
  test.each(slots)('vector: slots.json, $name', ({ bytes, height, root }) => {
    expect(bytesToHex(slotRoot(hexToBytes(bytes), height))).toBe(root)
  })

  test.each(load<{ proofs: ProofVector[] }>('proofs').proofs)('vector: proofs.json, $name', (v) => {
    expect(verifyProof(proofOf(v), claimOf(v))).toBe(true)
  })

  test.each(load<{ proofs: ProofVector[] }>('rejectedProofs').proofs)('vector: rejectedProofs.json, $name', (v) => {
    expect(verifyProof(proofOf(v), claimOf(v))).toBe(false)
  })

  const { openings } = load<{ openings: { name: string; descendants: Bytes32[]; node: Bytes32 }[] }>('openings')
  test.each(openings)('vector: openings.json, $name', ({ descendants, node }) => {
    expect(bytesToHex(rootFromDescendants(descendants.map(hexToBytes)))).toBe(node)
  })

  const { lifts } = load<{ lifts: { name: string; from: number; lifted: Bytes32; root: Bytes32; to: number }[] }>(
    'lifts',
  )
  test.each(lifts)('vector: lifts.json, $name', ({ from, lifted, root, to }) => {
    expect(bytesToHex(liftRoot(hexToBytes(root), { from, to }))).toBe(lifted)
  })

  interface Replacement extends Omit<ProofVector, 'node' | 'root'> {
    newNode: Bytes32
    newRoot: Bytes32
    oldNode: Bytes32
    oldRoot: Bytes32
  }
  test.each(load<{ replacements: Replacement[] }>('replacements').replacements)(
    'vector: replacements.json, $name',
    (v) => {
      const old = { ...v, node: v.oldNode, root: v.oldRoot }
      expect(verifyProof(proofOf(old), claimOf(old))).toBe(true)
      expect(bytesToHex(rootFromProof(proofOf({ ...old, node: v.newNode })))).toBe(v.newRoot)
    },
  )
})
