import { checkBalance, programParameters } from 'opml/chain'
import { openStore, publishModel, readModel, registerModelCall } from '@opml/node'
import type { KnownModel } from '@opml/node'
import { chainCommand, openChain, openTransactor, withKey } from '../chainOptions.ts'
import type { SigningOptions } from '../chainOptions.ts'
import type { CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { heightsOf, storeOption, withHeights } from '../modelOptions.ts'
import type { ModelOptions } from '../modelOptions.ts'
import { sendOrThrow } from '../sendOrThrow.ts'

interface RegisterOptions extends SigningOptions, ModelOptions {
  readonly publish?: boolean
  readonly store: string
}

/** `opml register FILE`: makes a program known to the chain. */
export const registerCommand: CommandFactory = (context) =>
  withHeights(
    withKey(
      context,
      chainCommand(context, 'register', {
        summary: 'register a model: the bundle of a tensor program, or an RV32IM program',
        example: 'opml register lenet.opml --key .opml/key --publish',
      }),
    ),
  )
    .argument('<model>', 'folder of a bundle, or ELF file (RV32IM)')
    .option('--publish', 'first put all its files into the store, where others find them by the model id')
    .option(...storeOption(context, '"--publish" puts the model'))
    .action(async (file: string, options: RegisterOptions) => {
      const model = await readModel(file, heightsOf(options))
      const { connection, deployment } = await openChain(context, options)
      const { tipWei } = deployment.parameters
      const transactor = await openTransactor(context, { connection, keyFile: options.key, tipWei })
      const { address } = transactor.account
      await checkBalance(connection, { address, neededWei: 1n, purpose: '"register"' })
      const store = options.publish === true ? openStore(options.store, context.environment) : null
      const published = store === null ? null : await publishModel(model, store)
      const receipt = await sendOrThrow(transactor, registerModelCall(deployment, model))
      const { modelId } = model
      writeResult(context, {
        isJson: options.json === true,
        json: {
          modelId,
          ...describedModel(model),
          transaction: receipt.transactionHash,
          gas: receipt.gasUsed,
          ...(published && { published: { store: store?.place, ...published } }),
        },
        text: [
          `Model ${modelId}`,
          ...(published === null ? [] : [`${published.numBytes} bytes of it are in the store ${store?.place}.`]),
          `registered in ${receipt.transactionHash} (${receipt.gasUsed} gas).`,
        ].join('\n'),
      })
    })

/** What a model id binds, for scripts: hashes as hexadecimal text. */
function describedModel(model: KnownModel): object {
  if (model.kind === 'machine') return model.description.model
  return programParameters(model.model)
}
