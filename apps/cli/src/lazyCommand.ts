import type { CommandFactory } from './context.ts'

/** A command whose code is read only when a command line needs it: most of a process's start is reading code. */
export interface LazyCommand {
  readonly name: string
  /** `args` are the words behind the command's name. */
  readonly load: (args: readonly string[]) => Promise<CommandFactory>
}

/** The command that `args` begin with; all of them when it is none, since help and error messages speak of all. */
export async function loadCommands(
  commands: readonly LazyCommand[],
  args: readonly string[],
): Promise<readonly CommandFactory[]> {
  const [name, ...rest] = args
  const named = commands.find((command) => command.name === name)
  if (named !== undefined) return [await named.load(rest)]
  return await Promise.all(commands.map((command) => command.load([])))
}
