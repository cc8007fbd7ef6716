import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchModel, openStore, publishModel, readModel } from '@opml/node'
import type { ContentStore } from '@opml/node'
import { DEFAULT_TRACE_HEIGHTS } from 'opml/chain'
import { bytesToHex, keccak256, seededRandom } from 'opml/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeExampleBundle } from '../../apps/node/src/testing/exampleBundle.ts'
import { s3Server } from '../peers/installPeers.ts'

/** The only key pair that the server knows. */
const KEYS = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' }

let folder: string
let server: Awaited<ReturnType<typeof startServer>>

async function startServer(directory: string) {
  const Server = await s3Server()
  const running = new Server({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name: 'opml', configs: [] }],
  })
  const { port } = await running.run()
  return { endpoint: `http://127.0.0.1:${port}`, close: () => running.close() }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opml-s3-'))
  server = await startServer(folder)
})

afterAll(async () => {
  await server?.close()
  await rm(folder, { recursive: true, force: true })
})

function store(keys: Record<string, string> = KEYS, bucket = 'opml'): ContentStore {
  return openStore(`s3://${bucket}/inputs?endpoint=${server.endpoint}`, keys)
}

describe('an S3-compatible server', () => {
  test('default: 3 MB go there and come back; a second reader finds them; nothing else is there', async () => {
    const random = seededRandom(4)
    const bytes = Uint8Array.from({ length: 3_000_000 }, () => random.below(256))
    const hash = bytesToHex(keccak256(bytes))
    await store().put(hash, bytes)
    const read = await store().get(hash, { maxBytes: bytes.length })
    expect(bytesToHex(keccak256(read ?? new Uint8Array(0)))).toBe(hash)
    await expect(store().get(hash, { maxBytes: bytes.length - 1 })).rejects.toMatchObject({
      code: 'NODE_CONTENT_TOO_LONG',
    })
    expect(await store().get(bytesToHex(keccak256(new Uint8Array(1))), { maxBytes: 1 })).toBeNull()
  })

  test('default: an empty content', async () => {
    const hash = bytesToHex(keccak256(new Uint8Array(0)))
    await store().put(hash, new Uint8Array(0))
    expect(await store().get(hash, { maxBytes: 0 })).toEqual(new Uint8Array(0))
  })

  test('default: a bundle is published there and fetched by its id', async () => {
    const { path, modelId } = await writeExampleBundle(join(folder, 'example'))
    await publishModel(await readModel(path), store())
    const target = join(folder, 'fetched')
    expect(await fetchModel(store(), { modelId, target, heights: DEFAULT_TRACE_HEIGHTS })).toMatchObject({ modelId })
    const manifest = 'manifest.json'
    expect(await readFile(join(target, manifest))).toEqual(await readFile(join(path, manifest)))
  })

  // This server takes every signature of version 4; stores.test.ts computes it anew.
  test('error: a key that the server does not know', async () => {
    const hash = bytesToHex(keccak256(new Uint8Array(2)))
    const keys = { ...KEYS, AWS_ACCESS_KEY_ID: 'other' }
    await expect(store(keys).put(hash, new Uint8Array(2))).rejects.toThrow('answers 403')
  })

  test('error: a bucket that is not there', async () => {
    await expect(
      store(KEYS, 'nothing').put(bytesToHex(keccak256(new Uint8Array(1))), new Uint8Array(1)),
    ).rejects.toThrow('answers 404')
  })
})
