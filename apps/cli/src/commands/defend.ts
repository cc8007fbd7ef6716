import { defenderPolicy } from '@opml/node'
import type { Role } from '@opml/node'
import type { TaskView } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import { parseWei } from '../amounts.ts'
import { chainCommand, openChain } from '../chainOptions.ts'
import type { CliContext, CommandFactory } from '../context.ts'
import { jsonLine } from '../context.ts'
import { NegativeOutcomeError, UsageError } from '../exitCodes.ts'
import { withOpenRole, withRoleOptions } from '../roleCommand.ts'
import type { RoleCommandOptions, RunningRole } from '../roleCommand.ts'
import { taskIdArgument } from '../taskIdArgument.ts'
import { readPicture } from '../taskStatus.ts'

/** `opml defend TASK`: anybody plays for the truth about one task, until it is settled. */
export const defendCommand: CommandFactory = (context) =>
  withRoleOptions(
    context,
    chainCommand(context, 'defend', {
      summary: 'play for the right answer to one task that somebody disputes, until the task is settled',
      example: 'opml defend 0x5f…c1 --key .opml/friend.key',
    }),
  )
    .argument('<task>', 'task id')
    .option(
      '--model <model>',
      "the task's model: folder of its bundle, or its ELF file (default: fetched from the store by its id)",
    )
    .action(async (task: string, options: RoleCommandOptions & { model?: string }) => {
      const taskId = taskIdArgument(task)
      const minWithdrawWei = parseWei('--min-withdraw', options.minWithdraw)
      const policy = defenderPolicy({ taskId, minWithdrawWei })
      const model = options.model ?? (await modelIdOf(context, { options, taskId }))
      await withOpenRole(context, { name: 'defender', models: [model], options, policy }, (running) =>
        defend(context, { running, taskId, isJson: options.json === true, minWithdrawWei }),
      )
    })

/** What the chain says that the task is about. */
async function modelIdOf(
  context: CliContext,
  { options, taskId }: { options: RoleCommandOptions; taskId: Bytes32 },
): Promise<Bytes32> {
  const { connection, deployment } = await openChain(context, options)
  const task = (await readPicture(connection, deployment)).tasks.get(taskId)
  if (task === undefined) throw new UsageError({ flag: 'The task', value: taskId, expected: 'known on this chain' })
  return task.modelId
}

async function defend(
  context: CliContext,
  p: { running: RunningRole; taskId: Bytes32; isJson: boolean; minWithdrawWei: bigint },
): Promise<void> {
  const { running, taskId } = p
  const { role } = running
  await role.follow()
  const truth = await checkedResult(running, taskId)
  await running.takeTurns(() => isSettled(role, taskId) && hasCollected(role, p.minWithdrawWei))
  const task = taskIn(role, taskId)
  const result = task.resolved?.result ?? null
  if (p.isJson) context.write(`${jsonLine({ event: 'settled', taskId, status: task.status, result, truth })}\n`)
  if (!isSettled(role, taskId))
    throw new NegativeOutcomeError({
      message: `Stopped before task ${taskId} was settled.`,
      suggestion: 'Start again with the same folder: the game goes on where it is.',
    })
  if (result !== truth)
    throw new NegativeOutcomeError({
      message: `Task ${taskId} is ${task.status} with the result ${result ?? 'none'}; ours is ${truth}.`,
      suggestion: 'The right claim came too late, or its moves did: "opml status" shows the game.',
    })
  if (!p.isJson) context.write(`Task ${taskId} is ${task.status}: the right answer stands.\n`)
}

/** Recomputes the answer. @throws {NegativeOutcomeError} when there is nothing to defend. */
async function checkedResult({ role, models, workbench }: RunningRole, taskId: Bytes32): Promise<Bytes32> {
  const task = taskIn(role, taskId)
  const model = models.get(task.modelId)
  if (model === undefined)
    throw new UsageError({
      flag: '--model',
      value: [...models.keys()].join(' '),
      expected: `the task's: ${task.modelId}`,
    })
  if (task.status === 'requested' || task.status === 'refunded' || task.status === 'final')
    throw new NegativeOutcomeError({
      message: `Task ${taskId} is ${task.status}: there is nothing to defend.`,
      suggestion: 'See "opml status".',
    })
  const { result } = await workbench.answer(model, task)
  if (task.status === 'submitted' && result !== task.posted?.result)
    throw new NegativeOutcomeError({
      message: `The answer to task ${taskId} is wrong, and nobody has challenged it: ours is ${result}.`,
      suggestion: 'Challenge it with "opml verify".',
    })
  return result
}

function taskIn(role: Role, taskId: Bytes32): TaskView {
  const task = role.follower.tasks.get(taskId)
  if (task === undefined)
    throw new UsageError({ flag: 'The task', value: taskId, expected: 'known on this chain, and not long over' })
  return task
}

function isSettled(role: Role, taskId: Bytes32): boolean {
  const { status } = taskIn(role, taskId)
  return status === 'final' || status === 'refunded'
}

function hasCollected(role: Role, minWithdrawWei: bigint): boolean {
  const { market, tournament } = role.follower.credits
  return market < minWithdrawWei && tournament < minWithdrawWei
}
