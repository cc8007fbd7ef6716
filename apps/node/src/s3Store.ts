import { createHash } from 'node:crypto'
import { AwsClient } from 'aws4fetch'
import type { Bytes32 } from 'opml/core'
import type { ContentStore } from './contentStore.ts'
import { ContentStoreError, ContentTooLongError } from './errors.ts'

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
}

/** One request, its retries left out. */
const TIMEOUT_MS = 60_000
/** Of answers that say that the service is busy. */
const NUM_RETRIES = 3

/** Contents as objects of a bucket, addressed by path (`endpoint/bucket/prefix + hash`), requests signed with version 4. */
export class S3Store implements ContentStore {
  readonly place: string
  readonly #base: string
  readonly #client: AwsClient

  constructor(options: S3StoreOptions) {
    const { endpoint, region, bucket, prefix, accessKeyId, secretAccessKey } = options
    this.place = `s3://${bucket}/${prefix}`
    this.#base = `${endpoint.replace(/\/+$/, '')}/${bucket}/${prefix.split('/').map(encodeURIComponent).join('/')}`
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: NUM_RETRIES })
  }

  async get(hash: Bytes32, p: { maxBytes: number; signal?: AbortSignal }): Promise<Uint8Array | null> {
    const response = await this.#request(hash, { method: 'GET' }, p.signal)
    if (response.status === 404) {
      await response.body?.cancel()
      return null
    }
    await this.#check(response, hash)
    return await this.#read(response, { hash, maxBytes: p.maxBytes })
  }

  async put(hash: Bytes32, bytes: Uint8Array): Promise<void> {
    // The digest is signed with the rest, so that the service refuses a body that was changed on the way.
    const digest = createHash('sha256').update(bytes).digest('hex')
    const response = await this.#request(hash, {
      method: 'PUT',
      body: new Uint8Array(bytes),
      headers: { 'x-amz-content-sha256': digest, 'content-type': 'application/octet-stream' },
    })
    await this.#check(response, hash)
    await response.body?.cancel()
  }

  async #request(hash: Bytes32, init: RequestInit, signal?: AbortSignal): Promise<Response> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS)
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
  async #read(response: Response, p: { hash: Bytes32; maxBytes: number }): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    let length = 0
    try {
      for await (const part of response.body ?? []) {
        length += part.length
        if (length > p.maxBytes) throw new ContentTooLongError({ place: this.place, ...p })
        parts.push(part)
      }
    } catch (cause) {
      if (cause instanceof ContentTooLongError) throw cause
      throw new ContentStoreError({ place: this.place, problem: `stopped in the middle of ${p.hash}`, cause })
    }
    const bytes = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }
}
