import {
  bytesToHex,
  HASH_WORKER_URL,
  HashPool,
  type HashWorker,
  type Hex,
  hexToBytes,
  liftRoot,
  merkleRoot,
  rootFromDescendants,
  slotRoot,
  verifyProof,
  zeroHash,
} from 'opml/core'
import { patternBytes, patternRoot } from './both/patternRoot.ts'
import { inNode, readFile, readJson } from './page/host.ts'
import { afterAll, describe, expect, test } from './page/testApi.ts'

/** The list `key` of a file of vectors/merkle. */
async function load<T>(name: string, key = name): Promise<readonly T[]> {
  const file = await readJson<Record<string, readonly T[]>>(`vectors/merkle/${name}.json`)
  const vectors = file[key] ?? []
  expect(vectors.length).toBeGreaterThan(0)
  return vectors
}

interface RootVector {
  readonly name: string
  readonly bytes: Hex
  readonly height: number
  readonly root: Hex
}

interface ProofVector extends Omit<RootVector, 'bytes'> {
  readonly node: Hex
  readonly position: number
  readonly siblings: Hex[]
}

const isProven = (v: ProofVector): boolean =>
  verifyProof(
    { node: hexToBytes(v.node), position: v.position, siblings: v.siblings.map(hexToBytes) },
    { root: hexToBytes(v.root), height: v.height },
  )

describe('vectors/merkle', () => {
  test('vector: zeroHashes.json', async () => {
    const expected = await load<Hex>('zeroHashes')
    expect(expected.map((_, k) => bytesToHex(zeroHash(k)))).toEqual(expected)
  })

  test.each([
    { name: 'roots', rootOf: merkleRoot },
    { name: 'slots', rootOf: slotRoot },
  ])('vector: $name.json', async ({ name, rootOf }) => {
    for (const v of await load<RootVector>(name))
      expect(bytesToHex(rootOf(hexToBytes(v.bytes), v.height)), v.name).toBe(v.root)
  })

  test('vector: proofs.json and rejectedProofs.json', async () => {
    for (const v of await load<ProofVector>('proofs')) expect(isProven(v), v.name).toBe(true)
    for (const v of await load<ProofVector>('rejectedProofs', 'proofs')) expect(isProven(v), v.name).toBe(false)
  })

  test('vector: openings.json', async () => {
    for (const v of await load<{ name: string; descendants: Hex[]; node: Hex }>('openings'))
      expect(bytesToHex(rootFromDescendants(v.descendants.map(hexToBytes))), v.name).toBe(v.node)
  })

  test('vector: lifts.json', async () => {
    for (const v of await load<{ name: string; from: number; lifted: Hex; root: Hex; to: number }>('lifts'))
      expect(bytesToHex(liftRoot(hexToBytes(v.root), { from: v.from, to: v.to })), v.name).toBe(v.lifted)
  })
})

function spawn(): HashWorker {
  const worker = new Worker(HASH_WORKER_URL, { type: 'module' })
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    onReply: (listener) => worker.addEventListener('message', ({ data }) => listener(data)),
    onFailure: (listener) => worker.addEventListener('error', ({ message }) => listener(message)),
    stop: () => worker.terminate(),
  }
}

describe('trees over large data', () => {
  const pools = [1, 2, 3].map((numWorkers) => new HashPool({ numWorkers, spawn }))
  afterAll(() => pools.forEach((pool) => pool.close()))

  test.each([2 ** 16, 2 ** 16 + 1, 2 ** 20 + 1, 5 * 2 ** 20 - 100])(
    'differential: %i bytes have the root that Node gives them, on this thread and in a pool',
    async (length) => {
      const expected = await inNode(patternRoot, length, 18)
      expect(await patternRoot(readFile, length, 18)).toBe(expected)
      for (const pool of pools) expect(bytesToHex(await pool.merkleRoot(patternBytes(length), 18))).toBe(expected)
    },
  )

  test('differential: shared bytes are hashed where they lie', async () => {
    const length = 3 * 2 ** 20 + 77
    const shared = patternBytes(length, new SharedArrayBuffer(length))
    const expected = await inNode(patternRoot, length, 23)
    for (const pool of pools) expect(bytesToHex(await pool.merkleRoot(shared, 23))).toBe(expected)
    expect(shared.length).toBe(length)
  })
})
