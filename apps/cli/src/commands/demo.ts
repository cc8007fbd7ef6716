import { readFile } from 'node:fs/promises'
import { Option } from 'commander'
import { Listr } from 'listr2'
import { DEPLOYMENT_PARAMETERS } from 'opml/chain'
import type { DeploymentProfile } from 'opml/chain'
import { parseCount } from '../amounts.ts'
import { baseCommand } from '../baseCommand.ts'
import type { CliContext, CommandFactory } from '../context.ts'
import { jsonLine } from '../context.ts'
import { NegativeOutcomeError, UsageError } from '../exitCodes.ts'
import { SHIPPED_MODELS, shippedDigitFile, shippedModelFile } from '../demo/demoFiles.ts'
import type { ShippedModel } from '../demo/demoFiles.ts'
import { decidedLine, demoJson, demoTable } from '../demo/demoReport.ts'
import { digitArt } from '../demo/digitArt.ts'
import { PROGRAM_SCENARIOS, lenetSubject } from '../demo/programScenarios.ts'
import { SCENARIOS } from '../demo/scenarios.ts'
import { playScenario } from '../demo/scenario.ts'
import type { Scenario, ScenarioReport } from '../demo/scenario.ts'
import { openStage } from '../demo/stage.ts'
import type { Stage } from '../demo/stage.ts'
import { nodeEnvironment } from '../nodeEnvironment.ts'

interface DemoOptions {
  readonly json?: boolean
  readonly logLevel: string
  readonly model: ShippedModel
  readonly digit: string
  readonly profile: DeploymentProfile
}

/** All stories, in the order in which they are played. */
const ALL: readonly Scenario[] = [...SCENARIOS, ...PROGRAM_SCENARIOS]

/** `opml demo`: the whole story on a local chain, one scenario after the other. */
export const demoCommand: CommandFactory = (context) =>
  baseCommand('demo', {
    summary: 'play honest and dishonest scenarios with a handwritten digit on a local chain',
    example: 'opml demo lying-server-weight three-liars --digit 4',
  })
    .argument('[scenarios...]', `which to play, all by default: ${ALL.map((s) => s.name).join(', ')}`)
    .addOption(new Option('--model <name>', 'network').choices(Object.keys(SHIPPED_MODELS)).default('f32'))
    .option('--digit <n>', 'which handwritten digit, 0 to 9', '7')
    .addOption(
      new Option('--profile <name>', 'windows and clocks')
        .choices(Object.keys(DEPLOYMENT_PARAMETERS))
        .default('production'),
    )
    .action(async (names: string[], options: DemoOptions) => {
      const scenarios = chosen(names)
      const digit = parseCount('--digit', options.digit, { min: 0, max: 9 })
      const inputFile = shippedDigitFile(digit)
      const stage = await openStage({
        environment: nodeEnvironment(options.logLevel),
        parameters: DEPLOYMENT_PARAMETERS[options.profile],
        modelFile: shippedModelFile(options.model),
        inputFile,
        signal: context.signal,
      })
      try {
        const lenet = await lenetStage(stage, scenarios, digit)
        const stageOf = (scenario: Scenario): Stage => (isAboutLenet(scenario) ? lenet : stage)
        const reports = options.json
          ? await playAll(stageOf, scenarios)
          : await showAll(context, {
              stage,
              stageOf,
              scenarios,
              pixels: new Uint8Array(await readFile(inputFile)),
              digit,
            })
        context.write(options.json ? `${jsonLine(demoJson(reports))}\n` : `\n${demoTable(reports)}\n`)
        checkOutcome(reports)
      } finally {
        await stage.close()
      }
    })

function chosen(names: readonly string[]): readonly Scenario[] {
  for (const name of names)
    if (!ALL.some((scenario) => scenario.name === name))
      throw new UsageError({ flag: 'The scenario', value: name, expected: ALL.map((s) => s.name).join(', ') })
  return names.length === 0 ? ALL : ALL.filter((scenario) => names.includes(scenario.name))
}

function isAboutLenet(scenario: Scenario): boolean {
  return PROGRAM_SCENARIOS.includes(scenario)
}

/** The stage with the imported network on it, where a scenario is about it. */
async function lenetStage(stage: Stage, scenarios: readonly Scenario[], digit: number): Promise<Stage> {
  if (!scenarios.some(isAboutLenet)) return stage
  return await stage.withSubject(await lenetSubject(stage.folder, digit))
}

async function playAll(
  stageOf: (scenario: Scenario) => Stage,
  scenarios: readonly Scenario[],
): Promise<ScenarioReport[]> {
  const reports: ScenarioReport[] = []
  for (const scenario of scenarios) reports.push(await playScenario(stageOf(scenario), scenario))
  return reports
}

/** As {@link playAll}, with the digit, a line for each step and what decided. */
async function showAll(
  context: CliContext,
  p: {
    stage: Stage
    stageOf: (scenario: Scenario) => Stage
    scenarios: readonly Scenario[]
    pixels: Uint8Array
    digit: number
  },
): Promise<ScenarioReport[]> {
  const { stage } = p
  const { modelId } = stage.model
  context.write(
    `${digitArt(p.pixels)}\n\nA handwritten ${p.digit}. Chain ${stage.anvil.url}, market ${stage.deployment.market},\n`,
  )
  context.write(`model ${modelId}.\n\n`)
  return context.isTerminal ? await showLive(p.stageOf, p.scenarios) : await showLines(context, p.stageOf, p.scenarios)
}

/** On a terminal: a list that moves, with the latest step under the scenario at play. */
async function showLive(
  stageOf: (scenario: Scenario) => Stage,
  scenarios: readonly Scenario[],
): Promise<ScenarioReport[]> {
  const reports: ScenarioReport[] = []
  const tasks = new Listr(
    scenarios.map((scenario) => ({
      title: scenario.title,
      task: async (_: unknown, task: { title: string; output: string }) => {
        const report = await playScenario(stageOf(scenario), scenario, (line) => {
          task.output = line
        })
        reports.push(report)
        task.output = decidedLine(report)
        task.title = `${scenario.title}: the answer is ${report.digit ?? 'none'}`
      },
      rendererOptions: { persistentOutput: true, outputBar: 1 },
    })),
    { concurrent: false },
  )
  await tasks.run()
  return reports
}

/** Into a file or a pipe: every step on a line of its own. */
async function showLines(
  context: CliContext,
  stageOf: (scenario: Scenario) => Stage,
  scenarios: readonly Scenario[],
): Promise<ScenarioReport[]> {
  const reports: ScenarioReport[] = []
  for (const scenario of scenarios) {
    context.write(`${scenario.title}\n`)
    const report = await playScenario(stageOf(scenario), scenario, (line) => context.write(`  ${line}\n`))
    context.write(`  ${decidedLine(report)}\n  the answer is ${report.digit ?? 'none'}\n\n`)
    reports.push(report)
  }
  return reports
}

/** @throws {NegativeOutcomeError} when a lie won or the honest party ended poorer. */
function checkOutcome(reports: readonly ScenarioReport[]): void {
  const bad = reports.filter((report) => !report.honestResultWon || report.honestBalanceChangeWei < 0n)
  if (bad.length === 0) return
  throw new NegativeOutcomeError({
    message: `The honest party lost in: ${bad.map((report) => report.name).join(', ')}.`,
    suggestion: 'This must not happen: please report it.',
  })
}
