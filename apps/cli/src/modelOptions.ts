import type { Command } from 'commander'
import type { TraceHeights } from 'opml/chain'
import type { CliContext } from './context.ts'
import { parseCount } from './amounts.ts'

/** Options that fix the trace heights of a model. */
export interface ModelOptions {
  readonly coarseHeight: string
  readonly fineHeight: string
}

/** Adds `--coarse-height` and `--fine-height`: they are part of a model's id. */
export function withHeights(command: Command): Command {
  return command
    .option('--coarse-height <n>', 'of an ELF file: height of the VM coarse tree, 1 to 40', '12')
    .option('--fine-height <n>', 'of an ELF file: height of the VM fine tree, 1 to 20', '12')
}

/** The trace heights that the options give. @throws {UsageError} */
export function heightsOf(options: ModelOptions): TraceHeights {
  return {
    coarseHeight: parseCount('--coarse-height', options.coarseHeight, { min: 1, max: 40 }),
    fineHeight: parseCount('--fine-height', options.fineHeight, { min: 1, max: 20 }),
  }
}

/** `--store`: flag, description, default. `what` is looked for there, or put there. */
export function storeOption(
  context: CliContext,
  what = 'inputs are that are not on the chain, and published models',
): [flags: string, description: string, value: string] {
  const about = `where ${what}: a folder, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME`
  return ['--store <store>', about, context.environment['OPML_STORE'] ?? '.opml/store']
}
