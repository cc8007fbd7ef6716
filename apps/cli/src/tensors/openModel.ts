import { isBundle, readBundleFolder } from '@opml/node/bundleFolder'
import { FileAccessError } from '@opml/node/errors'
import { stat } from 'node:fs/promises'
import type { Program } from 'opml/graph'
import type { BundleManifest } from 'opml/importers'
import { UsageError } from '../exitCodes.ts'
import { importModel } from './importModel.ts'
import { type ImportOptions, openValuesOf } from './importOptions.ts'

/** A model that is ready to run: its program, the bytes of its constants, and what its bundle says or would say. */
export interface OpenModel {
  readonly program: Program
  readonly constants: readonly Uint8Array[]
  readonly manifest: BundleManifest
  /** Names of the nodes, section after section, if they are known. */
  readonly nodeNames?: readonly string[]
  /** Text of the quality report, if the bundle has one. */
  readonly quality?: string
  /** Bytes of outputs that a run would commit to without fusion; of an ONNX file. */
  readonly unfusedBytes?: number
}

/**
 * The model of a bundle's folder, or of an ONNX file, which is imported in memory.
 *
 * @throws {UsageError} for import options with a bundle, whose shapes are fixed.
 * @throws {FileAccessError} when there is nothing at the path; else as `readBundleFolder` and `importModel`.
 */
export async function openModel(path: string, options: ImportOptions): Promise<OpenModel> {
  const open = openValuesOf(options)
  const isFolder = await stat(path).then(
    (entry) => entry.isDirectory(),
    (cause: unknown) => {
      throw new FileAccessError({ path, purpose: 'the model', cause })
    },
  )
  if (!isFolder) {
    const { imported, bundle } = await importModel(path, open)
    return {
      program: imported.program,
      constants: imported.constants.map(({ bytes }) => bytes),
      manifest: bundle.manifest,
      nodeNames: imported.nodeNames,
      unfusedBytes: imported.unfusedBytes,
    }
  }
  if (!(await isBundle(path))) throw new FileAccessError({ path: `${path}/manifest.json`, purpose: 'the bundle' })
  const maps = [open.dims, open.shapes, open.bind, open.heads ?? new Map<string, string>()]
  const given = [...maps.flatMap((map) => [...map.keys()]), ...(open.outputs ?? [])]
  if (given[0] !== undefined)
    throw new UsageError({
      flag: '--dim, --shape, --bind, --output or --head',
      value: given[0],
      expected: 'for an ONNX file: a bundle has them already',
    })
  return await readBundleFolder(path)
}
