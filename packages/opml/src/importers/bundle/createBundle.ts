import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, type Hex, hexToBytes } from '../../core/bytes.ts'
import { BLOCK_BYTES } from '../../core/merkleZero.ts'
import type { OperatorTable } from '../../graph/operatorRule.ts'
import type { Program } from '../../graph/program.ts'
import { printProgram } from '../../graph/programText.ts'
import { type GuestRoots, type ProgramHeights, programModel, programModelId } from '../../graph/programModel.ts'
import type { BuilderConstant } from '../builder/programBuilder.ts'
import { verifyNamed } from '../builder/verifyNamed.ts'
import { BUNDLE_PATHS } from './bundleFiles.ts'
import { constantRoot } from './constantRoot.ts'
import {
  BUNDLE_VERSION,
  type BundleBindings,
  type BundleConstant,
  type BundleManifest,
  printManifest,
} from './manifest.ts'
import { printNodeNames } from './nodeNames.ts'

/** A file that the model was read from. */
export interface SourceFile {
  readonly bytes: number
  readonly sha256: Hex
}

/** What a bundle is made of. */
export interface BundleParts {
  readonly program: Program
  readonly constants: readonly BuilderConstant[]
  readonly operators: OperatorTable
  readonly guest: GuestRoots & { readonly image: string }
  readonly heights: ProgramHeights
  readonly bindings: BundleBindings
  /** Name of the model file, and every file that was read by its name in the model: the model itself and its external data. */
  readonly source: { readonly format: 'onnx'; readonly name: string; readonly files: ReadonlyMap<string, SourceFile> }
  /** Names of the nodes, section after section. */
  readonly nodeNames?: readonly string[]
  /** A report about the quality of the program, as JSON. */
  readonly quality?: string
}

/** A bundle to be written: the contents of its own files, and the published files that belong beside them, unchanged. */
export interface CreatedBundle {
  readonly manifest: BundleManifest
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Path in the bundle by name in the model. */
  readonly sources: ReadonlyMap<string, string>
}

/**
 * Makes the bundle of an imported program. Constants that the published files hold are used there; the others are put into `constants.bin`.
 *
 * @throws {InvalidProgramError} when the verifier refuses the program.
 * @see spec/07-encodings.md §4
 */
export function createBundle(parts: BundleParts): CreatedBundle {
  const { program, operators, guest, heights, source } = parts
  verifyNamed(parts, { operators, ...heights })
  const placed = placeConstants(parts.constants)
  const roots = placed.constants.map(({ root }) => hexToBytes(root))
  const model = programModel(program, { operators, constantRoots: roots, guest, heights })
  const files = new Map<string, Uint8Array>([[BUNDLE_PATHS.program, new TextEncoder().encode(printProgram(program))]])
  if (placed.bytes !== undefined) files.set(BUNDLE_PATHS.constants, placed.bytes)
  if (parts.quality !== undefined) files.set(BUNDLE_PATHS.quality, new TextEncoder().encode(parts.quality))
  const names = printNodeNames(parts.nodeNames ?? [])
  if (names !== undefined) files.set(BUNDLE_PATHS.nodeNames, new TextEncoder().encode(names))
  const sources = new Map(placed.sources.map((name) => [name, sourcePath(name)]))
  const manifest: BundleManifest = {
    format: 'opml-bundle',
    version: BUNDLE_VERSION,
    modelId: bytesToHex(programModelId(model)),
    programRoot: bytesToHex(model.programRoot),
    weightsRoot: bytesToHex(model.weightsRoot),
    guest: {
      image: guest.image,
      kernelRoot: bytesToHex(guest.kernelRoot),
      codeRoot: bytesToHex(guest.codeRoot),
      entry: guest.entry,
      codeEnd: guest.codeEnd,
      outputBlockAddress: guest.outputBlockAddress,
    },
    heights,
    inputs: program.inputs.map(tensorEntry),
    outputs: program.outputs.map(tensorEntry),
    bindings: parts.bindings,
    source: { format: source.format, name: source.name, ...sourceFile(parts, source.name) },
    files: [
      ...[...files].map(([path, bytes]) => ({ path, bytes: bytes.length, sha256: bytesToHex(sha256(bytes)) })),
      ...[...sources].map(([name, path]) => ({ path, ...sourceFile(parts, name) })),
    ],
    constants: placed.constants,
  }
  files.set(BUNDLE_PATHS.manifest, new TextEncoder().encode(printManifest(manifest)))
  return { manifest, files, sources }
}

const sourcePath = (name: string): string => `${BUNDLE_PATHS.sourceFolder}${name}`

const tensorEntry = ({ name, dtype, shape }: Program['inputs'][number]) => ({ name, dtype, shape })

function sourceFile({ source }: BundleParts, name: string): SourceFile {
  const file = source.files.get(name)
  if (file === undefined) throw new TypeError(`"${name}" is no file that was given.`)
  return { bytes: file.bytes, sha256: file.sha256 }
}

/** Puts every constant somewhere: in place, or into the bundle's own file, at the start of a block. */
function placeConstants(constants: readonly BuilderConstant[]) {
  const sources = new Set<string>()
  const own: { bytes: Uint8Array; offset: number }[] = []
  let end = 0
  const entries = constants.map(({ bytes, file }): BundleConstant => {
    const root = constantRoot(bytes)
    // A range without bytes may lie past the end of its file.
    if (file !== undefined && bytes.length > 0) {
      sources.add(file.file)
      return { file: sourcePath(file.file), offset: file.offset, root }
    }
    const offset = Math.ceil(end / BLOCK_BYTES) * BLOCK_BYTES
    own.push({ bytes, offset })
    end = offset + bytes.length
    return { file: BUNDLE_PATHS.constants, offset, root }
  })
  const bytes = new Uint8Array(end)
  for (const constant of own) bytes.set(constant.bytes, constant.offset)
  return { constants: entries, bytes: own.length > 0 ? bytes : undefined, sources: [...sources] }
}
