import { createHash } from 'node:crypto'
import { appendFile, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { type RequestListener, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bytesToHex, concatBytes } from 'opml/core'
import type { Bytes32 } from 'opml/core'
import { DEFAULT_TRACE_HEIGHTS } from 'opml/chain'
import { type BundleManifest, printManifest } from 'opml/importers'
import type { ContentStore } from './contentStore.ts'
import { FolderStore } from './folderStore.ts'
import { readModel } from './modelLibrary.ts'
import { fetchModel, findModel, isModelId, publishModel } from './publishedModel.ts'
import { S3Store } from './s3Store.ts'
import { writeExampleBundle } from './testing/exampleBundle.ts'

let folder: string
let bundle: string
let modelId: Bytes32
let store: FolderStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opml-published-'))
  ;({ path: bundle, modelId } = await writeExampleBundle(join(folder, 'own')))
  store = new FolderStore(join(folder, 'store'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const target = (): string => join(folder, 'fetched', 'example.opml')
const fetched = (from: ContentStore = store, more: { maxBytes?: number } = {}) =>
  fetchModel(from, { modelId, target: target(), heights: DEFAULT_TRACE_HEIGHTS, ...more })
const publish = async () => await publishModel(await readModel(bundle), store)
const inStore = (hash: string): string => join(store.place, hash.slice(2, 4), hash.slice(2))

async function manifestOf(): Promise<BundleManifest> {
  return JSON.parse(await readFile(join(bundle, 'manifest.json'), 'utf8')) as BundleManifest
}

/** Digest of a file of the bundle: its name in the store. */
async function digestOf(path: string): Promise<Bytes32> {
  return (await manifestOf()).files.find((file) => file.path === path)?.sha256 as Bytes32
}

/** Nothing is left of a fetch that failed. */
async function expectNothing(): Promise<void> {
  expect(await readdir(join(folder, 'fetched')).catch(() => [])).toEqual([])
}

const FILES = ['program.opmlt', 'constants.bin', 'source/example.onnx']

describe('a published bundle', () => {
  test('default: whoever knows the id fetches the same files and the same model', async () => {
    const { numFiles, numBytes } = await publish()
    expect(numFiles).toBe(4)
    await rm(join(folder, 'own'), { recursive: true })
    const model = await fetched()
    expect(model).toMatchObject({ kind: 'program', path: target(), modelId })
    const sizes = await Promise.all(
      ['manifest.json', ...FILES].map(async (path) => (await readFile(join(target(), path))).length),
    )
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(numBytes)
    expect(await readdir(join(folder, 'fetched'))).toEqual(['example.opml'])
    // Again over what is there.
    expect(await fetched()).toMatchObject({ modelId })
  })

  test('default: an ELF file', async () => {
    const machine = await readModel('guest/images/sum.elf')
    await publishModel(machine, store)
    const options = { modelId: machine.modelId, target: join(folder, 'sum.elf'), heights: DEFAULT_TRACE_HEIGHTS }
    expect(await fetchModel(store, options)).toMatchObject({ kind: 'machine', modelId: machine.modelId })
    const heights = { ...DEFAULT_TRACE_HEIGHTS, coarseHeight: 13 }
    await expect(fetchModel(store, { ...options, heights })).rejects.toMatchObject({ code: 'NODE_MODEL_FETCH' })
  })

  test('error: a published file that was changed beside the constants is not put', async () => {
    const file = join(bundle, 'source/example.onnx')
    const bytes = await readFile(file)
    bytes[0] = 8
    await writeFile(file, bytes)
    await expect(publish()).rejects.toMatchObject({ code: 'NODE_PUBLISHED_FILE', path: file })
    expect(await readdir(folder)).toEqual(['own'])
  })

  test('error: nothing under the id', async () => {
    await expect(fetched()).rejects.toMatchObject({ code: 'NODE_CONTENT_MISSING', retryable: true })
    await expectNothing()
  })
})

describe('a store that lies', () => {
  test.each(FILES)('hostile: wrong, short, long or missing bytes for %s', async (path) => {
    await publish()
    const place = inStore(await digestOf(path))
    const bytes = await readFile(place)
    const wrong = Uint8Array.from(bytes)
    wrong[10] = (wrong[10] ?? 0) ^ 1
    for (const [change, code, message] of [
      [() => writeFile(place, wrong), 'NODE_MODEL_FETCH', `its file ${path} has the SHA-256 0x`],
      [
        () => truncate(place, bytes.length - 1),
        'NODE_MODEL_FETCH',
        `ends at byte ${bytes.length - 1} of ${bytes.length}`,
      ],
      [() => appendFile(place, 'x'), 'NODE_CONTENT_TOO_LONG', `more than ${bytes.length} bytes`],
      [() => rm(place), 'NODE_MODEL_FETCH', `its file ${path} (0x`],
    ] as const) {
      await writeFile(place, bytes)
      await change()
      await expect(fetched()).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
      await expectNothing()
    }
  })

  test.each([
    ['no manifest', () => 'hello', 'it is not JSON'],
    ['half a manifest', (text: string) => text.slice(0, 300), 'it is not JSON'],
    ['another id', (text: string) => text.replace(/"modelId": "0x../, '"modelId": "0xee'), 'of the model 0xee'],
    ['a path that leaves', (text: string) => text.replace('"constants.bin",', '"../../x",'), 'no path inside'],
    [
      'itself as a file',
      (text: string) => text.replace('"path": "constants.bin"', '"path": "manifest.json"'),
      'itself',
    ],
    [
      'a file without end',
      (text: string) =>
        text.replace(/"path": "constants.bin",\s*"bytes": \d+/, '"path": "constants.bin", "bytes": 9e15'),
      'bytes long, more than 17179869184',
    ],
  ])('hostile: a manifest: %s', async (_, change, message) => {
    await publish()
    await writeFile(inStore(modelId), change(await readFile(inStore(modelId), 'utf8')))
    await expect(fetched()).rejects.toMatchObject({
      code: 'NODE_MODEL_FETCH',
      message: expect.stringContaining(message),
    })
    await expectNothing()
  })

  test('hostile: a manifest with thousands of files, or of more bytes than wanted', async () => {
    await publish()
    await expect(fetched(store, { maxBytes: 100 })).rejects.toThrow('more than 100')
    const manifest = await manifestOf()
    const more = Array.from({ length: 200_000 }, (_, i) => ({ ...manifest.files[0], path: `f${i}` }))
    const files = [...manifest.files, ...more] as BundleManifest['files']
    await writeFile(inStore(modelId), printManifest({ ...manifest, files }))
    await expect(fetched()).rejects.toThrow('it has 200003 files, more than 4096')
    await expectNothing()
  })

  test('hostile: other weights with fitting digests are found by their roots', async () => {
    await publish()
    const manifest = await manifestOf()
    const bytes = Uint8Array.from(await readFile(join(bundle, 'constants.bin')))
    bytes[0] = (bytes[0] ?? 0) ^ 1
    const sha256 = bytesToHex(createHash('sha256').update(bytes).digest())
    const files = manifest.files.map((file) => (file.path === 'constants.bin' ? { ...file, sha256 } : file))
    await store.put(sha256, bytes)
    await store.put(modelId, new TextEncoder().encode(printManifest({ ...manifest, files })))
    await expect(fetched()).rejects.toMatchObject({
      code: 'NODE_MODEL_FETCH',
      message: expect.stringMatching(/constant 1 \("scale"\) has the root 0x/),
    })
    await expectNothing()
  })

  test('hostile: another whole model under the id', async () => {
    await store.put(modelId, await readFile('guest/images/sum.elf'))
    await expect(fetched()).rejects.toMatchObject({ message: expect.stringContaining('it has the id 0x') })
    await store.put(modelId, concatBytes([Uint8Array.of(0x7f, 0x45, 0x4c, 0x46), new Uint8Array(100)]))
    await expect(fetched()).rejects.toMatchObject({ code: 'NODE_MODEL_FETCH' })
    await expectNothing()
  })
})

describe('a server that lies', () => {
  let server: Server
  let remote: S3Store
  let numSent = 0

  async function serve(answer: RequestListener): Promise<void> {
    numSent = 0
    server = createServer(answer)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    remote = new S3Store({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'x',
      bucket: 'b',
      prefix: '',
      accessKeyId: 'id',
      secretAccessKey: 'secret',
      patience: { ms: 400, bytesPerSecond: 2 ** 30 },
    })
  }

  /** The manifest as it is; of every file bytes that do not end, as fast as they are taken, or a byte now and then. */
  function endless(everyMs: number, numBytes: number): RequestListener {
    return (request, response) => {
      if (request.url === `/b/${modelId.slice(2)}`)
        return void readFile(join(bundle, 'manifest.json')).then((bytes) => response.end(bytes))
      const timer = setInterval(() => {
        if (!response.writableNeedDrain) response.write(new Uint8Array(numBytes))
        numSent += numBytes
      }, everyMs)
      response.once('close', () => clearInterval(timer))
    }
  }

  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  test('hostile: a file without end is cut off at the length of the manifest', async () => {
    await serve(endless(1, 65_536))
    await expect(fetched(remote)).rejects.toMatchObject({ code: 'NODE_CONTENT_TOO_LONG' })
    expect(numSent).toBeLessThan(2 ** 24)
    await expectNothing()
  })

  test('hostile: a file that comes too slowly', async () => {
    await serve(endless(50, 1))
    await expect(fetched(remote)).rejects.toMatchObject({
      code: 'NODE_CONTENT_STORE',
      retryable: true,
      message: expect.stringContaining('is too slow with 0x'),
    })
    await expectNothing()
  })

  test('hostile: a server that takes the question and says nothing', async () => {
    await serve(() => undefined)
    await expect(fetched(remote)).rejects.toMatchObject({
      code: 'NODE_CONTENT_STORE',
      message: expect.stringContaining(`did not answer about ${modelId}`),
    })
    await expectNothing()
  })

  test('hostile: a file that breaks off', async () => {
    await serve((request, response) => {
      if (request.url === `/b/${modelId.slice(2)}`)
        return void readFile(join(bundle, 'manifest.json')).then((bytes) => response.end(bytes))
      response.writeHead(200, { 'content-length': '100000' })
      return response.write(new Uint8Array(10), () => response.destroy())
    })
    await expect(fetched(remote)).rejects.toMatchObject({ message: expect.stringContaining('stopped in the middle') })
    await expectNothing()
  })
})

describe('findModel', () => {
  test('default: a folder, an id from the store, then from the cache; a broken cache is fetched again', async () => {
    const cache = join(folder, 'cache')
    const source = { heights: DEFAULT_TRACE_HEIGHTS, store, cache }
    expect(await findModel(bundle, source)).toMatchObject({ path: bundle, modelId })
    await expect(findModel(modelId, source)).rejects.toMatchObject({ code: 'NODE_CONTENT_MISSING' })
    await publish()
    const found = { path: join(cache, modelId), modelId }
    expect(await findModel(`0x${modelId.slice(2).toUpperCase()}`, source)).toMatchObject(found)
    await rm(store.place, { recursive: true })
    expect(await findModel(modelId, source)).toMatchObject(found)
    await writeFile(join(cache, modelId, 'constants.bin'), 'x')
    await expect(findModel(modelId, source)).rejects.toMatchObject({ code: 'NODE_CONTENT_MISSING' })
    await publish()
    expect(await findModel(modelId, source)).toMatchObject(found)
    expect(await readdir(cache)).toEqual([modelId])
  })

  test('default: what an id is', () => {
    expect(isModelId(modelId)).toBe(true)
    for (const text of ['', '0x12', modelId.slice(2), `${modelId}0`, bundle]) expect(isModelId(text)).toBe(false)
  })
})
