import { checkBundleTarget, fetchModel, isModelId, openStore } from '@opml/node'
import type { Bytes32 } from 'opml/core'
import { baseCommand } from '../baseCommand.ts'
import type { CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { UsageError } from '../exitCodes.ts'
import { heightsOf, storeOption, withHeights } from '../modelOptions.ts'
import type { ModelOptions } from '../modelOptions.ts'

interface Options extends ModelOptions {
  readonly out: string
  readonly store: string
  readonly force?: boolean
  readonly json?: boolean
}

/** `opml fetch ID`: a published model, checked against its id. */
export const fetchCommand: CommandFactory = (context) =>
  withHeights(
    baseCommand('fetch', {
      summary: 'get a published model by its id from a store, and check that it is that model',
      example: 'opml fetch 0x1c…e6 --out lenet.opml --store .opml/store',
    })
      .argument('<model-id>', 'id of the model, as "opml register" prints it')
      .requiredOption('--out <path>', 'where the folder of the bundle, or the ELF file, goes')
      .option('--force', 'replace a bundle that is there')
      .option(...storeOption(context, '"opml register --publish" has put it')),
  ).action(async (text: string, options: Options) => {
    const modelId = idOf(text)
    await checkBundleTarget(options.out, { isForced: options.force === true })
    const store = openStore(options.store, context.environment)
    const { signal } = context
    const heights = heightsOf(options)
    const { kind } = await fetchModel(store, { modelId, target: options.out, heights, signal })
    writeResult(context, {
      isJson: options.json === true,
      json: { modelId, path: options.out, kind, store: store.place },
      text: `${options.out}: ${kind === 'program' ? 'the bundle' : 'the program'} with the model id ${modelId}, checked.`,
    })
  })

function idOf(text: string): Bytes32 {
  const id = text.toLowerCase()
  if (isModelId(id)) return id
  throw new UsageError({ flag: 'The model id', value: text, expected: '0x and 64 hexadecimal digits' })
}
