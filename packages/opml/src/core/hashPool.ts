import { HashWorkerError } from './hashErrors.ts'
import { HASH_BYTES } from './keccak.ts'
import { keccakModule } from './keccakKernel.ts'
import { TreeOverflowError } from './merkleErrors.ts'
import { CHUNK_HEIGHT, merkleRoot, rootOfChunks } from './merkleRoot.ts'
import { BLOCK_BYTES } from './merkleZero.ts'

/** What the pool asks of a worker: the roots of the consecutive chunks of `bytes`, the last one padded with zeros. */
export interface HashRequest {
  readonly id: number
  /** The compiled keccak kernel. */
  readonly module: WebAssembly.Module
  readonly bytes: Uint8Array
  /** A chunk has 2^chunkHeight blocks of 128 bytes. */
  readonly chunkHeight: number
}

/** A worker's answer: 32 bytes a chunk, in order. */
export interface HashReply {
  readonly id: number
  readonly roots: Uint8Array
}

/** A started worker that runs the script at {@link HASH_WORKER_URL}; the caller adapts its host's worker to this. */
export interface HashWorker {
  /** Posts a message; the buffers of `transfer` change hands. */
  post(request: HashRequest, transfer: ArrayBuffer[]): void
  /** Registers the one listener of the worker's messages. */
  onReply(listener: (reply: HashReply) => void): void
  /** Registers the one listener of failures: an exception, an exit. */
  onFailure(listener: (cause: unknown) => void): void
  /** Stops the worker for good. */
  stop(): void
}

/** How a {@link HashPool} gets its workers. */
export interface HashPoolOptions {
  /** As many as cores should hash; 1 or more. */
  readonly numWorkers: number
  readonly spawn: () => HashWorker
}

/**
 * Script of a hashing worker, the same in Node and in browsers. It is a module: `new Worker(url)` in Node,
 * `new Worker(url, { type: 'module' })` in browsers.
 */
export const HASH_WORKER_URL: URL = new URL('./hashWorker.js', import.meta.url)

const CHUNK_BYTES = BLOCK_BYTES * 2 ** CHUNK_HEIGHT
/** 2 MiB a request: 16,384 leaves take some milliseconds, which hides the message. */
const CHUNKS_PER_REQUEST = 2
/** One request is hashed while the next one waits. */
const REQUESTS_PER_WORKER = 2

interface Waiting {
  readonly resolve: (reply: HashReply) => void
  readonly reject: (error: HashWorkerError) => void
}

/**
 * Shares the hashing of large byte strings out to worker threads, in chunks of 1 MiB.
 *
 * The root does not depend on the number of workers. Bytes over a SharedArrayBuffer are read where they lie and must not change
 * meanwhile; others are copied. Workers live until {@link close}.
 */
export class HashPool {
  private readonly workers: HashWorker[] = []
  private readonly waiting = new Map<number, Waiting>()
  private nextId = 0
  private failure: HashWorkerError | undefined

  /** Starts the workers. */
  constructor(options: HashPoolOptions) {
    for (let i = 0; i < options.numWorkers; i++) {
      const worker = options.spawn()
      worker.onReply((reply) => this.settle(reply))
      worker.onFailure((cause) => this.fail(new HashWorkerError('a worker broke down', cause)))
      this.workers.push(worker)
    }
  }

  /**
   * Root of the tree of 2^height blocks over `bytes`, zero behind them: {@link merkleRoot} on all workers at once.
   *
   * @throws {TreeOverflowError} when the bytes do not fit.
   * @throws {HashWorkerError} when a worker broke down or the pool is closed.
   */
  async merkleRoot(bytes: Uint8Array, height: number): Promise<Uint8Array> {
    if (bytes.length > BLOCK_BYTES * 2 ** height) throw new TreeOverflowError({ numBytes: bytes.length, height })
    if (height <= CHUNK_HEIGHT || bytes.length <= CHUNK_BYTES) return merkleRoot(bytes, height)
    const roots = new Uint8Array(Math.ceil(bytes.length / CHUNK_BYTES) * HASH_BYTES)
    let next = 0
    const serve = async (worker: HashWorker): Promise<void> => {
      while (next < bytes.length) {
        const start = next
        next += CHUNKS_PER_REQUEST * CHUNK_BYTES
        const reply = await this.ask(worker, bytes.subarray(start, next))
        roots.set(reply.roots, (start / CHUNK_BYTES) * HASH_BYTES)
      }
    }
    await Promise.all(
      this.workers.flatMap((worker) => Array.from({ length: REQUESTS_PER_WORKER }, () => serve(worker))),
    )
    return rootOfChunks(roots, height)
  }

  /** Stops the workers; whatever is still waiting is rejected. */
  close(): void {
    this.fail(new HashWorkerError('the pool was closed'))
    for (const worker of this.workers) worker.stop()
  }

  private ask(worker: HashWorker, part: Uint8Array): Promise<HashReply> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) {
        reject(this.failure)
        return
      }
      const id = this.nextId++
      this.waiting.set(id, { resolve, reject })
      const request = { id, module: keccakModule(), chunkHeight: CHUNK_HEIGHT }
      if (part.buffer instanceof ArrayBuffer) {
        const copy = part.slice()
        worker.post({ ...request, bytes: copy }, [copy.buffer])
      } else worker.post({ ...request, bytes: part }, [])
    })
  }

  private settle(reply: HashReply): void {
    this.waiting.get(reply.id)?.resolve(reply)
    this.waiting.delete(reply.id)
  }

  private fail(failure: HashWorkerError): void {
    this.failure ??= failure
    for (const { reject } of this.waiting.values()) reject(this.failure)
    this.waiting.clear()
  }
}
