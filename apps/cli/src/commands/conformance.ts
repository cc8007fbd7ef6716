import { Command } from 'commander'
import type { CliContext, CommandFactory } from '../context.ts'
import { EXIT_CODES_HELP } from '../exitCodes.ts'
import { loadCommands } from '../lazyCommand.ts'
import type { LazyCommand } from '../lazyCommand.ts'

const commands: readonly LazyCommand[] = [
  { name: 'onnx', load: async () => (await import('./conformance/onnx.ts')).conformanceOnnxCommand },
]

/** `opml conformance …`: tests that others publish for their formats. `args` stand behind `conformance`. */
export async function loadConformanceCommand(args: readonly string[]): Promise<CommandFactory> {
  const factories = await loadCommands(commands, args)
  return (context) => conformanceCommand(factories, context)
}

function conformanceCommand(factories: readonly CommandFactory[], context: CliContext): Command {
  const command = new Command('conformance')
    .summary('run the published tests of a format')
    .description('Run the published tests of a format.')
    .addHelpText(
      'after',
      `\nExample:\n  opml conformance onnx /usr/share/libonnx-testdata/data/node\n${EXIT_CODES_HELP}`,
    )
  for (const factory of factories) command.addCommand(factory(context))
  return command
}
