import { describe, expect, test } from 'vitest'
import type { Bytes32 } from '../core/bytes.ts'
import type { MarketEvent } from './marketEvents.ts'
import type { TaskView } from './taskView.ts'
import { reduceTask } from './taskView.ts'

const ID = `0x${'1'.repeat(64)}` as const
const MODEL = `0x${'2'.repeat(64)}` as const
const TRUTH = `0x${'3'.repeat(64)}` as const
const LIE = `0x${'4'.repeat(64)}` as const
const SERVER = `0x${'5'.repeat(40)}` as const
const VERIFIER = `0x${'6'.repeat(40)}` as const

const asked: MarketEvent = {
  kind: 'Requested',
  taskId: ID,
  requester: `0x${'7'.repeat(40)}`,
  modelId: MODEL,
  nonce: 0n,
  inputRoot: TRUTH,
  feeWei: 5n,
  deadline: 100,
  inputElsewhere: false,
  input: '0x01',
  time: 1,
}
const posted = (result: Bytes32): MarketEvent => ({
  kind: 'Submitted',
  taskId: ID,
  submitter: SERVER,
  result,
  failed: false,
  output: '0xaa',
  time: 2,
})

function after(...events: MarketEvent[]): TaskView | undefined {
  return events.reduce<TaskView | undefined>((task, event) => reduceTask(task, event), undefined)
}

describe('reduceTask', () => {
  test('default: unchallenged, the posted bytes become the output', () => {
    const task = after(
      asked,
      posted(TRUTH),
      { kind: 'Resolved', taskId: ID, result: TRUTH, resultOwner: SERVER, awaitingDelivery: false, time: 3 },
      { kind: 'Finalised', taskId: ID, result: TRUTH, time: 3 },
    )
    expect(task).toMatchObject({ status: 'final', output: '0xaa', resolved: { owner: SERVER, result: TRUTH } })
  })

  test('default: disputed, the delivered bytes become the output, not the posted ones', () => {
    const challenged: MarketEvent[] = [
      asked,
      posted(LIE),
      { kind: 'Challenged', taskId: ID, tournamentId: MODEL, challenger: VERIFIER, result: TRUTH, time: 3 },
    ]
    expect(after(...challenged)?.status).toBe('disputed')
    const resolved: MarketEvent[] = [
      ...challenged,
      { kind: 'Resolved', taskId: ID, result: TRUTH, resultOwner: VERIFIER, awaitingDelivery: true, time: 4 },
    ]
    expect(after(...resolved)?.status).toBe('awaitingDelivery')
    const final = after(
      ...resolved,
      { kind: 'Delivered', taskId: ID, output: '0xbb', time: 5 },
      { kind: 'Finalised', taskId: ID, result: TRUTH, time: 5 },
    )
    expect(final).toMatchObject({ status: 'final', output: '0xbb' })
  })

  test('edge: events about a task that was never requested change nothing', () => {
    expect(reduceTask(undefined, posted(TRUTH))).toBeUndefined()
  })

  test('default: a refund ends the task', () => {
    expect(after(asked, { kind: 'TaskRefunded', taskId: ID, amountWei: 5n, time: 200 })?.status).toBe('refunded')
  })
})
