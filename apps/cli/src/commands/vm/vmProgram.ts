import { readFile } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { FileAccessError } from '@opml/node/errors'
import { readBytes } from '@opml/node/readBytes'
import { encodeSlot } from 'opml/core'
import type { MachineImage, MachineStart, Machine } from 'opml/vm'
import { Interpreter, loadElf, MemoryTree, Translator } from 'opml/vm'
import { Option } from 'commander'
import type { Command } from 'commander'
import { parseCount } from '../../amounts.ts'
import type { CliContext } from '../../context.ts'

/** The two executors by the name that `--executor` takes. */
export const EXECUTORS = {
  translator: (start: MachineStart): Machine => new Translator(start),
  interpreter: (start: MachineStart): Machine => new Interpreter(start),
} as const

/** Name of an executor. */
export type ExecutorName = keyof typeof EXECUTORS

/** What every `opml vm` command takes. */
export interface InputOption {
  readonly input?: string
  readonly json?: boolean
}

/** What the commands take that run until the program ends. */
export interface ProgramOptions extends InputOption {
  readonly maxSteps: string
}

/** Some minutes of the translator; a program that is still going then is reported as running. */
const DEFAULT_MAX_STEPS = String(2 ** 40)

/** Steps between two looks at signals and at the clock. */
const SLICE_STEPS = 2 ** 27

/** Adds the file argument and `--input`. */
export function withProgramFile(command: Command): Command {
  return command
    .argument('<file>', 'ELF file (RV32IM, statically linked)')
    .option('--input <file>', 'bytes for the input slot (default: none)')
}

/** Adds the file argument, `--input` and `--max-steps`. */
export function withProgram(command: Command): Command {
  return withProgramFile(command).option('--max-steps <n>', 'stop after this many instructions', DEFAULT_MAX_STEPS)
}

/** Adds `--executor`. */
export function withExecutor(command: Command): Command {
  return command.addOption(
    new Option('--executor <name>', 'what executes').choices(Object.keys(EXECUTORS)).default('translator'),
  )
}

/** `--max-steps` as a number. @throws {UsageError} */
export function maxStepsOf(options: ProgramOptions): number {
  return parseCount('--max-steps', options.maxSteps, { min: 0, max: Number.MAX_SAFE_INTEGER })
}

/** A program with its input. */
export interface LoadedProgram {
  readonly image: MachineImage
  readonly inputBytes: Uint8Array
}

/** Contents of the files that a command names. */
export interface ProgramFiles {
  readonly programBytes: Uint8Array
  readonly inputBytes: Uint8Array
}

/** Reads the ELF file and the input. @throws {FileAccessError} */
export async function readProgram(file: string, options: InputOption): Promise<ProgramFiles> {
  return { programBytes: await readBytes(file, 'the model'), inputBytes: await readInput(options.input) }
}

/** Reads the ELF file and the input, and loads the program. @throws {FileAccessError} and every refusal of the ELF loader. */
export async function loadProgram(file: string, options: InputOption): Promise<LoadedProgram> {
  const { programBytes, inputBytes } = await readProgram(file, options)
  return { image: loadElf(programBytes), inputBytes }
}

async function readInput(path: string | undefined): Promise<Uint8Array> {
  if (path === undefined) return new Uint8Array(0)
  return await readFile(path).catch((cause: unknown) => {
    throw new FileAccessError({ path, purpose: 'the input', cause })
  })
}

/** A machine at the start of the program, its input slot filled. @throws {SlotOverflowError} the input is too large. */
export function startMachine(program: LoadedProgram, executor: ExecutorName): Machine {
  const { image, inputBytes } = program
  const slot = encodeSlot(inputBytes, image.input.height)
  const machine = EXECUTORS[executor](image)
  machine.memory.write(image.input.address, slot)
  return machine
}

/** Runs to the halt or `maxSteps`, letting signals in between; writes a line of progress to standard error now and then. */
export async function runMachine(
  context: CliContext,
  p: { machine: Machine; maxSteps: number; isQuiet: boolean },
): Promise<number> {
  const { machine, maxSteps } = p
  let steps = 0
  let lastReport = performance.now()
  for (;;) {
    steps += machine.run(Math.min(SLICE_STEPS, maxSteps - steps))
    if (machine.isHalted || steps >= maxSteps) return steps
    await nextTurn()
    context.signal.throwIfAborted()
    if (p.isQuiet || performance.now() - lastReport < 2_000) continue
    lastReport = performance.now()
    context.writeError(`${(steps / 1e9).toFixed(1)} billion instructions\n`)
  }
}

/** The Merkle tree over a machine's present memory; takes the machine's list of dirty pages since its start. */
export function memoryTreeOf(image: MachineImage, machine: Machine): MemoryTree {
  const tree = new MemoryTree(image.segments)
  tree.updatePages(machine.memory, machine.memory.takeDirtyPages())
  return tree
}
