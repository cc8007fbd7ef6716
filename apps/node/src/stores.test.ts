import { createHash, createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bytesToHex, keccak256 } from 'opml/core'
import { FolderStore } from './folderStore.ts'
import { openStore } from './openStore.ts'
import { S3Store } from './s3Store.ts'

const BYTES = Uint8Array.from({ length: 1_000 }, (_, i) => i * 7)
const HASH = bytesToHex(keccak256(BYTES))
const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'not told to anyone' }

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opml-store-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

describe('FolderStore', () => {
  test('default: what was put is there, in the store of another process too; nothing else is', async () => {
    await new FolderStore(folder).put(HASH, BYTES)
    await new FolderStore(folder).put(HASH, BYTES)
    const store = new FolderStore(folder)
    expect(await store.get(HASH, { maxBytes: 1_000 })).toEqual(BYTES)
    expect(await store.get(bytesToHex(keccak256(HASH_TEXT)), { maxBytes: 1_000 })).toBeNull()
    expect(await readdir(join(folder, HASH.slice(2, 4)))).toEqual([HASH.slice(2)])
  })

  test('hostile: a file longer than asked for is refused before it is read', async () => {
    const store = new FolderStore(folder)
    await store.put(HASH, BYTES)
    await truncate(join(folder, HASH.slice(2, 4), HASH.slice(2)), 2 ** 40)
    await expect(store.get(HASH, { maxBytes: 1_000 })).rejects.toMatchObject({ code: 'NODE_CONTENT_TOO_LONG' })
  })

  test('hostile: a device and a folder in the place of a file', async () => {
    const place = join(folder, HASH.slice(2, 4), HASH.slice(2))
    await mkdir(join(folder, HASH.slice(2, 4)))
    await symlink('/dev/zero', place)
    await expect(new FolderStore(folder).get(HASH, { maxBytes: 10 })).rejects.toMatchObject({
      code: 'NODE_CONTENT_STORE',
    })
    await rm(place)
    await mkdir(place)
    await expect(new FolderStore(folder).get(HASH, { maxBytes: 10 })).rejects.toMatchObject({ retryable: true })
  })

  test('error: a store that is a file', async () => {
    await writeFile(join(folder, 'file'), '')
    await expect(new FolderStore(join(folder, 'file')).put(HASH, BYTES)).rejects.toMatchObject({
      code: 'NODE_CONTENT_STORE',
    })
  })
})

const HASH_TEXT = new TextEncoder().encode('another')

/** The header that Amazon's documents ask for (signature version 4, header based), computed anew from what arrived. */
function expectedAuthorization({ method, url, headers }: IncomingMessage): string {
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const hex = (text: string) => createHash('sha256').update(text).digest('hex')
  const [, signed = ''] = /SignedHeaders=([^,]*)/.exec(headers.authorization ?? '') ?? []
  const lines = signed.split(';').map((name) => `${name}:${String(headers[name])}\n`)
  const body = String(headers['x-amz-content-sha256'])
  const request = [method, url, '', lines.join(''), signed, body].join('\n')
  const time = String(headers['x-amz-date'])
  const scope = [time.slice(0, 8), 'eu-central-1', 's3', 'aws4_request']
  const key = scope.reduce<string | Buffer>(hmac, 'AWS4secret')
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope.join('/'), hex(request)].join('\n')).toString('hex')
  return `AWS4-HMAC-SHA256 Credential=id/${scope.join('/')}, SignedHeaders=${signed}, Signature=${signature}`
}

describe('S3Store', () => {
  let server: Server
  let store: S3Store

  async function serve(listener: RequestListener): Promise<void> {
    server = createServer(listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const keys = { accessKeyId: 'id', secretAccessKey: 'secret' }
    const endpoint = `http://127.0.0.1:${port}/`
    store = new S3Store({ endpoint, region: 'eu-central-1', bucket: 'data', prefix: 'a b/', ...keys })
  }

  afterEach(() => server.closeAllConnections())
  afterEach(() => new Promise((resolve) => server.close(resolve)))

  test('default: addresses by path, signs, and says whose digest the body has', async () => {
    const seen: Record<string, unknown>[] = []
    await serve((request, response) => {
      const { method, url, headers } = request
      const { 'x-amz-content-sha256': digest } = headers
      seen.push({ method, url, digest, isSigned: headers.authorization === expectedAuthorization(request) })
      response.statusCode = method === 'GET' ? 404 : 200
      request.resume().once('end', () => response.end('<Error/>'))
    })
    await store.put(HASH, Uint8Array.of(1, 2, 3))
    expect(await store.get(HASH, { maxBytes: 5 })).toBeNull()
    const url = `/data/a%20b/${HASH.slice(2)}`
    const digest = '039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81'
    expect(seen).toMatchObject([
      { method: 'PUT', url, digest, isSigned: true },
      { method: 'GET', url, isSigned: true },
    ])
  })

  test('hostile: an answer without end is cut off, one that breaks off is no content', async () => {
    await serve((request, response) => {
      if (request.headers.range !== undefined) return response.end()
      const timer = setInterval(() => response.write(new Uint8Array(4_096)), 1)
      return response.once('close', () => clearInterval(timer))
    })
    await expect(store.get(HASH, { maxBytes: 100_000 })).rejects.toMatchObject({ code: 'NODE_CONTENT_TOO_LONG' })
    server.removeAllListeners('request')
    server.on('request', (_, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write(new Uint8Array(10), () => response.destroy())
    })
    await expect(store.get(HASH, { maxBytes: 100_000 })).rejects.toMatchObject({ code: 'NODE_CONTENT_STORE' })
  })

  test('hostile: it is not sent elsewhere', async () => {
    await serve((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end())
    await expect(store.get(HASH, { maxBytes: 1 })).rejects.toMatchObject({ code: 'NODE_CONTENT_STORE' })
  })

  test('error: a refusal names the status, no key', async () => {
    await serve((_, response) => response.writeHead(403).end('id secret'))
    const error: Error = await store.get(HASH, { maxBytes: 1 }).catch((thrown) => thrown)
    expect(error.message).toBe(`The content store s3://data/a b/ answers 403 about ${HASH}.`)
  })
})

describe('openStore', () => {
  test('default: a folder, a bucket', () => {
    expect(openStore('.opml/store', {}).place).toBe('.opml/store')
    const address = 's3://data/opml/?endpoint=http://127.0.0.1:9000&region=x'
    expect(openStore(address, KEYS).place).toBe('s3://data/opml/')
  })

  test.each([
    ['https://example.org/x', KEYS, 'is neither a folder nor s3://BUCKET/PREFIX'],
    ['s3:///x', KEYS, 'is neither'],
    ['s3://id:key@data/x', KEYS, 'is neither'],
    ['s3://data/x?secret=1', KEYS, 'has the unknown parameter "secret"'],
    ['s3://data/x?endpoint=ftp://a', KEYS, 'has an endpoint'],
    ['s3://data/x', {}, 'needs AWS_ACCESS_KEY_ID'],
  ])('error: %s', (address, environment, message) => {
    expect(() => openStore(address, environment)).toThrow(message)
    expect(() => openStore(address, environment)).not.toThrow(/key@|not told/)
  })
})
