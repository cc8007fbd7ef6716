import { Command, CommanderError } from 'commander'
import { OpmlError } from 'opml/core'
import { commands } from './commands/index.ts'
import type { CliContext, CommandFactory } from './context.ts'
import { jsonLine } from './context.ts'
import { EXIT, EXIT_CODES_HELP, exitCodeFor } from './exitCodes.ts'
import { loadCommands } from './lazyCommand.ts'

/** Flags that need no command, whatever follows. */
const VERSION_FLAGS: ReadonlySet<string> = new Set(['-V', '--version'])

/** The program `opml` with the commands that a command line needs; `args` are the words behind the program's name. */
export async function createProgram(context: CliContext, args: readonly string[]): Promise<Command> {
  const factories = VERSION_FLAGS.has(args[0] ?? '') ? [] : await loadCommands(commands, args)
  return programOf(context, { factories, isJson: args.includes('--json') })
}

function programOf(context: CliContext, p: { factories: readonly CommandFactory[]; isJson: boolean }): Command {
  const program = new Command('opml')
    .description('Optimistic machine learning: run a model off chain, settle disputes about it on chain.')
    .version('0.1.0')
    .addHelpText('after', EXIT_CODES_HELP)
  for (const factory of p.factories) program.addCommand(factory(context))
  for (const command of allCommands(program))
    command.exitOverride().configureOutput({
      writeOut: (text) => context.write(text),
      writeErr: (text) => context.writeError(text),
      // For scripts, runProgram reports it as any other error.
      ...(p.isJson && { outputError: () => undefined }),
    })
  return program
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)]
}

/** Runs one command line (`process.argv` form) and returns its exit code; never throws. */
export async function runProgram(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    const program = await createProgram(context, argv.slice(2))
    await program.parseAsync([...argv])
    return EXIT.ok
  } catch (error) {
    const isJson = argv.includes('--json')
    if (!(error instanceof CommanderError)) {
      report(error, context, isJson)
      return exitCodeFor(error)
    }
    if (error.exitCode === 0) return EXIT.ok
    // People have been told by commander itself.
    if (isJson) {
      const message = error.message.replace(/^error: /, '')
      writeErrorLine(context, {
        code: 'CLI_USAGE',
        message,
        suggestion: 'Run the command with --help.',
        retryable: false,
      })
    }
    return EXIT.usage
  }
}

/** Message and suggestion for people, one line of JSON for scripts; a stack only for faults of the program. */
function report(error: unknown, context: CliContext, isJson: boolean): void {
  const known = error instanceof OpmlError ? error : null
  const message = error instanceof Error ? error.message : String(error)
  const suggestion = known?.suggestion ?? 'This is a fault of the program: please report it with the lines above.'
  if (isJson) {
    const { code = 'BUG', retryable = false } = known ?? {}
    return writeErrorLine(context, { code, message, suggestion, retryable })
  }
  if (known === null && error instanceof Error) context.writeError(`${error.stack ?? ''}\n`)
  context.writeError(`Error: ${message}\n  ${suggestion}\n`)
}

function writeErrorLine(
  context: CliContext,
  error: { code: string; message: string; suggestion: string; retryable: boolean },
): void {
  context.writeError(`${jsonLine({ error })}\n`)
}
