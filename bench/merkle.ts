import { Worker } from 'node:worker_threads'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { createKeccak } from 'hash-wasm'
import { HASH_WORKER_URL, HashPool, type HashWorker, keccak256, merkleRoot } from 'opml/core'
import type { Bench, Figure } from './figure.ts'

const TREE_BYTES = 2 ** 26
const TREE_HEIGHT = 19
/** 2^19 leaves and 2^19 − 1 nodes. */
const TREE_HASHES = 2 ** 20 - 1
const REPEATS = 5

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** CPU seconds of the fastest of some runs of `work`. */
function fastest(work: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < REPEATS; i++) {
    const start = cpuSeconds()
    work()
    best = Math.min(best, cpuSeconds() - start)
  }
  return best
}

/** Hashes `count` messages of 64 bytes one by one, each the hash before it twice, so that no result can be skipped. */
function chain(hash: (bytes: Uint8Array) => Uint8Array, count: number): void {
  const pair = new Uint8Array(64)
  for (let i = 0; i < count; i++) {
    const digest = hash(pair)
    pair.set(digest, 0)
    pair.set(digest, 32)
  }
}

const millions = (count: number, seconds: number): number => count / seconds / 1e6

async function hashWasmRate(): Promise<number> {
  const hasher = await createKeccak(256)
  const count = 200_000
  return millions(
    count,
    fastest(() => chain((bytes) => hasher.init().update(bytes).digest('binary'), count)),
  )
}

function spawn(): HashWorker {
  const worker = new Worker(HASH_WORKER_URL)
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    onReply: (listener) => void worker.on('message', listener),
    onFailure: (listener) => void worker.on('error', listener),
    stop: () => void worker.terminate(),
  }
}

interface PoolTime {
  readonly wallSeconds: number
  readonly cpuSeconds: number
}

/** The fastest of some trees on `numWorkers` threads, by the clock on the wall. */
async function poolTime(bytes: Uint8Array, numWorkers: number): Promise<PoolTime> {
  const pool = new HashPool({ numWorkers, spawn })
  let best: PoolTime = { wallSeconds: Number.POSITIVE_INFINITY, cpuSeconds: 0 }
  for (let i = 0; i < 2 * REPEATS; i++) {
    const [wall, cpu] = [performance.now(), cpuSeconds()]
    await pool.merkleRoot(bytes, TREE_HEIGHT)
    const time = { wallSeconds: (performance.now() - wall) / 1000, cpuSeconds: cpuSeconds() - cpu }
    if (time.wallSeconds < best.wallSeconds) best = time
  }
  pool.close()
  return best
}

const against = (value: number, peer: string, peerValue: number) => ({ peer, peerValue, ratio: value / peerValue })

async function run(): Promise<Figure[]> {
  const bytes = Uint8Array.from({ length: TREE_BYTES }, (_, i) => Math.imul(i, 2654435761) >>> 23)
  const shared = new Uint8Array(new SharedArrayBuffer(TREE_BYTES))
  shared.set(bytes)
  const treeSeconds = fastest(() => merkleRoot(bytes, TREE_HEIGHT))
  const bulkRate = millions(TREE_HASHES, treeSeconds)
  const singleRate = millions(
    400_000,
    fastest(() => chain(keccak256, 400_000)),
  )
  const nobleRate = millions(
    40_000,
    fastest(() => chain(keccak_256, 40_000)),
  )
  const wasmRate = await hashWasmRate()
  const two = await poolTime(shared, 2)
  const tree = '64 MiB tree, 128-byte blocks'
  return [
    { name: 'hashes in bulk, one thread', value: bulkRate, unit: 'M/s', ...against(bulkRate, 'noble', nobleRate) },
    { name: 'hashes in bulk, one thread', value: bulkRate, unit: 'M/s', ...against(bulkRate, 'hash-wasm', wasmRate) },
    {
      name: '64-byte hashes one by one',
      value: singleRate,
      unit: 'M/s',
      ...against(singleRate, 'hash-wasm', wasmRate),
    },
    { name: `${tree}, one thread, CPU time`, value: treeSeconds, unit: 's' },
    { name: `${tree}, two threads, CPU time`, value: two.cpuSeconds, unit: 's' },
    {
      name: `${tree}, two threads, wall time`,
      value: two.wallSeconds,
      unit: 's',
      limit: { kind: 'at most', value: 0.2 },
    },
  ]
}

/** Hashing rates, and the time of a large Merkle tree. */
export const merkle: Bench = { name: 'merkle', about: 'keccak rates and a 64 MiB Merkle tree on two threads', run }
