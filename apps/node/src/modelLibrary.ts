import { DEFAULT_TRACE_HEIGHTS, describeModel, readIsRegistered } from 'opml/chain'
import type { ChainConnection, Deployment, ModelDescription, TraceHeights } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import { loadElf } from 'opml/vm'
import type { MachineImage } from 'opml/vm'
import { ModelNotRegisteredError } from './errors.ts'
import { readBytes } from './readBytes.ts'

/** A program that this process has read and can run. */
export interface KnownModel {
  readonly path: string
  readonly image: MachineImage
  readonly description: ModelDescription
}

/** Known models by id. */
export type ModelLibrary = ReadonlyMap<Bytes32, KnownModel>

/**
 * Reads an ELF file and computes its model id.
 *
 * @throws {FileAccessError} and every refusal of the ELF loader.
 */
export async function readModel(path: string, heights: TraceHeights = DEFAULT_TRACE_HEIGHTS): Promise<KnownModel> {
  const image = loadElf(await readBytes(path, 'the model'))
  return { path, image, description: describeModel(image, heights) }
}

/**
 * The library of the given models, each checked against the registry before anything is staked on it.
 *
 * @throws {ModelNotRegisteredError} for the first one that the chain does not know.
 */
export async function registeredModels(
  connection: ChainConnection,
  p: { deployment: Deployment; models: readonly KnownModel[] },
): Promise<ModelLibrary> {
  const library = new Map<Bytes32, KnownModel>()
  for (const model of p.models) {
    const { modelId } = model.description
    if (!(await readIsRegistered(connection, { deployment: p.deployment, modelId })))
      throw new ModelNotRegisteredError({ path: model.path, modelId })
    library.set(modelId, model)
  }
  return library
}
