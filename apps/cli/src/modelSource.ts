import { openStore } from '@opml/node'
import type { ModelSource } from '@opml/node'
import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { heightsOf, storeOption, withHeights } from './modelOptions.ts'
import type { ModelOptions } from './modelOptions.ts'

/** Options of a command that takes models by their ids too. */
export interface ModelSourceOptions extends ModelOptions {
  readonly store: string
  readonly cache: string
}

/** Adds the heights, `--store` and `--cache`: where a model comes from whose id is given. */
export function withModelSource(context: CliContext, command: Command): Command {
  return withHeights(command)
    .option(...storeOption(context))
    .option('--cache <folder>', 'where models that were fetched from the store are kept', '.opml/models')
}

/** What `findModel` needs. @throws {UsageError} {@link StoreAddressError} */
export function modelSourceOf({ environment, signal }: CliContext, options: ModelSourceOptions): ModelSource {
  const store = openStore(options.store, environment)
  return { heights: heightsOf(options), store, cache: options.cache, signal }
}
