import { checkBalance, refundCall } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import { chainCommand, openChain, openTransactor, withKey } from '../chainOptions.ts'
import type { SigningOptions } from '../chainOptions.ts'
import type { CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { UsageError } from '../exitCodes.ts'
import { sendOrThrow } from '../sendOrThrow.ts'

/** `opml refund TASK`: gives the requester of an unanswered task the fee back. */
export const refundCommand: CommandFactory = (context) =>
  withKey(
    context,
    chainCommand(context, 'refund', {
      summary: 'refund the requester of a task that nobody answered or delivered in time',
      example: `opml refund 0x${'12'.repeat(32)} --key .opml/requester.key`,
    }),
  )
    .argument('<task>', 'task id')
    .action(async (taskId: string, options: SigningOptions) => {
      if (!/^0x[0-9a-f]{64}$/i.test(taskId))
        throw new UsageError({ flag: 'The task', value: taskId, expected: 'an id of 32 bytes' })
      const { connection, deployment } = await openChain(context, options)
      const { tipWei } = deployment.parameters
      const transactor = await openTransactor(context, { connection, keyFile: options.key, tipWei })
      await checkBalance(connection, { address: transactor.account.address, neededWei: 1n, purpose: '"refund"' })
      const receipt = await sendOrThrow(transactor, refundCall(deployment, taskId.toLowerCase() as Bytes32))
      writeResult(context, {
        isJson: options.json === true,
        json: { taskId, transaction: receipt.transactionHash, gas: receipt.gasUsed },
        text: `Task ${taskId} is refunded; the requester can withdraw.`,
      })
    })
