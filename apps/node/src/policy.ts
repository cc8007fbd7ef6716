import type { Deployment, TaskView } from 'opml/chain'
import type { Bytes32, Hex } from 'opml/core'
import type { Credits } from './followedTasks.ts'
import type { ModelLibrary } from './modelLibrary.ts'
import type { Work } from './work.ts'

/** What a policy looks at. Pure data: the same picture always gives the same work. */
export interface Picture {
  readonly account: Hex
  /** Chain time in seconds. */
  readonly now: number
  readonly tasks: Iterable<TaskView>
  readonly credits: Credits
  readonly models: ModelLibrary
  readonly deployment: Deployment
  /** Winner of a task's finished root tournament: an owner, `void`, or null while it is not finished. */
  readonly winnerOf: (task: TaskView) => Hex | 'void' | null
  /** True when the own claim or another's claim with the own history is in the task's dispute. */
  readonly isPlaying: (task: TaskView) => boolean
}

/** Decides what a role does next. */
export type Policy = (picture: Picture) => Work[]

/** Choices of a submitter. */
export interface SubmitterOptions {
  /** Tasks that pay less are left to others. */
  readonly minFeeWei: bigint
  /** Also answer tasks whose input is not on the chain: there is a store to look in. */
  readonly takesInputElsewhere?: boolean
  /** Seconds that must be left before a task's deadline. */
  readonly deadlineMarginSeconds: number
  /** Credits below this stay in the contracts. */
  readonly minWithdrawWei: bigint
}

/** Choices of a verifier. */
export interface VerifierOptions {
  /** Also defend correct results that others posted. */
  readonly isDefender: boolean
  readonly minWithdrawWei: bigint
}

/** A submitter answers tasks of its models, defends its answers, and collects. */
export function submitterPolicy(options: SubmitterOptions): Policy {
  return (picture) => [
    ...[...picture.tasks].flatMap((task) => submitterWork(task, picture, options)),
    ...withdrawals(picture, options.minWithdrawWei),
  ]
}

function submitterWork(task: TaskView, picture: Picture, options: SubmitterOptions): Work[] {
  if (!picture.models.has(task.modelId)) return []
  const isMine = task.posted?.submitter === picture.account
  switch (task.status) {
    case 'requested': {
      const isReadable = !task.inputElsewhere || options.takesInputElsewhere === true
      const isWorthIt = task.feeWei >= options.minFeeWei && isReadable
      const isInTime = picture.now + options.deadlineMarginSeconds <= task.deadline
      return isWorthIt && isInTime ? [{ kind: 'answer', task }] : []
    }
    case 'submitted':
      return isMine && isUnchallenged(task, picture) ? [{ kind: 'resolve', task }] : []
    case 'disputed':
      return isMine ? disputeWork(task, picture) : []
    case 'awaitingDelivery':
      return deliveryWork(task, picture)
    case 'final':
    case 'refunded':
      return []
  }
}

/** A verifier recomputes every answer to its models, challenges the wrong ones, and plays those disputes to their end. */
export function verifierPolicy(options: VerifierOptions): Policy {
  return (picture) => [
    ...[...picture.tasks].flatMap((task) => verifierWork(task, picture, options)),
    ...withdrawals(picture, options.minWithdrawWei),
  ]
}

function verifierWork(task: TaskView, picture: Picture, options: VerifierOptions): Work[] {
  if (!picture.models.has(task.modelId)) return []
  switch (task.status) {
    case 'submitted':
      return isUnchallenged(task, picture) || task.posted?.submitter === picture.account
        ? []
        : [{ kind: 'check', task }]
    case 'disputed':
      return options.isDefender || picture.isPlaying(task) ? disputeWork(task, picture) : [{ kind: 'check', task }]
    case 'awaitingDelivery':
      return deliveryWork(task, picture)
    case 'requested':
    case 'final':
    case 'refunded':
      return []
  }
}

/** A defender plays for the truth about one task and sees it settled, collects what it gains by it, and challenges nothing. */
export function defenderPolicy(options: { taskId: Bytes32; minWithdrawWei: bigint }): Policy {
  const usual = verifierPolicy({ isDefender: true, minWithdrawWei: options.minWithdrawWei })
  return (picture) => {
    const tasks = [...picture.tasks].filter((task) => task.taskId === options.taskId)
    const settled = tasks.filter((task) => isResolvable(task, picture)).map((task): Work => ({ kind: 'resolve', task }))
    return [...settled, ...usual({ ...picture, tasks }).filter(({ kind }) => kind !== 'check' && kind !== 'resolve')]
  }
}

/** Anybody may fix the result now. */
function isResolvable(task: TaskView, picture: Picture): boolean {
  if (task.status === 'submitted') return isUnchallenged(task, picture)
  return task.status === 'disputed' && task.resolved === null && picture.winnerOf(task) !== null
}

/** Play until the root tournament is finished; then whoever gains by it fixes the result. */
function disputeWork(task: TaskView, picture: Picture): Work[] {
  const winner = picture.winnerOf(task)
  if (winner === null) return [{ kind: 'play', task }]
  const gains = winner === picture.account || task.posted?.submitter === picture.account
  return gains && task.resolved === null ? [{ kind: 'resolve', task }] : []
}

function deliveryWork(task: TaskView, picture: Picture): Work[] {
  const { resolved } = task
  if (resolved === null || resolved.owner !== picture.account) return []
  const isInTime = picture.now < resolved.time + picture.deployment.parameters.deliveryWindow
  return isInTime ? [{ kind: 'deliver', task }] : []
}

/** The challenge window has closed. */
function isUnchallenged(task: TaskView, picture: Picture): boolean {
  return task.posted !== null && picture.now >= task.posted.time + picture.deployment.parameters.challengeWindow
}

function withdrawals(picture: Picture, minWei: bigint): Work[] {
  return (['market', 'tournament'] as const)
    .filter((from) => picture.credits[from] >= minWei && picture.credits[from] > 0n)
    .map((from) => ({ kind: 'withdraw', from, amountWei: picture.credits[from] }))
}

/** Seconds (chain time) of the next moment at which a task's market state lets somebody do something new, or null. */
export function nextMarketDeadline(task: TaskView, deployment: Deployment): number | null {
  switch (task.status) {
    case 'requested':
      return task.deadline
    case 'submitted':
      return (task.posted?.time ?? 0) + deployment.parameters.challengeWindow
    case 'awaitingDelivery':
      return (task.resolved?.time ?? 0) + deployment.parameters.deliveryWindow
    case 'disputed':
    case 'final':
    case 'refunded':
      return null
  }
}

/** Ids of tasks that need nothing more. */
export function settledTasks(tasks: Iterable<TaskView>): Bytes32[] {
  return [...tasks].filter((task) => task.status === 'final' || task.status === 'refunded').map((task) => task.taskId)
}
