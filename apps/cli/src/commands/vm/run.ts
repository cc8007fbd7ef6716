import { bytesToHex } from 'opml/core'
import { HaltPc, haltName, loadElf, readTaskFinal, stateHash } from 'opml/vm'
import { baseCommand } from '../../baseCommand.ts'
import type { CommandFactory } from '../../context.ts'
import { writeResult } from '../../context.ts'
import { NegativeOutcomeError } from '../../exitCodes.ts'
import {
  maxStepsOf,
  memoryTreeOf,
  readProgram,
  runMachine,
  startMachine,
  withExecutor,
  withProgram,
} from './vmProgram.ts'
import type { ExecutorName, ProgramOptions } from './vmProgram.ts'

/** How a run stands: ended by `exit`, ended by a trap, or stopped by `--max-steps`. */
type RunStatus = 'exited' | 'trapped' | 'running'

function statusOf(pc: number): RunStatus {
  if (haltName(pc) === undefined) return 'running'
  return pc === HaltPc.exit ? 'exited' : 'trapped'
}

/** Longer outputs are cut for people; scripts get all of it. */
function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}… (${(text.length - 2) / 2} bytes)` : text
}

/** `opml vm run FILE`: executes a program and says where it ended. */
export const vmRunCommand: CommandFactory = (context) =>
  withExecutor(
    withProgram(
      baseCommand('run', {
        summary: 'execute a program and print its state hash',
        example: 'opml vm run models/mnist-int8.elf --input models/digits/7.bin --json',
      }),
    ),
  ).action(async (file: string, options: ProgramOptions & { executor: ExecutorName }) => {
    const maxSteps = maxStepsOf(options)
    const { programBytes, inputBytes } = await readProgram(file, options)
    // From the bytes of the two files to the end of the run: parsing, a new machine, translation, execution.
    const start = performance.now()
    const program = { image: loadElf(programBytes), inputBytes }
    const machine = startMachine(program, options.executor)
    const steps = await runMachine(context, { machine, maxSteps, isQuiet: options.json === true })
    const seconds = (performance.now() - start) / 1000
    const tree = memoryTreeOf(program.image, machine)
    const [pc] = machine.registers
    const { output } = program.image
    const status = statusOf(pc ?? 0)
    const final = readTaskFinal(machine, tree, output)
    const json = {
      status,
      exitCode: status === 'exited' ? machine.registers[10] : null,
      trap: status === 'trapped' ? haltName(pc ?? 0) : null,
      steps,
      stateHash: bytesToHex(stateHash(machine.registers, tree.root())),
      outputHash: bytesToHex(tree.proveSubtree(output.address, output.height).node),
      output: final.output === null ? null : bytesToHex(final.output),
      seconds,
    }
    const ending = { exited: `exit code ${json.exitCode}`, trapped: `trap: ${json.trap}`, running: 'still running' }
    writeResult(context, {
      isJson: options.json === true,
      json,
      text: [
        `${ending[status]} after ${steps} instructions, ${seconds.toFixed(3)} s`,
        `state hash   ${json.stateHash}`,
        `output hash  ${json.outputHash}`,
        `output       ${shortened(json.output ?? (status === 'running' ? 'none yet' : 'none: the result is FAILED'))}`,
      ].join('\n'),
    })
    if (status === 'trapped' || (status === 'exited' && json.exitCode !== 0))
      throw new NegativeOutcomeError({
        message: `The program ended with ${ending[status]}.`,
        suggestion: 'Its result is FAILED. Run "opml vm prove" with the last step to see the instruction.',
      })
  })
