import { createHash } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { AwsClient } from 'aws4fetch'
import type { Bytes32 } from 'opml/core'
import { type ContentRequest, type ContentStore, wholeContent } from './contentStore.ts'
import { ContentStoreError, ContentTooLongError, FileAccessError } from './errors.ts'

/** Where an S3-compatible store is and who asks. */
export interface S3StoreOptions {
  /** Of the service, without the bucket: `http://127.0.0.1:9000`. */
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  /** Goes before the hash in the name of each object: empty, or ending in `/`. */
  readonly prefix: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** How slow it may be; by default a minute, and 256 KiB a second beyond it. */
  readonly patience?: Patience
}

/** The time that a request may take, retries included: so long, and longer by its bytes at the slowest rate. */
interface Patience {
  readonly ms: number
  readonly bytesPerSecond: number
}

const DEFAULT_PATIENCE: Patience = { ms: 60_000, bytesPerSecond: 2 ** 18 }
/** The longest time that a timer takes. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1
/** Of answers that say that the service is busy. */
const NUM_RETRIES = 3

/** Contents as objects of a bucket, addressed by path (`endpoint/bucket/prefix + hash`), requests signed with version 4. */
export class S3Store implements ContentStore {
  readonly place: string
  readonly #base: string
  readonly #client: AwsClient
  readonly #patience: Patience

  constructor(options: S3StoreOptions) {
    const { endpoint, region, bucket, prefix, accessKeyId, secretAccessKey } = options
    this.#patience = options.patience ?? DEFAULT_PATIENCE
    this.place = `s3://${bucket}/${prefix}`
    this.#base = `${endpoint.replace(/\/+$/, '')}/${bucket}/${prefix.split('/').map(encodeURIComponent).join('/')}`
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: NUM_RETRIES })
  }

  async get(hash: Bytes32, request: ContentRequest): Promise<Uint8Array | null> {
    return await wholeContent(await this.stream(hash, request))
  }

  async stream(hash: Bytes32, request: ContentRequest): Promise<AsyncIterable<Uint8Array> | null> {
    const response = await this.#request(hash, { method: 'GET' }, { numBytes: request.maxBytes, ...request })
    if (response.status === 404) {
      await response.body?.cancel()
      return null
    }
    await this.#check(response, hash)
    return this.#parts(response, { hash, maxBytes: request.maxBytes })
  }

  async put(hash: Bytes32, bytes: Uint8Array): Promise<void> {
    const digest = createHash('sha256').update(bytes).digest('hex')
    await this.#put(hash, { body: new Uint8Array(bytes), digest, numBytes: bytes.length })
  }

  async putFile(sha256: Bytes32, path: string): Promise<void> {
    const body = await openAsBlob(path).catch((cause: unknown) => {
      throw new FileAccessError({ path, purpose: 'a file to be stored', cause })
    })
    await this.#put(sha256, { body, digest: sha256.slice(2), numBytes: body.size })
  }

  async #put(
    hash: Bytes32,
    p: { body: Uint8Array<ArrayBuffer> | Blob; digest: string; numBytes: number },
  ): Promise<void> {
    // The digest is signed with the rest, so that the service refuses a body that was changed on the way.
    const headers = { 'x-amz-content-sha256': p.digest, 'content-type': 'application/octet-stream' }
    const response = await this.#request(hash, { method: 'PUT', body: p.body, headers }, p)
    await this.#check(response, hash)
    await response.body?.cancel()
  }

  async #request(
    hash: Bytes32,
    init: RequestInit,
    { numBytes, signal }: { numBytes: number; signal?: AbortSignal },
  ): Promise<Response> {
    const { ms, bytesPerSecond } = this.#patience
    const timeout = AbortSignal.timeout(Math.min(ms + Math.ceil((numBytes / bytesPerSecond) * 1000), MAX_TIMEOUT_MS))
    try {
      return await this.#client.fetch(`${this.#base}${hash.slice(2)}`, {
        ...init,
        redirect: 'error',
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      })
    } catch (cause) {
      throw new ContentStoreError({ place: this.place, problem: `did not answer about ${hash}`, cause })
    }
  }

  async #check(response: Response, hash: Bytes32): Promise<void> {
    if (response.ok) return
    await response.body?.cancel()
    throw new ContentStoreError({ place: this.place, problem: `answers ${response.status} about ${hash}` })
  }

  /** Reads no more than allowed, whatever the answer says of its length. */
  async *#parts(response: Response, p: { hash: Bytes32; maxBytes: number }): AsyncGenerator<Uint8Array> {
    let length = 0
    try {
      for await (const part of response.body ?? []) {
        length += part.length
        if (length > p.maxBytes) throw new ContentTooLongError({ place: this.place, ...p })
        yield part
      }
    } catch (cause) {
      if (cause instanceof ContentTooLongError) throw cause
      const isSlow = cause instanceof Error && cause.name === 'TimeoutError'
      const problem = isSlow ? 'is too slow with' : 'stopped in the middle of'
      throw new ContentStoreError({ place: this.place, problem: `${problem} ${p.hash}`, cause })
    }
  }
}
