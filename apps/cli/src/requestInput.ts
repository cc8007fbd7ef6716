import { inputRootOf, readBytes, readModel } from '@opml/node'
import type { ContentStore, KnownModel } from '@opml/node'
import { concatBytes, hexToBytes } from 'opml/core'
import type { Bytes32, Hex } from 'opml/core'
import { UsageError } from './exitCodes.ts'
import { heightsOf } from './modelOptions.ts'
import type { ModelOptions } from './modelOptions.ts'
import type { ImageRules } from './tensors/imageTensor.ts'
import { readInputs } from './tensors/inputFiles.ts'

/** The model that a request is for. */
export interface AskedModel {
  readonly modelId: Bytes32
  /** Null where only the id was given. */
  readonly known: KnownModel | null
}

/** The model of `--model`: an id, or what is read from its file or folder. */
export async function askedModel(options: ModelOptions & { readonly model: string }): Promise<AskedModel> {
  if (/^0x[0-9a-f]{64}$/i.test(options.model)) return { modelId: options.model.toLowerCase() as Bytes32, known: null }
  const known = await readModel(options.model, heightsOf(options))
  return { modelId: known.modelId, known }
}

/**
 * The bytes of `--input`: of a bundle its tensors one after the other, read as `opml run` reads them; else one file, or hexadecimal digits.
 *
 * @throws {UsageError} @throws {InputError} @throws {FileAccessError}
 */
export async function requestInput(
  { known }: AskedModel,
  given: readonly string[],
  rules: ImageRules,
): Promise<Uint8Array> {
  if (known?.kind === 'program')
    return concatBytes((await readInputs(known.program.inputs, given, rules)).map(({ bytes }) => bytes))
  const [input, ...more] = given
  if (input === undefined || more.length > 0)
    throw new UsageError({ flag: '--input', value: given.join(' '), expected: 'one file or one hexadecimal text' })
  if (/^0x([0-9a-f]{2})*$/i.test(input)) return hexToBytes(input.toLowerCase() as Hex)
  return await readBytes(input, 'the input')
}

/** Puts the input where servers and verifiers look for it, and returns its root. @throws {UsageError} for a model given by its id. */
export async function storeInput(
  { known, modelId }: AskedModel,
  p: { input: Uint8Array; store: ContentStore },
): Promise<Bytes32> {
  if (known === null)
    throw new UsageError({ flag: '--model', value: modelId, expected: 'a file or folder, which "--by-root" needs' })
  const root = inputRootOf(known, p.input)
  await p.store.put(root, p.input)
  return root
}
