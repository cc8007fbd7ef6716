import { Command } from 'commander'
import type { CommandFactory } from '../context.ts'
import { EXIT_CODES_HELP } from '../exitCodes.ts'
import { vmCheckCommand } from './vm/check.ts'
import { vmProveCommand } from './vm/prove.ts'
import { vmRunCommand } from './vm/run.ts'
import { vmTraceCommand } from './vm/trace.ts'

/** `opml vm …`: the referee machine for people who bring their own ELF file. */
export const vmCommand: CommandFactory = (context) => {
  const command = new Command('vm')
    .summary('run, check, trace and prove RV32IM programs')
    .description('The referee machine: run, check, trace and prove RV32IM programs.')
    .addHelpText(
      'after',
      `\nExample:\n  opml vm run models/mnist-int8.elf --input models/digits/7.bin\n${EXIT_CODES_HELP}`,
    )
  for (const factory of [vmRunCommand, vmCheckCommand, vmTraceCommand, vmProveCommand])
    command.addCommand(factory(context))
  return command
}
