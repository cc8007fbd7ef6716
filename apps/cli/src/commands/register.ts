import { checkBalance, registerCall } from 'opml/chain'
import { readModel } from '@opml/node'
import { chainCommand, openChain, openTransactor, withKey } from '../chainOptions.ts'
import type { SigningOptions } from '../chainOptions.ts'
import type { CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { heightsOf, withHeights } from '../modelOptions.ts'
import type { ModelOptions } from '../modelOptions.ts'
import { sendOrThrow } from '../sendOrThrow.ts'

/** `opml register FILE`: makes a program known to the chain. */
export const registerCommand: CommandFactory = (context) =>
  withHeights(
    withKey(
      context,
      chainCommand(context, 'register', {
        summary: 'register an RV32IM program as a model',
        example: 'opml register models/mnist-int8.elf --key .opml/key',
      }),
    ),
  )
    .argument('<file>', 'ELF file (RV32IM)')
    .action(async (file: string, options: SigningOptions & ModelOptions) => {
      const model = await readModel(file, heightsOf(options))
      const { connection, deployment } = await openChain(context, options)
      const { tipWei } = deployment.parameters
      const transactor = await openTransactor(context, { connection, keyFile: options.key, tipWei })
      const { address } = transactor.account
      await checkBalance(connection, { address, neededWei: 1n, purpose: '"register"' })
      const receipt = await sendOrThrow(transactor, registerCall(deployment, model.description))
      const { modelId } = model.description
      writeResult(context, {
        isJson: options.json === true,
        json: { modelId, ...model.description.model, transaction: receipt.transactionHash, gas: receipt.gasUsed },
        text: `Model ${modelId}\nregistered in ${receipt.transactionHash} (${receipt.gasUsed} gas).`,
      })
    })
