import Table from 'cli-table3'
import { disputeCost, measureProgram, modelLevels } from '@opml/node'
import type { DisputeCost, MeasuredWork } from '@opml/node'
import type { DeploymentParameters } from 'opml/chain'
import { formatEther, formatSeconds } from '../amounts.ts'
import { bundleCommand, bundleSubject } from '../bundleCommand.ts'
import type { BundleOptions } from '../bundleCommand.ts'
import type { CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'

/** `opml estimate BUNDLE`: what serving, verifying and disputing a model takes. */
export const estimateCommand: CommandFactory = (context) =>
  bundleCommand('estimate', {
    summary: 'tell what a dispute about a model can cost, and what computing it takes on this machine',
    example: 'opml estimate lenet.opml --profile production',
  }).action(async (path: string, options: BundleOptions) => {
    const { model: known, inputs, parameters } = await bundleSubject(path, options)
    const levels = modelLevels(known)
    const cost = disputeCost(levels, parameters)
    const work = await measureProgram(known, { inputs, nowMs: () => performance.now(), signal: context.signal })
    const { submitBondWei } = parameters
    writeResult(context, {
      isJson: options.json === true,
      json: { modelId: known.modelId, profile: options.profile, dispute: { ...cost, submitBondWei }, work },
      text: estimateText(known.modelId, { cost, work, parameters }),
    })
  })

function estimateText(
  modelId: string,
  p: { cost: DisputeCost; work: MeasuredWork; parameters: DeploymentParameters },
): string {
  const { cost, work, parameters } = p
  const table = new Table({
    head: ['phase', 'height', 'moves', 'txs', 'gas at most', 'bond (ether)', 'clocks at most'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  })
  for (const { name, height, moves, transactions, gas, bondWei, clockSeconds } of cost.phases)
    table.push([name, height, moves, transactions, `${gas}`, formatEther(bondWei), formatSeconds(clockSeconds)])
  const { moves, transactions, gas, bondsWei, clockSeconds } = cost
  table.push(['together', '', moves, transactions, `${gas}`, formatEther(bondsWei), formatSeconds(clockSeconds)])
  const { dearestBlock: block } = work
  const rows: [string, string][] = [
    ['model id', modelId],
    ['bonds', 'at the price cap; both sides together pay the gas, each at most once a match; the loser bears it'],
    ['submit bond', `${formatEther(parameters.submitBondWei)} ether`],
    ['run', `${ms(work.runSeconds)}, its result's hash ${ms(work.resultSeconds)}: all that an undisputed task takes`],
    ['trace', `${ms(work.traceSeconds)} with the root of ${work.committedBytes} bytes of outputs`],
    ['hashing', `${ms(work.hashSeconds)} on one thread; the trace shares it among the engine's threads`],
    ['dearest block', `node ${block.node} (${block.operator}): at most ${block.maxSteps} steps of the machine`],
    [
      '',
      `its first block ${block.steps} steps in ${ms(block.seconds)}, with the states hashed ${ms(block.traceSeconds)}`,
    ],
  ]
  return [table.toString(), ...rows.map(([name, value]) => `${name.padEnd(14)} ${value}`)].join('\n')
}

function ms(seconds: number): string {
  return seconds >= 1 ? `${seconds.toFixed(2)} s` : `${(seconds * 1000).toPrecision(3)} ms`
}
