import { checkBalance, readCredits, withdrawCall } from 'opml/chain'
import { formatEther } from '../amounts.ts'
import { chainCommand, openChain, openTransactor, withKey } from '../chainOptions.ts'
import type { SigningOptions } from '../chainOptions.ts'
import type { CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { sendOrThrow } from '../sendOrThrow.ts'

/** `opml withdraw`: pays the key's account what the contracts owe it. */
export const withdrawCommand: CommandFactory = (context) =>
  withKey(
    context,
    chainCommand(context, 'withdraw', {
      summary: 'collect what the contracts owe the account of --key',
      example: 'opml withdraw --key .opml/requester.key',
    }),
  ).action(async (options: SigningOptions) => {
    const { connection, deployment } = await openChain(context, options)
    const { tipWei } = deployment.parameters
    const transactor = await openTransactor(context, { connection, keyFile: options.key, tipWei })
    const account = transactor.account.address
    await checkBalance(connection, { address: account, neededWei: 1n, purpose: '"withdraw"' })
    const credits = await readCredits(connection, { deployment, account })
    const transactions: string[] = []
    for (const [from, amountWei] of [
      ['market', credits.marketWei],
      ['tournament', credits.tournamentWei],
    ] as const) {
      if (amountWei === 0n) continue
      const receipt = await sendOrThrow(transactor, withdrawCall(deployment, { from, to: account }))
      transactions.push(receipt.transactionHash)
    }
    const withdrawnWei = credits.marketWei + credits.tournamentWei
    writeResult(context, {
      isJson: options.json === true,
      json: { account, withdrawnWei, ...credits, transactions },
      text:
        withdrawnWei === 0n
          ? `Nothing is owed to ${account}.`
          : `${formatEther(withdrawnWei)} ether paid to ${account}.`,
    })
  })
