import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { FileAccessError } from '@opml/node/errors'
import { readBytes } from '@opml/node/readBytes'
import type { TensorData } from 'opml/graph'
import { type BundleTensor, readNpyTensor } from 'opml/importers'
import { UsageError } from '../exitCodes.ts'
import type { ImageRules } from './imageTensor.ts'
import { readInputs } from './inputFiles.ts'
import { NpzFile } from './npz.ts'

/** Files of a folder that are samples. */
const SAMPLE_ENDINGS: ReadonlySet<string> = new Set(['.npy', '.npz', '.png', '.jpg', '.jpeg'])

/** What `flag` names: samples, each with all inputs of a model. */
interface SampleRequest {
  readonly flag: string
  readonly path: string
  readonly rules: ImageRules
}

/**
 * Samples of a model's inputs: of a folder, one a file in the order of names (as `--input FILE` takes it), or of one `.npy` or `.npz` whose
 * arrays hold one sample after the other along their first dimension.
 *
 * @throws {UsageError} for a folder without samples, or an array that does not consist of samples.
 * @throws {InputError | FileAccessError}
 */
export async function readSamples(inputs: readonly BundleTensor[], p: SampleRequest): Promise<Uint8Array[][]> {
  const isFolder = await stat(p.path).then(
    (entry) => entry.isDirectory(),
    (cause: unknown) => {
      throw new FileAccessError({ path: p.path, purpose: 'samples', cause })
    },
  )
  if (!isFolder) return stacked(inputs, p)
  const files = (await readdir(p.path)).filter((name) => SAMPLE_ENDINGS.has(extname(name).toLowerCase())).sort()
  if (files.length === 0)
    throw new UsageError({ flag: p.flag, value: p.path, expected: 'a folder with .npy, .npz, .png or .jpg files' })
  const samples: Uint8Array[][] = []
  for (const file of files) {
    const tensors = await readInputs(inputs, [join(p.path, file)], p.rules)
    samples.push(tensors.map(({ bytes }) => bytes))
  }
  return samples
}

async function stacked(inputs: readonly BundleTensor[], p: SampleRequest): Promise<Uint8Array[][]> {
  const bytes = await readBytes(p.path, 'samples')
  const arrays = inputs.map((input) =>
    samplesOf(input, { ...p, array: arrayOf(input, { ...p, bytes, isOnly: inputs.length === 1 }) }),
  )
  const [count = 0] = arrays.map(({ length }) => length)
  if (arrays.some(({ length }) => length !== count))
    throw new UsageError({ flag: p.flag, value: p.path, expected: 'as many samples of each input' })
  return Array.from({ length: count }, (_, i) => arrays.map((list) => list[i] as Uint8Array))
}

function arrayOf(input: BundleTensor, p: SampleRequest & { bytes: Uint8Array; isOnly: boolean }): TensorData {
  switch (extname(p.path).toLowerCase()) {
    case '.npy':
      if (p.isOnly) return readNpyTensor(p.bytes, input.dtype)
      break
    case '.npz': {
      const archive = new NpzFile(p.bytes)
      const key = p.isOnly && archive.keys.length === 1 ? (archive.keys[0] as string) : input.name
      return readNpyTensor(archive.npy(key), input.dtype)
    }
  }
  throw new UsageError({
    flag: p.flag,
    value: p.path,
    expected: p.isOnly ? 'a folder, a .npy or a .npz file' : 'a folder or a .npz file with an array for each input',
  })
}

/** An array [count, …shape], or [count, …] where the first dimension of the input is 1. */
function samplesOf(input: BundleTensor, p: SampleRequest & { array: TensorData }): Uint8Array[] {
  const { shape, bytes } = p.array
  const [first, ...rest] = input.shape
  const isStacked =
    shape.slice(1).join() === input.shape.join() || (first === 1 && shape.slice(1).join() === rest.join())
  const count = shape[0] ?? 0
  if (!isStacked || count === 0)
    throw new UsageError({
      flag: p.flag,
      value: `${p.path}: [${shape.join(', ')}]`,
      expected: `an array [count, ${input.shape.join(', ')}] for "${input.name}"`,
    })
  const size = bytes.length / count
  return Array.from({ length: count }, (_, i) => bytes.slice(i * size, (i + 1) * size))
}
