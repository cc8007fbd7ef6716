import { readModel, sampleInputs } from '@opml/node'
import type { KnownProgramModel } from '@opml/node'
import { Option } from 'commander'
import type { Command } from 'commander'
import { DEPLOYMENT_PARAMETERS } from 'opml/chain'
import type { DeploymentParameters, DeploymentProfile } from 'opml/chain'
import { baseCommand } from './baseCommand.ts'
import { UsageError } from './exitCodes.ts'
import { collect } from './keyValue.ts'
import { type ImageOptions, imageRulesOf, withImageOptions } from './tensors/imageOptions.ts'
import { readInputs } from './tensors/inputFiles.ts'

/** Options of a command about one bundle and one input. */
export interface BundleOptions extends ImageOptions {
  readonly input?: readonly string[]
  readonly profile: DeploymentProfile
  readonly logLevel: string
  readonly json?: boolean
}

/** A command about a bundle, an input and the parameters of a deployment: adds `--input` and `--profile`. */
export function bundleCommand(name: string, p: { summary: string; example: string }): Command {
  const profiles = Object.keys(DEPLOYMENT_PARAMETERS)
  return withImageOptions(
    baseCommand(name, p)
      .argument('<bundle>', 'folder of a bundle')
      .option('--input <name=file>', 'input as in "opml run", repeated for more (default: made up)', collect)
      .addOption(new Option('--profile <name>', 'windows, clocks and prices').choices(profiles).default('production')),
  )
}

/** What the command is about. */
export interface BundleSubject {
  readonly model: KnownProgramModel
  readonly inputs: readonly Uint8Array[]
  readonly parameters: DeploymentParameters
}

/** Of the inputs that are made up where none are given. */
const SEED = 1

/** Reads the bundle and the inputs. @throws {UsageError} for an ELF file; else as `readModel` and `readInputs`. */
export async function bundleSubject(path: string, options: BundleOptions): Promise<BundleSubject> {
  const model = await readModel(path)
  if (model.kind !== 'program')
    throw new UsageError({ flag: 'The model', value: path, expected: 'the folder of a bundle ("opml import")' })
  const { inputs: types } = model.program
  const given = options.input && (await readInputs(types, options.input, imageRulesOf(options)))
  const inputs = given?.map(({ bytes }) => bytes) ?? sampleInputs(types, SEED)
  return { model, inputs, parameters: DEPLOYMENT_PARAMETERS[options.profile] }
}
