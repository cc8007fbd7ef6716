import { Command } from 'commander'
import type { CliContext, CommandFactory } from '../context.ts'
import { EXIT_CODES_HELP } from '../exitCodes.ts'
import { loadCommands } from '../lazyCommand.ts'
import type { LazyCommand } from '../lazyCommand.ts'

const commands: readonly LazyCommand[] = [
  { name: 'run', load: async () => (await import('./vm/run.ts')).vmRunCommand },
  { name: 'check', load: async () => (await import('./vm/check.ts')).vmCheckCommand },
  { name: 'trace', load: async () => (await import('./vm/trace.ts')).vmTraceCommand },
  { name: 'prove', load: async () => (await import('./vm/prove.ts')).vmProveCommand },
]

/** `opml vm …`: the referee machine for people who bring their own ELF file. `args` stand behind `vm`. */
export async function loadVmCommand(args: readonly string[]): Promise<CommandFactory> {
  const factories = await loadCommands(commands, args)
  return (context) => vmCommand(factories, context)
}

function vmCommand(factories: readonly CommandFactory[], context: CliContext): Command {
  const command = new Command('vm')
    .summary('run, check, trace and prove RV32IM programs')
    .description('The referee machine: run, check, trace and prove RV32IM programs.')
    .addHelpText(
      'after',
      `\nExample:\n  opml vm run models/mnist-int8.elf --input models/digits/7.bin\n${EXIT_CODES_HELP}`,
    )
  for (const factory of factories) command.addCommand(factory(context))
  return command
}
