import { MemoryTree, readTaskFinal } from 'opml/vm'
import type { Machine, MachineImage } from 'opml/vm'
import { bytesToHex, encodeSlot } from 'opml/core'
import type { Bytes32, Hex } from 'opml/core'
import { StepLimitError } from './errors.ts'

/** Result of a machine program (spec/04 §6), without any trace. */
export interface ProgramResult {
  readonly result: Bytes32
  /** Output bytes; null when the result is FAILED. */
  readonly output: Hex | null
  /** False when bytes behind the output's length are not zero: nobody can post such a result (spec/04 §6). */
  readonly isDeliverable: boolean
  readonly steps: number
}

/** What {@link runProgram} runs. */
export interface ProgramRun {
  readonly image: MachineImage
  readonly input: Uint8Array
  /** Height of the whole run: `coarseHeight + fineHeight`. */
  readonly stepsHeight: number
  readonly createMachine: (image: MachineImage) => Machine
  /** Refuse to run longer than this many steps. */
  readonly maxSteps?: number
  readonly signal?: AbortSignal
}

/** Steps between two looks at the rest of the process. */
const STEPS_A_TURN = 2 ** 27
/** About a minute of the translator. */
const DEFAULT_MAX_STEPS = 2 ** 37

/**
 * Runs a program on an input to its end and reads the result.
 *
 * @throws {StepLimitError} when it has not halted after `maxSteps` and may still go on.
 * @throws {SlotOverflowError} when the input does not fit its slot.
 */
export async function runProgram(p: ProgramRun): Promise<ProgramResult> {
  const machine = p.createMachine(p.image)
  machine.memory.write(p.image.input.address, encodeSlot(p.input, p.image.input.height))
  const steps = await runToEnd(machine, p)
  const tree = new MemoryTree(p.image.segments)
  tree.updatePages(machine.memory, machine.memory.takeDirtyPages())
  const { outcome, output, isDeliverable } = readTaskFinal(machine, tree, p.image.output)
  return { result: bytesToHex(outcome), output: output === null ? null : bytesToHex(output), isDeliverable, steps }
}

async function runToEnd(machine: Machine, p: ProgramRun): Promise<number> {
  const bound = 2 ** p.stepsHeight
  const maxSteps = Math.min(bound, p.maxSteps ?? DEFAULT_MAX_STEPS)
  let steps = 0
  while (!machine.isHalted && steps < maxSteps) {
    steps += machine.run(Math.min(STEPS_A_TURN, maxSteps - steps))
    await new Promise((resolve) => setImmediate(resolve))
    p.signal?.throwIfAborted()
  }
  if (!machine.isHalted && steps < bound) throw new StepLimitError({ maxSteps })
  return steps
}
