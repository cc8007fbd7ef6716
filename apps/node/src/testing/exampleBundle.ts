import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex, concatBytes } from 'opml/core'
import type { Bytes32 } from 'opml/core'
import { guestRoots } from 'opml/trace'
import { createBundle } from 'opml/importers'
import { OPERATOR_TABLE } from 'opml/ops'
import { writeBundleFolder } from '../bundleFolder.ts'
import { LATEST_GUEST } from '../guestImages.ts'
import { exampleModel } from './exampleModel.ts'

/**
 * Writes the example program as a bundle below `folder`: its first constant lies in a published file, behind 64 bytes and before 64 more,
 * the others in a file of the bundle's own.
 */
export async function writeExampleBundle(folder: string): Promise<{ path: string; modelId: Bytes32 }> {
  const { model } = await exampleModel()
  const { program, constants, guest, modelId } = model
  const { stepHeight, nodeHeight, blockHeight, coarseHeight, fineHeight } = model.model
  const rest = new Uint8Array(64).fill(7)
  const published = concatBytes([rest, constants[0] ?? new Uint8Array(0), rest])
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'example.onnx'), published)
  const sha256 = bytesToHex(createHash('sha256').update(published).digest())
  const bundle = createBundle({
    program,
    constants: program.constants.map((type, i) => ({
      ...type,
      bytes: constants[i] ?? new Uint8Array(0),
      ...(i === 0 && { file: { file: 'example.onnx', offset: rest.length } }),
    })),
    operators: OPERATOR_TABLE,
    guest: { ...guestRoots(guest), image: LATEST_GUEST },
    heights: { stepHeight, nodeHeight, blockHeight, coarseHeight, fineHeight },
    bindings: { dims: {}, shapes: {}, inputs: {} },
    source: {
      format: 'onnx',
      name: 'example.onnx',
      files: new Map([['example.onnx', { bytes: published.length, sha256 }]]),
    },
  })
  const path = join(folder, 'example.opml')
  await writeBundleFolder(path, { bundle, sourceFolder: folder, isForced: false })
  return { path, modelId }
}
