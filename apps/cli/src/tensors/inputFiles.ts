import { extname } from 'node:path'
import { FileAccessError } from '@opml/node/errors'
import { readBytes } from '@opml/node/readBytes'
import { OpmlError } from 'opml/core'
import { type TensorData, tensorOver } from 'opml/graph'
import { type BundleTensor, readNpy, readNpyTensor } from 'opml/importers'
import { UsageError } from '../exitCodes.ts'
import { InputError } from './errors.ts'
import { type ImageRules, imageTensor, isImage } from './imageTensor.ts'
import { NpzFile } from './npz.ts'
import { type QuantisableTensor, quantiseTensor } from './quantisedTypes.ts'

/** One `--input`: a file, for one input or (an archive) for several. */
interface GivenFile {
  readonly flag: string
  readonly file: string
  readonly input?: QuantisableTensor
}

/**
 * The tensors of `--input`, in the order of the model's inputs.
 *
 * @param given - `NAME=FILE`, `NAME=FILE.npz:KEY`, `FILE.npz` with arrays named like the inputs, or `FILE` for a model with one input. What
 *   the file is its ending says: `.npy`, `.npz`, `.png`, `.jpg`, `.jpeg`; everything else is raw bytes of the input's type and shape.
 *   Quantised inputs take real numbers (f32 or f64 arrays, images), which become integers, and integers as they are.
 * @throws {UsageError} for a flag that cannot be understood.
 * @throws {InputError} for an input that is missing, given twice, or of another type or shape.
 * @throws {FileAccessError}
 */
export async function readInputs(
  inputs: readonly QuantisableTensor[],
  given: readonly string[],
  rules: ImageRules,
): Promise<TensorData[]> {
  const tensors = new Map<string, TensorData>()
  const put = (input: BundleTensor, tensor: TensorData) => {
    if (tensors.has(input.name)) throw new InputError({ input: input.name, reason: 'it is given twice' })
    tensors.set(input.name, checked(input, tensor))
  }
  for (const { flag, file, input } of given.map((text) => parseInput(inputs, text))) {
    if (input !== undefined) put(input, await attempt(input, () => tensorIn(file, input, rules)))
    else if (inputs.length === 1 && inputs[0] !== undefined && extname(file) !== '.npz') {
      const [only] = inputs
      put(only, await attempt(only, () => tensorIn(file, only, rules)).catch(refuseUnknownName(inputs, flag)))
    } else if (extname(file) === '.npz') {
      const archive = new NpzFile(await readBytes(file, 'an input'))
      const named = inputs.filter(({ name }) => archive.keys.includes(name))
      if (named.length === 0)
        throw new UsageError({
          flag: '--input',
          value: flag,
          expected: `an archive with arrays named ${namesOf(inputs)}`,
        })
      for (const one of named)
        put(one, await attempt(one, () => Promise.resolve(arrayTensor(archive.npy(one.name), one))))
    } else
      throw new UsageError({
        flag: '--input',
        value: flag,
        expected: `NAME=FILE with a name of the model's: ${namesOf(inputs)}`,
      })
  }
  return inputs.map((input) => {
    const tensor = tensors.get(input.name)
    if (tensor === undefined)
      throw new InputError({
        input: input.name,
        reason: 'it is not given',
        suggestion: `Add --input ${input.name}=FILE (${input.dtype}[${input.shape.join(', ')}]).`,
      })
    return tensor
  })
}

const namesOf = (inputs: readonly BundleTensor[]): string =>
  inputs.map(({ name }) => name).join(', ') || '(it has none)'

/** A file that is not there and is called `a=b`: rather a name that the model has not. */
function refuseUnknownName(inputs: readonly BundleTensor[], flag: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof FileAccessError) || !flag.includes('=')) throw error
    const expected = `NAME=FILE with a name of the model's: ${namesOf(inputs)}`
    throw new UsageError({ flag: '--input', value: flag, expected })
  }
}

/** A name of the model's may hold `=`: the longest that fits is meant. */
function parseInput(inputs: readonly QuantisableTensor[], text: string): GivenFile {
  const fitting = inputs.filter(({ name }) => text.startsWith(`${name}=`)).sort((a, b) => b.name.length - a.name.length)
  const [input] = fitting
  return input === undefined
    ? { flag: text, file: text }
    : { flag: text, file: text.slice(input.name.length + 1), input }
}

/** Errors of a file's form name the input. */
async function attempt(input: BundleTensor, read: () => Promise<TensorData>): Promise<TensorData> {
  try {
    return await read()
  } catch (cause) {
    if (!(cause instanceof OpmlError) || cause instanceof InputError || cause instanceof FileAccessError) throw cause
    throw new InputError({
      input: input.name,
      reason: cause.message.replace(/\.$/, ''),
      suggestion: cause.suggestion,
      cause,
    })
  }
}

async function tensorIn(file: string, input: QuantisableTensor, rules: ImageRules): Promise<TensorData> {
  const [, archive, key] = /^(.*\.npz):(.+)$/.exec(file) ?? []
  if (archive !== undefined && key !== undefined)
    return arrayTensor(new NpzFile(await readBytes(archive, 'an input')).npy(key), input)
  const bytes = await readBytes(file, 'an input')
  switch (extname(file).toLowerCase()) {
    case '.npy':
      return arrayTensor(bytes, input)
    case '.npz':
      return arrayTensor(onlyArray(bytes, input), input)
    case '.png':
    case '.jpg':
    case '.jpeg':
      if (!isImage(bytes)) throw new InputError({ input: input.name, reason: `${file} is neither PNG nor JPEG` })
      if (input.real === undefined) return imageTensor(bytes, input, rules)
      return quantiseTensor(imageTensor(bytes, { ...input, dtype: 'f32' }, rules), input.real)
    default:
      return tensorOver(bytes, input)
  }
}

/** An array as the input takes it: real numbers for a quantised input become integers. */
function arrayTensor(file: Uint8Array, input: QuantisableTensor): TensorData {
  const isReal = input.real !== undefined && ['f4', 'f8'].includes(readNpy(file).type)
  return isReal ? quantiseTensor(readNpyTensor(file, 'f32'), input.real) : readNpyTensor(file, input.dtype)
}

/** The array of an archive that has the input's name, or the only one. */
function onlyArray(bytes: Uint8Array, input: BundleTensor): Uint8Array {
  const archive = new NpzFile(bytes)
  const { keys } = archive
  return archive.npy(keys.length === 1 && keys[0] !== undefined ? keys[0] : input.name)
}

function checked(input: BundleTensor, tensor: TensorData): TensorData {
  if (tensor.shape.join() !== input.shape.join())
    throw new InputError({
      input: input.name,
      reason: `its shape is [${tensor.shape.join(', ')}], the model takes [${input.shape.join(', ')}]`,
      suggestion: 'Reshape the array, or import the model with other values of --dim or --shape.',
    })
  return tensor
}
