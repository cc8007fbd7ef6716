import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { TraceHeights } from 'opml/chain'
import { OpmlError, bytesToHex } from 'opml/core'
import type { Bytes32 } from 'opml/core'
import { BUNDLE_PATHS, type BundleFile, type BundleManifest, parseManifest } from 'opml/importers'
import type { ContentStore } from './contentStore.ts'
import {
  BundleTargetError,
  ContentMissingError,
  FileAccessError,
  ModelFetchError,
  PublishedFileError,
} from './errors.ts'
import { type KnownModel, isElf, readModel } from './modelLibrary.ts'
import { readBytes } from './readBytes.ts'

/** What was put into a store. */
export interface Published {
  readonly numFiles: number
  readonly numBytes: number
}

/**
 * Puts a model where others can fetch it by its id: an ELF file under the id; of a bundle each file under its SHA-256, then the manifest
 * under the id, so that whoever finds it finds the rest.
 *
 * @throws {PublishedFileError} when a file is not the one that the manifest names. @throws {ContentStoreError}
 */
export async function publishModel(known: KnownModel, store: ContentStore): Promise<Published> {
  if (known.kind === 'machine') {
    const bytes = await readBytes(known.path, 'the model')
    await store.put(known.modelId, bytes)
    return { numFiles: 1, numBytes: bytes.length }
  }
  const manifestPath = join(known.path, BUNDLE_PATHS.manifest)
  const bytes = await readBytes(manifestPath, 'the manifest')
  const { files } = parseManifest(new TextDecoder().decode(bytes))
  // A reader of the bundle looks at no more of these files than constants; whoever fetches them compares all of them.
  for (const file of files) await checkDigest(join(known.path, file.path), file.sha256)
  for (const { path, sha256 } of files) await store.putFile(sha256, join(known.path, path))
  await store.put(known.modelId, bytes)
  return { numFiles: files.length + 1, numBytes: files.reduce((sum, file) => sum + file.bytes, bytes.length) }
}

async function checkDigest(path: string, expected: Bytes32): Promise<void> {
  const hash = createHash('sha256')
  try {
    for await (const part of createReadStream(path)) hash.update(part as Uint8Array)
  } catch (cause) {
    throw new FileAccessError({ path, purpose: 'a file of the bundle', cause })
  }
  const actual = bytesToHex(hash.digest())
  if (actual !== expected) throw new PublishedFileError({ path, expected, actual })
}

/** How a model is fetched. */
export interface FetchOptions {
  readonly modelId: Bytes32
  /** The folder of a bundle, or the file of a machine program: what will be there; a model that is there is replaced. */
  readonly target: string
  /** Of an ELF file's traces. */
  readonly heights: TraceHeights
  /** Of all files together; 16 GiB by default. */
  readonly maxBytes?: number
  readonly signal?: AbortSignal
}

const DEFAULT_MAX_BYTES = 2 ** 34
const MAX_MANIFEST_BYTES = 2 ** 26
const MAX_FILES = 4_096

/**
 * Fetches a model by its id and checks all of it: files by length and digest while they come, then roots, program and id. The target is
 * there whole or not at all; files go to the disk part by part.
 *
 * @throws {ContentMissingError} {@link ContentStoreError} the store has it not, or does not answer.
 * @throws {ContentTooLongError} {@link ModelFetchError} what it has is not this model.
 */
export async function fetchModel(store: ContentStore, options: FetchOptions): Promise<KnownModel> {
  const { modelId, heights, signal } = options
  const target = resolve(options.target)
  const first = await store.get(modelId, { maxBytes: MAX_MANIFEST_BYTES, ...(signal && { signal }) })
  if (first === null) throw new ContentMissingError({ place: store.place, hash: modelId, what: 'model' })
  await mkdir(dirname(target), { recursive: true })
  const scratch = await mkdtemp(`${target}.`)
  try {
    const fresh = join(scratch, 'new')
    await writeFetched(store, { ...options, first, fresh })
    const model = await readModel(fresh, heights)
    if (model.modelId !== modelId) throw refusal(store, modelId, `it has the id ${model.modelId}`)
    // One rename puts the old one away, one puts the new one in its place.
    await rename(target, join(scratch, 'old')).catch(ignoreMissing)
    await rename(fresh, target)
    return { ...model, path: options.target }
  } catch (cause) {
    throw fetchFailure(cause, { store, modelId, target: options.target })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** An error of the library says what is wrong with the model; one of the system, that it cannot be written. */
function fetchFailure(cause: unknown, p: { store: ContentStore; modelId: Bytes32; target: string }): unknown {
  if (cause instanceof OpmlError)
    return cause.code.startsWith('NODE_') ? cause : refusal(p.store, p.modelId, cause.message.replace(/\.$/, ''), cause)
  if (!(cause instanceof Error && 'syscall' in cause)) return cause
  const suggestion = 'Check permissions and the space that is left.'
  return new BundleTargetError({ path: p.target, problem: `cannot be written (${cause.message})`, suggestion })
}

async function writeFetched(
  store: ContentStore,
  p: FetchOptions & { first: Uint8Array; fresh: string },
): Promise<void> {
  const { first, fresh, modelId, maxBytes = DEFAULT_MAX_BYTES } = p
  if (isElf(first)) return await writeFile(fresh, first, { flush: true })
  const manifest = parseManifest(new TextDecoder().decode(first))
  const problem = problemOf(manifest, { modelId, maxBytes })
  if (problem !== null) throw refusal(store, modelId, problem)
  await mkdir(fresh)
  await writeFile(join(fresh, BUNDLE_PATHS.manifest), first, { flush: true })
  for (const file of manifest.files) await fetchFile(store, { ...p, file })
}

/** What is wrong with a manifest before anything else is fetched. */
function problemOf(manifest: BundleManifest, p: { modelId: Bytes32; maxBytes: number }): string | null {
  const { files, modelId } = manifest
  const numBytes = files.reduce((sum, { bytes }) => sum + bytes, 0)
  if (modelId !== p.modelId) return `its manifest is of the model ${modelId}`
  if (files.length > MAX_FILES) return `it has ${files.length} files, more than ${MAX_FILES}`
  if (numBytes > p.maxBytes) return `its files are ${numBytes} bytes long, more than ${p.maxBytes}`
  return files.some(({ path }) => path === BUNDLE_PATHS.manifest) ? 'its manifest lists itself' : null
}

async function fetchFile(
  store: ContentStore,
  p: { file: BundleFile; fresh: string; modelId: Bytes32; signal?: AbortSignal },
): Promise<void> {
  const { file, modelId, signal } = p
  const { path, sha256, bytes } = file
  const stream = await store.stream(sha256, { maxBytes: bytes, ...(signal && { signal }) })
  if (stream === null) throw refusal(store, modelId, `its file ${path} (${sha256}) is missing`)
  const place = join(p.fresh, path)
  await mkdir(dirname(place), { recursive: true })
  const hash = createHash('sha256')
  let length = 0
  const out = await open(place, 'wx')
  try {
    for await (const part of stream) {
      hash.update(part)
      length += part.length
      await out.writeFile(part)
    }
    await out.sync()
  } finally {
    await out.close()
  }
  if (length !== bytes) throw refusal(store, modelId, `its file ${path} ends at byte ${length} of ${bytes}`)
  const digest = bytesToHex(hash.digest())
  if (digest !== sha256)
    throw refusal(store, modelId, `its file ${path} has the SHA-256 ${digest}; the manifest says ${sha256}`)
}

function refusal(store: ContentStore, modelId: Bytes32, problem: string, cause?: unknown): ModelFetchError {
  return new ModelFetchError({ place: store.place, modelId, problem, cause })
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
}

/** Where a model of a command line is looked for. */
export interface ModelSource {
  readonly heights: TraceHeights
  readonly store: ContentStore
  /** Folder in which fetched models are kept, under their ids. */
  readonly cache: string
  readonly signal?: AbortSignal
}

/** Whether a text is a model's id. */
export function isModelId(text: string): text is Bytes32 {
  return /^0x[0-9a-f]{64}$/.test(text)
}

/**
 * The model that a text names: a bundle's folder, an ELF file, or an id, whose model is taken from the cache or fetched into it. What the
 * cache has is checked as whatever is read.
 */
export async function findModel(text: string, source: ModelSource): Promise<KnownModel> {
  const { heights, store, cache, signal } = source
  const id = text.toLowerCase()
  if (!isModelId(id)) return await readModel(text, heights)
  const target = join(cache, id)
  return (
    (await cachedModel(target, { modelId: id, heights })) ??
    (await fetchModel(store, { modelId: id, target, heights, ...(signal && { signal }) }))
  )
}

/** A broken model in the cache is as good as none: it is fetched again. */
async function cachedModel(target: string, p: { modelId: Bytes32; heights: TraceHeights }): Promise<KnownModel | null> {
  const isThere = await stat(target).then(
    () => true,
    () => false,
  )
  if (!isThere) return null
  const model = await readModel(target, p.heights).catch((error: unknown) => {
    if (error instanceof OpmlError) return null
    throw error
  })
  return model?.modelId === p.modelId ? model : null
}
