import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes } from '../../core/bytes.ts'
import { OpmlError } from '../../core/errors.ts'
import type { OperatorTable } from '../../graph/operatorRule.ts'
import { parseProgram } from '../../graph/parseProgram.ts'
import type { Program, TensorType } from '../../graph/program.ts'
import { type GuestRoots, type ProgramModel, programModel, programModelId } from '../../graph/programModel.ts'
import { numNodes } from '../../graph/programRoots.ts'
import { tensorBytes } from '../../graph/shape.ts'
import { verifyProgram } from '../../graph/verifyProgram.ts'
import { BUNDLE_PATHS, type BundleFiles } from './bundleFiles.ts'
import { constantRoot } from './constantRoot.ts'
import { BundleError } from './errors.ts'
import type { BundleFile, BundleManifest, BundleTensor } from './manifest.ts'
import { parseNodeNames } from './nodeNames.ts'
import { parseManifest } from './parseManifest.ts'

const MAX_MANIFEST_BYTES = 2 ** 26
const MAX_TEXT_BYTES = 2 ** 28
const MAX_HEIGHTS = { stepHeight: 32, nodeHeight: 32, blockHeight: 23, coarseHeight: 40, fineHeight: 20 } as const

/** A bundle that was read and checked. */
export interface Bundle {
  readonly manifest: BundleManifest
  readonly program: Program
  readonly model: ProgramModel
  /** The bytes of the program's constants. */
  readonly constants: readonly Uint8Array[]
  /** Text of the quality report, if there is one. */
  readonly quality?: string
  /** Names of the program's nodes, section after section, if it has them. No id binds them: they are for people alone. */
  readonly nodeNames?: readonly string[]
}

/** What a bundle is held against. */
export interface ReadBundleOptions {
  readonly operators: OperatorTable
  /** The shipped guest image of a name; undefined where this version has none. */
  readonly guest: (image: string) => Promise<GuestRoots | undefined>
}

/**
 * Reads a bundle and believes nothing in it: the verifier accepts the program, every constant has its root, and the model id is that of what
 * was read. Only the ranges of constants are read of the published files, so their own digests are not needed for that and not checked.
 *
 * @throws {BundleError} naming the file and the field.
 */
export async function readBundle(files: BundleFiles, options: ReadBundleOptions): Promise<Bundle> {
  const manifest = parseManifest(await readText(files, await manifestEntry(files)))
  await checkSizes(files, manifest)
  checkHeights(manifest)
  const guest = await guestOf(manifest, options)
  const program = await readProgram(files, manifest, options)
  const constants = await readConstants(files, manifest, program.constants)
  const constantRoots = manifest.constants.map(({ root }) => hexToBytes(root))
  const model = programModel(program, { operators: options.operators, constantRoots, guest, heights: manifest.heights })
  checkModel(manifest, model)
  const quality = await readOptional(files, manifest, BUNDLE_PATHS.quality)
  const names = await readOptional(files, manifest, BUNDLE_PATHS.nodeNames)
  return {
    manifest,
    program,
    model,
    constants,
    ...(quality !== undefined && { quality }),
    ...(names !== undefined && { nodeNames: parseNodeNames(names, numNodes(program)) }),
  }
}

const inManifest = (field: string, reason: string, cause?: unknown) =>
  new BundleError({ file: BUNDLE_PATHS.manifest, field, reason, cause })

async function manifestEntry(files: BundleFiles): Promise<Pick<BundleFile, 'path' | 'bytes'>> {
  const path = BUNDLE_PATHS.manifest
  const bytes = await files.size(path)
  if (bytes === undefined) throw new BundleError({ file: path, reason: 'it is missing' })
  if (bytes > MAX_MANIFEST_BYTES) throw new BundleError({ file: path, reason: `${bytes} bytes are too many` })
  return { path, bytes }
}

async function checkSizes(files: BundleFiles, manifest: BundleManifest): Promise<void> {
  for (const [i, { path, bytes }] of manifest.files.entries()) {
    const actual = await files.size(path)
    if (actual === undefined) throw new BundleError({ file: path, reason: 'it is missing or lies outside the bundle' })
    if (actual !== bytes)
      throw new BundleError({ file: path, reason: `${actual} bytes; files[${i}].bytes of the manifest says ${bytes}` })
  }
}

function checkHeights({ heights }: BundleManifest): void {
  for (const [name, most] of Object.entries(MAX_HEIGHTS) as [keyof typeof MAX_HEIGHTS, number][])
    if (heights[name] > most) throw inManifest(`heights.${name}`, `${heights[name]} is more than ${most}`)
}

async function guestOf({ guest }: BundleManifest, options: ReadBundleOptions): Promise<GuestRoots> {
  const shipped = await options.guest(guest.image)
  if (shipped === undefined) throw inManifest('guest.image', `"${guest.image}" is no image that this version ships`)
  const { entry, codeEnd, outputBlockAddress } = shipped
  const expected = {
    kernelRoot: bytesToHex(shipped.kernelRoot),
    codeRoot: bytesToHex(shipped.codeRoot),
    entry,
    codeEnd,
    outputBlockAddress,
  }
  for (const [name, value] of Object.entries(expected) as [keyof typeof expected, string | number][])
    if (guest[name] !== value)
      throw inManifest(`guest.${name}`, `${guest[name]}; the image "${guest.image}" has ${value}`)
  return shipped
}

async function readText(
  files: BundleFiles,
  entry: Pick<BundleFile, 'path' | 'bytes'> & Partial<BundleFile>,
): Promise<string> {
  const { path, bytes } = entry
  if (bytes > MAX_TEXT_BYTES) throw new BundleError({ file: path, reason: `${bytes} bytes are too many` })
  const content = await files.read(path, { offset: 0, length: bytes })
  if (content.length !== bytes)
    throw new BundleError({ file: path, reason: `it ends at byte ${content.length}, not ${bytes}` })
  const digest = bytesToHex(sha256(content))
  if (entry.sha256 !== undefined && entry.sha256 !== digest)
    throw new BundleError({ file: path, reason: `its sha256 is ${digest}; the manifest says ${entry.sha256}` })
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch (cause) {
    throw new BundleError({ file: path, reason: 'it is not UTF-8', cause })
  }
}

/** The text of a file that a bundle may do without; undefined where it does. */
async function readOptional(files: BundleFiles, manifest: BundleManifest, path: string): Promise<string | undefined> {
  const entry = manifest.files.find((file) => file.path === path)
  return entry && (await readText(files, entry))
}

async function readProgram(files: BundleFiles, manifest: BundleManifest, options: ReadBundleOptions): Promise<Program> {
  const path = BUNDLE_PATHS.program
  const entry = manifest.files.find((file) => file.path === path)
  if (entry === undefined) throw inManifest('files', `"${path}" is not in the list`)
  const text = await readText(files, entry)
  try {
    const program = parseProgram(text)
    verifyProgram(program, { operators: options.operators, ...manifest.heights })
    checkTensors('inputs', manifest.inputs, program.inputs)
    checkTensors('outputs', manifest.outputs, program.outputs)
    return program
  } catch (cause) {
    if (!(cause instanceof OpmlError) || cause instanceof BundleError) throw cause
    throw new BundleError({ file: path, reason: cause.message.replace(/\.$/, ''), cause })
  }
}

function checkTensors(field: 'inputs' | 'outputs', said: readonly BundleTensor[], actual: readonly TensorType[]): void {
  if (said.length !== actual.length) throw inManifest(field, `${said.length} of them; the program has ${actual.length}`)
  const text = ({ name, dtype, shape }: BundleTensor) => `"${name}" ${dtype}[${shape.join(', ')}]`
  for (const [i, tensor] of said.entries())
    if (text(tensor) !== text(actual[i]))
      throw inManifest(`${field}[${i}]`, `${text(tensor)}; the program has ${text(actual[i])}`)
}

async function readConstants(
  files: BundleFiles,
  manifest: BundleManifest,
  types: readonly TensorType[],
): Promise<Uint8Array[]> {
  if (manifest.constants.length !== types.length)
    throw inManifest('constants', `${manifest.constants.length} of them; the program has ${types.length}`)
  const reader = new RangeReader(files, manifest.files)
  const constants: Uint8Array[] = []
  for (const [i, { file, offset, root }] of manifest.constants.entries()) {
    const { name, dtype, shape } = types[i]
    const bytes = await reader.read(file, { offset, length: tensorBytes(shape, dtype), field: `constants[${i}]` })
    const actual = constantRoot(bytes)
    if (actual !== root)
      throw new BundleError({
        file,
        field: `byte ${offset}`,
        reason: `constant ${i} ("${name}") has the root ${actual}; the manifest says ${root}`,
      })
    constants.push(bytes)
  }
  return constants
}

/** Reads ranges, equal ones once; all different ones together are no longer than the files, so that a short bundle cannot fill memory. */
class RangeReader {
  readonly #files: BundleFiles
  readonly #sizes: ReadonlyMap<string, number>
  readonly #known = new Map<string, Uint8Array>()
  #bytesLeft: number

  constructor(files: BundleFiles, list: readonly BundleFile[]) {
    this.#files = files
    this.#sizes = new Map(list.map(({ path, bytes }) => [path, bytes]))
    this.#bytesLeft = list.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  async read(
    file: string,
    { offset, length, field }: { offset: number; length: number; field: string },
  ): Promise<Uint8Array> {
    const size = this.#sizes.get(file)
    if (size === undefined) throw inManifest(`${field}.file`, `"${file}" is not in the list of files`)
    const end = offset + length
    if (end > size) throw inManifest(`${field}.offset`, `it would end at byte ${end}; ${file} has ${size}`)
    const key = `${offset} ${length} ${file}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    this.#bytesLeft -= length
    if (this.#bytesLeft < 0)
      throw inManifest(field, 'the ranges up to this one overlap: together they are longer than the files')
    const bytes = await this.#files.read(file, { offset, length })
    if (bytes.length !== length) throw new BundleError({ file, reason: `it ends before byte ${end}` })
    this.#known.set(key, bytes)
    return bytes
  }
}

function checkModel(manifest: BundleManifest, model: ProgramModel): void {
  const actual = {
    programRoot: bytesToHex(model.programRoot),
    weightsRoot: bytesToHex(model.weightsRoot),
    modelId: bytesToHex(programModelId(model)),
  }
  for (const [name, value] of Object.entries(actual) as [keyof typeof actual, string][])
    if (manifest[name] !== value) throw inManifest(name, `${manifest[name]}; what the bundle holds has ${value}`)
}
