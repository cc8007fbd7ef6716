import process from 'node:process'
import type { CliContext } from './context.ts'
import { runProgram } from './program.ts'

const controller = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // A second signal ends a process that does not come to its end.
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  })

// A program that starts this one with an IPC channel ends it by ending: the channel closes however that happens, by SIGKILL too.
process.once('disconnect', () => controller.abort())
process.channel?.unref()

const context: CliContext = {
  write: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  environment: process.env,
  signal: controller.signal,
}

process.exitCode = await runProgram(process.argv, context)
