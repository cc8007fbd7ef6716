import type { Bytes32, Hex } from '../core/bytes.ts'
import type { Address } from '../dispute/types.ts'
import type { MarketEvent } from './marketEvents.ts'

/** Where a task is in the market's life cycle (spec/06 §9). */
export type TaskStatus = 'requested' | 'submitted' | 'disputed' | 'awaitingDelivery' | 'final' | 'refunded'

/** All that the market's events say about one task. Times in seconds. */
export interface TaskView {
  readonly taskId: Bytes32
  readonly status: TaskStatus
  readonly requester: Address
  readonly modelId: Bytes32
  readonly inputRoot: Bytes32
  readonly input: Hex
  readonly inputElsewhere: boolean
  readonly feeWei: bigint
  readonly deadline: number
  readonly requestedAt: number
  /** The posted answer, once there is one. */
  readonly posted: {
    readonly submitter: Address
    readonly result: Bytes32
    readonly output: Hex
    readonly failed: boolean
    readonly time: number
  } | null
  /** The dispute, once the answer was challenged. */
  readonly dispute: { readonly tournamentId: Bytes32; readonly challenger: Address; readonly time: number } | null
  /** The result that the window or the dispute fixed. */
  readonly resolved: { readonly result: Bytes32; readonly owner: Address; readonly time: number } | null
  /** The final output bytes, when they are on chain. */
  readonly output: Hex | null
}

/** Tasks by id, in the order of their requests. */
export type TaskViews = ReadonlyMap<Bytes32, TaskView>

/**
 * The tasks after one more event. Pure; an event about a task that was never requested changes nothing.
 */
export function reduceTask(task: TaskView | undefined, event: MarketEvent): TaskView | undefined {
  if (event.kind === 'Requested') return requested(event)
  if (task === undefined) return undefined
  switch (event.kind) {
    case 'Submitted': {
      const { submitter, result, output, failed, time } = event
      return { ...task, status: 'submitted', posted: { submitter, result, output, failed, time } }
    }
    case 'Challenged': {
      const { tournamentId, challenger, time } = event
      return { ...task, status: 'disputed', dispute: { tournamentId, challenger, time } }
    }
    case 'Resolved': {
      const resolved = { result: event.result, owner: event.resultOwner, time: event.time }
      return { ...task, status: event.awaitingDelivery ? 'awaitingDelivery' : task.status, resolved }
    }
    case 'Delivered':
      return { ...task, output: event.output }
    case 'Finalised':
      return { ...task, status: 'final', output: task.output ?? outputOf(task, event.result) }
    case 'TaskRefunded':
      return { ...task, status: 'refunded' }
    case 'InputChunk':
    case 'CalledBack':
    case 'Credited':
    case 'Paid':
    case 'Withdrawn':
      return task
  }
}

function requested(event: Extract<MarketEvent, { kind: 'Requested' }>): TaskView {
  const { taskId, requester, modelId, inputRoot, input, inputElsewhere, feeWei, deadline, time } = event
  return {
    taskId,
    requester,
    modelId,
    inputRoot,
    input,
    inputElsewhere,
    feeWei,
    deadline,
    requestedAt: time,
    status: 'requested',
    posted: null,
    dispute: null,
    resolved: null,
    output: null,
  }
}

/** The posted bytes, if they are those of the final result. */
function outputOf(task: TaskView, result: Bytes32): Hex | null {
  if (task.posted === null || task.posted.failed || task.posted.result !== result) return null
  return task.posted.output
}
