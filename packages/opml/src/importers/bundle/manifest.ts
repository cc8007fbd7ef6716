import type { Hex } from '../../core/bytes.ts'
import type { Dtype } from '../../graph/dtype.ts'
import type { ProgramHeights } from '../../graph/programModel.ts'

/** Version of the format that this library writes and reads. */
export const BUNDLE_VERSION = 1

/** `manifest.json` (spec/07-encodings.md §4). Roots and digests are 32 bytes as hexadecimal text. */
export interface BundleManifest {
  readonly format: 'opml-bundle'
  readonly version: typeof BUNDLE_VERSION
  readonly modelId: Hex
  readonly programRoot: Hex
  readonly weightsRoot: Hex
  readonly guest: BundleGuest
  readonly heights: ProgramHeights
  readonly inputs: readonly BundleTensor[]
  readonly outputs: readonly BundleTensor[]
  readonly bindings: BundleBindings
  readonly source: BundleSource
  /** Every file of the bundle but the manifest. */
  readonly files: readonly BundleFile[]
  /** Where the bytes of each constant of the program lie. */
  readonly constants: readonly BundleConstant[]
}

/** The released guest image that judges the program's nodes. */
export interface BundleGuest {
  /** Name of the shipped image, such as `program1`. */
  readonly image: string
  readonly kernelRoot: Hex
  readonly codeRoot: Hex
  readonly entry: number
  readonly codeEnd: number
  readonly outputBlockAddress: number
}

/** An input or an output. */
export interface BundleTensor {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

/** What the importer was told besides the model: with it and the model anyone makes the same program. */
export interface BundleBindings {
  /** Values of symbolic dimensions. */
  readonly dims: Readonly<Record<string, number>>
  /** Shapes of inputs that the model leaves open. */
  readonly shapes: Readonly<Record<string, readonly number[]>>
  /** Inputs that were fixed, as dense little-endian bytes. */
  readonly inputs: Readonly<
    Record<string, { readonly dtype: Dtype; readonly shape: readonly number[]; readonly bytes: Hex }>
  >
  /** Values of the model's graph that are the results, where they are not its outputs. */
  readonly outputs?: readonly string[]
  /** Heads of results, such as `argmax:-1`, where there are any. */
  readonly heads?: Readonly<Record<string, string>>
}

/** The published file that the program was made from. */
export interface BundleSource {
  readonly format: 'onnx'
  readonly name: string
  readonly bytes: number
  readonly sha256: Hex
}

/** A file of the bundle. */
export interface BundleFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: Hex
}

/** The bytes of a constant: a range of a file, and its root at height 23. */
export interface BundleConstant {
  readonly file: string
  readonly offset: number
  readonly root: Hex
}

/** The text of a manifest. */
export function printManifest(manifest: BundleManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}
