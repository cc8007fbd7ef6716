import {
  FAULT_SPEC_HELP,
  ProgramRuns,
  parseFaultSpec,
  placeText,
  programTraceOf,
  readModel,
  sampleInputs,
} from '@opml/node'
import type { KnownProgramModel } from '@opml/node'
import { Option } from 'commander'
import { DEPLOYMENT_PARAMETERS } from 'opml/chain'
import type { DeploymentProfile } from 'opml/chain'
import { concatBytes } from 'opml/core'
import { MachineTraceProvider } from 'opml/trace'
import { formatEther, formatSeconds } from '../amounts.ts'
import { baseCommand } from '../baseCommand.ts'
import type { CliContext, CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { decidedLine } from '../demo/demoReport.ts'
import { faultScenario } from '../demo/faultScenario.ts'
import { playScenario } from '../demo/scenario.ts'
import type { ScenarioReport } from '../demo/scenario.ts'
import { openStageOf } from '../demo/stage.ts'
import { NegativeOutcomeError, UsageError } from '../exitCodes.ts'
import { collect } from '../keyValue.ts'
import { nodeEnvironment } from '../nodeEnvironment.ts'
import { type ImageOptions, imageRulesOf, withImageOptions } from '../tensors/imageOptions.ts'
import { readInputs } from '../tensors/inputFiles.ts'

interface Options extends ImageOptions {
  readonly fault: string
  readonly input?: readonly string[]
  readonly profile: DeploymentProfile
  readonly logLevel: string
  readonly json?: boolean
}

/** Of the inputs that are made up where none are given. */
const SEED = 1

/** `opml dispute BUNDLE --fault SPEC`: a whole dispute about a model on a local chain. */
export const disputeCommand: CommandFactory = (context) =>
  withImageOptions(
    baseCommand('dispute', {
      summary: 'play a dispute about a model on a fresh local chain, with a fault where you put it',
      example: 'opml dispute lenet.opml --fault block:2:5 --json',
    })
      .argument('<bundle>', 'folder of a bundle')
      .option('--fault <spec>', `what is wrong: ${FAULT_SPEC_HELP}`, 'weight')
      .option('--input <name=file>', 'input of the task, as in "opml run" (default: made up)', collect)
      .addOption(
        new Option('--profile <name>', 'windows and clocks')
          .choices(Object.keys(DEPLOYMENT_PARAMETERS))
          .default('production'),
      ),
  ).action(async (path: string, options: Options) => {
    const fault = parseFaultSpec(options.fault)
    const model = await readModel(path)
    if (model.kind !== 'program')
      throw new UsageError({ flag: 'The model', value: path, expected: 'the folder of a bundle ("opml import")' })
    const inputs = await inputsOf(model, options)
    const report = await playOn(context, { model, inputs, options, fault })
    const steps = report.located === null ? null : await blockSteps(model, { inputs, index: report.located.index })
    writeResult(context, {
      isJson: options.json === true,
      json: reportJson(report, { fault: options.fault, modelId: model.modelId, steps }),
      text: reportText(report, steps),
    })
    if (report.honestResultWon && report.honestBalanceChangeWei >= 0n) return
    throw new NegativeOutcomeError({
      message: 'The honest party lost.',
      suggestion: 'This must not happen: please report it with the model, the input and the fault.',
    })
  })

async function inputsOf({ program }: KnownProgramModel, options: Options): Promise<Uint8Array[]> {
  if (options.input === undefined) return sampleInputs(program.inputs, SEED)
  return (await readInputs(program.inputs, options.input, imageRulesOf(options))).map(({ bytes }) => bytes)
}

async function playOn(
  context: CliContext,
  p: {
    model: KnownProgramModel
    inputs: readonly Uint8Array[]
    options: Options
    fault: ReturnType<typeof parseFaultSpec>
  },
): Promise<ScenarioReport> {
  const { model, options } = p
  const stage = await openStageOf(
    { model, input: concatBytes([...p.inputs]) },
    {
      environment: nodeEnvironment(options.logLevel),
      parameters: DEPLOYMENT_PARAMETERS[options.profile],
      signal: context.signal,
    },
  )
  try {
    return await playScenario(stage, faultScenario(p.fault, options.fault), (line) => {
      if (options.json !== true) context.write(`${line}\n`)
    })
  } finally {
    await stage.close()
  }
}

/** Instructions of the machine that compute the block of leaf `index`; null where a rule tells it. */
async function blockSteps(
  model: KnownProgramModel,
  p: { inputs: readonly Uint8Array[]; index: bigint },
): Promise<number | null> {
  const runs = new ProgramRuns()
  try {
    const honest = programTraceOf(model, { inputs: p.inputs, run: runs.traced(model, p.inputs) })
    const machine = await honest.inner(p.index)
    if (!(machine instanceof MachineTraceProvider)) return null
    await machine.prepare()
    return machine.trace.numSteps()
  } finally {
    runs.close()
  }
}

function reportJson(report: ScenarioReport, p: { fault: string; modelId: string; steps: number | null }): object {
  const { located } = report
  return {
    modelId: p.modelId,
    fault: p.fault,
    honestResultWon: report.honestResultWon,
    honestBalanceChangeWei: report.honestBalanceChangeWei.toString(),
    located: located === null ? null : { ...located.place, leaf: located.index.toString(), machineSteps: p.steps },
    decidedBy: report.decidedBy,
    descent: report.descent,
    matches: report.numMatches,
    moves: report.numMoves,
    transactions: report.numTransactions,
    gas: Number(report.gas),
    calls: report.calls.map(({ name, gas }) => ({ name, gas: Number(gas) })),
    seconds: Number(report.disputeSeconds.toFixed(3)),
    protocolSeconds: report.protocolSeconds,
  }
}

function reportText(report: ScenarioReport, steps: number | null): string {
  const { located } = report
  return [
    '',
    located === null ? 'It came down to no block.' : `It came down to ${placeText(located.place)}`,
    ...(steps === null ? [] : [`which the machine computes in ${steps} instructions.`]),
    decidedLine(report),
    `${report.honestResultWon ? 'The truth won' : 'THE TRUTH LOST'}; honest gain ${formatEther(report.honestBalanceChangeWei)} ether.`,
    `${report.numTransactions} transactions, ${report.gas} gas from challenge to payment; ${report.disputeSeconds.toFixed(2)} s from the posted answer on, ${formatSeconds(report.protocolSeconds)} of chain time.`,
  ].join('\n')
}
