import { checkBalance, refundCall } from 'opml/chain'
import { chainCommand, openChain, openTransactor, withKey } from '../chainOptions.ts'
import type { SigningOptions } from '../chainOptions.ts'
import type { CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { sendOrThrow } from '../sendOrThrow.ts'
import { taskIdArgument } from '../taskIdArgument.ts'

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
    .action(async (task: string, options: SigningOptions) => {
      const taskId = taskIdArgument(task)
      const { connection, deployment } = await openChain(context, options)
      const { tipWei } = deployment.parameters
      const transactor = await openTransactor(context, { connection, keyFile: options.key, tipWei })
      await checkBalance(connection, { address: transactor.account.address, neededWei: 1n, purpose: '"refund"' })
      const receipt = await sendOrThrow(transactor, refundCall(deployment, taskId))
      writeResult(context, {
        isJson: options.json === true,
        json: { taskId, transaction: receipt.transactionHash, gas: receipt.gasUsed },
        text: `Task ${taskId} is refunded; the requester can withdraw.`,
      })
    })
