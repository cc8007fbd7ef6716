import { DEFAULT_RETRY_POLICY } from 'opml/chain'
import type { ChainEnvironment } from 'opml/chain'
import {
  COMMIT_MODES,
  ComputingWorkbench,
  FAULT_SPEC_HELP,
  findModel,
  lyingWorkbench,
  openRole,
  parseFaultSpec,
  readKeyFile,
  runRole,
} from '@opml/node'
import type { CommitMode, FaultSpec, KnownModel, ModelLibrary, Policy, Role, RoleStep, Workbench } from '@opml/node'
import { Option } from 'commander'
import type { Command } from 'commander'
import { parseCount } from './amounts.ts'
import { LOCAL_CHAIN_ID } from './anvil.ts'
import { chainCommand, openChain, withKey } from './chainOptions.ts'
import type { SigningOptions } from './chainOptions.ts'
import type { CliContext } from './context.ts'
import { jsonLine } from './context.ts'
import { UsageError } from './exitCodes.ts'
import { modelSourceOf, withModelSource } from './modelSource.ts'
import type { ModelSourceOptions } from './modelSource.ts'

/** Options of the long-running roles. */
export interface RoleCommandOptions extends SigningOptions, ModelSourceOptions {
  readonly folder: string
  readonly poll: string
  readonly minWithdraw: string
  readonly commit: CommitMode
  readonly fault?: string
}

/** A command that runs a role until it is ended. */
export function roleCommand(context: CliContext, name: string, p: { summary: string; example: string }): Command {
  return withRoleOptions(context, chainCommand(context, name, p))
    .argument('<models...>', 'models it works for: folders of bundles, ELF files, ids of models that are in the store')
    .option(
      '--fault <spec>',
      `lie about every task, to rehearse a dispute; of bundles, on a local chain (id ${LOCAL_CHAIN_ID}) alone. What is wrong: ${FAULT_SPEC_HELP}`,
    )
}

/** Adds what every role has: `--key`, `--folder`, `--store` and so on. */
export function withRoleOptions(context: CliContext, command: Command): Command {
  return withModelSource(context, withKey(context, command))
    .option('--folder <folder>', 'where it keeps its state', `.opml/${command.name()}`)
    .option('--poll <ms>', 'time between two looks at the chain', '1000')
    .option('--min-withdraw <amount>', 'leave credits below this in the contracts', '0.001ether')
    .addOption(
      new Option(
        '--commit <when>',
        'commit to a claim before it is made, so that a copy can be displaced; auto: where it pays',
      )
        .choices(COMMIT_MODES)
        .default('auto'),
    )
}

/** A role waits out any outage: it retries for ever, with a line in the log. */
const ERROR_DELAY_MS = 5_000

/** What a role is run with. */
export interface RunRoleOptions {
  readonly name: string
  readonly models: readonly string[]
  readonly options: RoleCommandOptions
  readonly policy: Policy
  /** What it lies with; an honest role has null or nothing. */
  readonly fault?: FaultSpec | null
}

/**
 * The fault that a role is to lie with, null for an honest one.
 *
 * @param p.impossible - kinds of faults that make no sense for this role.
 * @throws {FaultSpecError} @throws {UsageError}
 */
export function faultOf(
  { fault: spec }: RoleCommandOptions,
  p: { impossible: FaultSpec['kind']; because: string },
): FaultSpec | null {
  if (spec === undefined) return null
  const fault = parseFaultSpec(spec)
  if (fault.kind === p.impossible)
    throw new UsageError({ flag: '--fault', value: spec, expected: `possible here: ${p.because}` })
  return fault
}

/** Opens the role and takes turns until SIGTERM or SIGINT. */
export async function serveRole(context: CliContext, p: RunRoleOptions): Promise<void> {
  await withOpenRole(context, p, (running) => running.takeTurns(() => false))
}

/** A role that is open, with the way to run it. */
export interface RunningRole {
  readonly role: Role
  readonly models: ModelLibrary
  readonly workbench: Workbench
  /** Takes turns until the process is to end, or `isDone` says so after a turn. */
  takeTurns(isDone: () => boolean): Promise<void>
}

/** Opens a role, uses it, and lets go of its folder, memory and threads. */
export async function withOpenRole<T>(
  context: CliContext,
  p: RunRoleOptions,
  use: (running: RunningRole) => Promise<T>,
): Promise<T> {
  const { options } = p
  const pollMs = parseCount('--poll', options.poll, { min: 10, max: 3_600_000 })
  const account = await readKeyFile(options.key)
  const found = modelSourceOf(context, options)
  const { connection, deployment } = await openChain(context, options, DEFAULT_RETRY_POLICY)
  const models: KnownModel[] = []
  for (const text of p.models) models.push(await findModel(text, found))
  const fault = p.fault ?? null
  if (fault !== null) checkRehearsal({ models, chainId: deployment.chainId })
  const source = { store: found.store, signal: context.signal }
  const workbench = fault === null ? new ComputingWorkbench(source) : lyingWorkbench(fault, source)
  const opened = await openRole({
    name: p.name,
    folder: options.folder,
    connection,
    deployment,
    account,
    models,
    policy: p.policy,
    // Nobody gains by a copy of a lie.
    commit: fault === null ? options.commit : 'never',
    workbench,
    fees: { pollMs: Math.min(pollMs, 1_000) },
    onStep: (step) => writeStep(context, options.json === true, step),
    signal: context.signal,
  })
  const { environment } = connection
  const { role } = opened
  announce(context, environment, { name: p.name, account: role.account, isJson: options.json === true })
  const loop = { environment, pollMs, errorDelayMs: ERROR_DELAY_MS, signal: context.signal }
  try {
    return await use({
      role,
      models: new Map(models.map((model) => [model.modelId, model])),
      workbench,
      takeTurns: (isDone) => runRole(role, { ...loop, isDone }),
    })
  } finally {
    workbench.close()
    await opened.close()
  }
}

/** Refuses to lie where money is real. @throws {UsageError} */
function checkRehearsal(p: { models: readonly KnownModel[]; chainId: number }): void {
  const flag = '--fault'
  if (p.chainId !== LOCAL_CHAIN_ID)
    throw new UsageError({ flag, value: `for chain ${p.chainId}`, expected: `possible but on chain ${LOCAL_CHAIN_ID}` })
  for (const { kind, path } of p.models)
    if (kind === 'machine') throw new UsageError({ flag, value: `for ${path}`, expected: 'possible but for bundles' })
}

function announce(
  context: CliContext,
  environment: ChainEnvironment,
  p: { name: string; account: string; isJson: boolean },
): void {
  environment.log({ level: 'info', message: 'started', fields: { role: p.name, account: p.account } })
  context.write(
    p.isJson ? `${jsonLine({ event: 'started', role: p.name, account: p.account })}\n` : `${p.name} ${p.account}\n`,
  )
}

function writeStep(context: CliContext, isJson: boolean, step: RoleStep): void {
  const { outcome, taskId, reason } = step
  const base = { event: outcome.kind, call: outcome.call.label, taskId, reason }
  if (outcome.kind === 'refused') {
    if (isJson) context.write(`${jsonLine({ ...base, error: outcome.error.message })}\n`)
    return
  }
  const { transactionHash, gasUsed } = outcome.receipt
  if (isJson) return context.write(`${jsonLine({ ...base, transaction: transactionHash, gas: gasUsed })}\n`)
  context.write(`${(taskId ?? '').slice(0, 10).padEnd(10)} ${outcome.call.label.padEnd(12)} ${reason}\n`)
}
