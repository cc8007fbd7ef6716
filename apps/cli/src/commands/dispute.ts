import { FAULT_SPEC_HELP, ProgramRuns, parseFaultSpec, placeText, programTraceOf } from '@opml/node'
import type { FaultSpec, KnownProgramModel } from '@opml/node'
import { concatBytes } from 'opml/core'
import { MachineTraceProvider } from 'opml/trace'
import { formatEther, formatSeconds } from '../amounts.ts'
import { bundleCommand, bundleSubject } from '../bundleCommand.ts'
import type { BundleOptions, BundleSubject } from '../bundleCommand.ts'
import type { CliContext, CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { decidedLine } from '../demo/demoReport.ts'
import { faultScenario } from '../demo/faultScenario.ts'
import { playScenario } from '../demo/scenario.ts'
import type { ScenarioReport } from '../demo/scenario.ts'
import { openStageOf } from '../demo/stage.ts'
import { NegativeOutcomeError } from '../exitCodes.ts'
import { nodeEnvironment } from '../nodeEnvironment.ts'

interface Options extends BundleOptions {
  readonly fault: string
}

/** `opml dispute BUNDLE --fault SPEC`: a whole dispute about a model on a local chain. */
export const disputeCommand: CommandFactory = (context) =>
  bundleCommand('dispute', {
    summary: 'play a dispute about a model on a fresh local chain, with a fault where you put it',
    example: 'opml dispute lenet.opml --fault block:2:5 --json',
  })
    .option('--fault <spec>', `what is wrong: ${FAULT_SPEC_HELP}`, 'weight')
    .action(async (path: string, options: Options) => {
      const fault = parseFaultSpec(options.fault)
      const subject = await bundleSubject(path, options)
      const { model, inputs } = subject
      const report = await playOn(context, { subject, options, fault })
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

async function playOn(
  context: CliContext,
  p: { subject: BundleSubject; options: Options; fault: FaultSpec },
): Promise<ScenarioReport> {
  const { options } = p
  const { model, inputs, parameters } = p.subject
  const stage = await openStageOf(
    { model, input: concatBytes([...inputs]) },
    { environment: nodeEnvironment(options.logLevel), parameters, signal: context.signal },
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
