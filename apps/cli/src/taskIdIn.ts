import { decodeReceipt } from 'opml/chain'
import type { CallOutcome, Deployment } from 'opml/chain'
import type { Bytes32 } from 'opml/core'

/** The task id in the receipt of a request. */
export function taskIdIn(deployment: Deployment, receipt: Extract<CallOutcome, { kind: 'mined' }>['receipt']): Bytes32 {
  for (const { event } of decodeReceipt(deployment, { receipt, time: 0 }))
    if (event.kind === 'Requested') return event.taskId
  throw new Error('The receipt of a request holds no Requested event.')
}
