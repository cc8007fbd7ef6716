import { stat } from 'node:fs/promises'
import { DEFAULT_TRACE_HEIGHTS, describeModel, readIsRegistered } from 'opml/chain'
import type { ChainConnection, Deployment, ModelDescription, TraceHeights } from 'opml/chain'
import { bytesEqual, hexToBytes } from 'opml/core'
import type { Bytes32 } from 'opml/core'
import { machineLevels, programLevels } from 'opml/dispute'
import type { ModelLevels } from 'opml/dispute'
import type { Program, ProgramModel } from 'opml/graph'
import type { BundleManifest } from 'opml/importers'
import type { GuestImage } from 'opml/trace'
import { loadElf } from 'opml/vm'
import type { MachineImage } from 'opml/vm'
import { readBundleFolder } from './bundleFolder.ts'
import { FileAccessError, ModelFileError, ModelNotRegisteredError } from './errors.ts'
import { shippedGuestImage } from './guestImages.ts'
import { readBytes } from './readBytes.ts'

/** A machine program that this process has read and can run. */
export interface KnownMachineModel {
  readonly kind: 'machine'
  /** The ELF file. */
  readonly path: string
  readonly modelId: Bytes32
  readonly image: MachineImage
  readonly description: ModelDescription
}

/** A tensor program that this process has read, verified, and can run. */
export interface KnownProgramModel {
  readonly kind: 'program'
  /** The bundle's folder. */
  readonly path: string
  readonly modelId: Bytes32
  readonly program: Program
  readonly model: ProgramModel
  readonly constants: readonly Uint8Array[]
  /** Roots of the constants at height 23. */
  readonly constantRoots: readonly Uint8Array[]
  /** Names of its nodes, section after section, where the bundle has them; for people alone. */
  readonly nodeNames?: readonly string[]
  /** The shipped image that judges its nodes. */
  readonly guest: GuestImage
}

/** A model that this process can compute. */
export type KnownModel = KnownMachineModel | KnownProgramModel

/** Known models by id. */
export type ModelLibrary = ReadonlyMap<Bytes32, KnownModel>

/**
 * Reads a bundle's folder or an ELF file and computes the model id. A bundle's program has passed the verifier, and its guest is one that
 * this version ships.
 *
 * @param heights - of an ELF file's traces; a bundle has its own.
 * @throws {FileAccessError} {@link ModelFileError} {@link BundleError} and every refusal of the ELF loader.
 */
export async function readModel(path: string, heights: TraceHeights = DEFAULT_TRACE_HEIGHTS): Promise<KnownModel> {
  const entry = await stat(path).catch((cause: unknown) => {
    throw new FileAccessError({ path, purpose: 'the model', cause })
  })
  if (entry.isDirectory()) return await readProgramModel(path)
  const bytes = await readBytes(path, 'the model')
  if (!isElf(bytes)) throw new ModelFileError({ path })
  const image = loadElf(bytes)
  const description = describeModel(image, heights)
  return { kind: 'machine', path, modelId: description.modelId, image, description }
}

/** Whether bytes begin as an ELF file does. */
export function isElf(bytes: Uint8Array): boolean {
  return bytesEqual(bytes.subarray(0, 4), Uint8Array.of(0x7f, 0x45, 0x4c, 0x46))
}

async function readProgramModel(path: string): Promise<KnownProgramModel> {
  const { manifest, program, model, constants, nodeNames } = await readBundleFolder(path)
  return {
    kind: 'program',
    path,
    modelId: manifest.modelId,
    program,
    model,
    constants,
    constantRoots: constantRootsOf(manifest),
    ...(nodeNames && { nodeNames }),
    guest: await shippedGuestImage(manifest.guest.image),
  }
}

/** SAFETY: reading the bundle has checked them against the bytes. */
function constantRootsOf({ constants }: BundleManifest): Uint8Array[] {
  return constants.map(({ root }) => hexToBytes(root))
}

/** What a game has to know of the model. */
export function modelLevels(known: KnownModel): ModelLevels {
  if (known.kind === 'machine') return machineLevels(known.description.model)
  const { program, model } = known
  const hasHalt = program.sections.some(({ haltNode }) => haltNode !== undefined)
  return programLevels({ ...model, numOutputs: program.outputs.length, hasHalt })
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
    const { modelId } = model
    if (!(await readIsRegistered(connection, { deployment: p.deployment, modelId })))
      throw new ModelNotRegisteredError({ path: model.path, modelId })
    library.set(modelId, model)
  }
  return library
}
