import { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, test } from 'vitest'
import { bytesToHex } from './bytes.ts'
import { HASH_WORKER_URL, HashPool, type HashRequest, type HashWorker } from './hashPool.ts'
import { merkleRoot } from './merkleRoot.ts'

function spawn(): HashWorker {
  const worker = new Worker(HASH_WORKER_URL)
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    onReply: (listener) => void worker.on('message', listener),
    onFailure: (listener) => void worker.on('error', listener).on('exit', listener),
    stop: () => void worker.terminate(),
  }
}

function pattern(length: number, buffer: ArrayBufferLike = new ArrayBuffer(length)): Uint8Array {
  const bytes = new Uint8Array(buffer)
  for (let i = 0; i < length; i++) bytes[i] = Math.imul(i, 2654435761) >>> 19
  return bytes
}

describe('HashPool', () => {
  const pools = [1, 2, 3].map((numWorkers) => new HashPool({ numWorkers, spawn }))
  afterAll(() => pools.forEach((pool) => pool.close()))

  test('property: the root is that of one thread, for every number of workers and length', async () => {
    for (const length of [0, 5, 2 ** 20, 2 ** 20 + 1, 5 * 2 ** 20 - 100, 2 ** 23]) {
      const bytes = pattern(length)
      const expected = bytesToHex(merkleRoot(bytes, 18))
      for (const pool of pools) expect(bytesToHex(await pool.merkleRoot(bytes, 18)), `${length} bytes`).toBe(expected)
    }
  })

  test('property: shared bytes give the same root and stay what they are, as do bytes in the middle of a buffer', async () => {
    const length = 3 * 2 ** 20 + 77
    const shared = pattern(length, new SharedArrayBuffer(length))
    const own = pattern(length)
    const expected = merkleRoot(own, 23)
    expect(await pools[1].merkleRoot(shared, 23)).toEqual(expected)
    expect(await pools[1].merkleRoot(own, 23)).toEqual(expected)
    expect(Buffer.compare(own, pattern(length))).toBe(0)
    const padded = new Uint8Array(length + 1000)
    padded.set(own, 333)
    expect(await pools[1].merkleRoot(padded.subarray(333, 333 + length), 23)).toEqual(expected)
  })

  test('property: several trees at once do not mix', async () => {
    const all = [1, 2, 3, 4].map((n) => pattern(2 ** 21 + n * 1000).map((byte) => byte ^ n))
    const roots = await Promise.all(all.map((bytes) => pools[2].merkleRoot(bytes, 15)))
    expect(roots).toEqual(all.map((bytes) => merkleRoot(bytes, 15)))
  })

  test('error: bytes that do not fit', async () => {
    await expect(pools[0].merkleRoot(new Uint8Array(300), 1)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[TreeOverflowError: 300 bytes do not fit a tree of height 1, which holds 256 bytes.]`,
    )
  })

  test('error: a worker that fails rejects what waits and what comes later', async () => {
    let failNow: (cause: unknown) => void = () => {}
    const requests: HashRequest[] = []
    const broken: HashWorker = {
      post: (request) => void requests.push(request),
      onReply: () => {},
      onFailure: (listener) => {
        failNow = listener
      },
      stop: () => {},
    }
    const pool = new HashPool({ numWorkers: 1, spawn: () => broken })
    const waiting = pool.merkleRoot(pattern(2 ** 22), 15)
    expect(requests.length).toBe(2)
    failNow(new Error('out of memory'))
    await expect(waiting).rejects.toThrowErrorMatchingInlineSnapshot(
      `[HashWorkerError: The hashing workers cannot answer: a worker broke down.]`,
    )
    await expect(pool.merkleRoot(pattern(2 ** 22), 15)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[HashWorkerError: The hashing workers cannot answer: a worker broke down.]`,
    )
  })

  test('error: a closed pool', async () => {
    const pool = new HashPool({ numWorkers: 1, spawn })
    const waiting = pool.merkleRoot(pattern(2 ** 23), 16)
    pool.close()
    await expect(waiting).rejects.toThrowErrorMatchingInlineSnapshot(
      `[HashWorkerError: The hashing workers cannot answer: the pool was closed.]`,
    )
  })
})
