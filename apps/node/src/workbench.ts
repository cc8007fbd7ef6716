import type { TaskView } from 'opml/chain'
import { bytesToHex, hexToBytes, slotCapacityBytes, slotRoot } from 'opml/core'
import type { Bytes32, Hex } from 'opml/core'
import type { TraceProvider } from 'opml/dispute'
import { TaskNotComputableError } from './errors.ts'
import { createMachine, createTrace } from './machineTrace.ts'
import type { KnownModel } from './modelLibrary.ts'
import { runProgram } from './runProgram.ts'

/** The answer to a task. */
export interface Answer {
  readonly result: Bytes32
  /** Output bytes; null for FAILED. */
  readonly output: Hex | null
  /** False when bytes behind the output's length are not zero: it can be defended, but nobody can post it (spec/04 §6). */
  readonly isDeliverable: boolean
}

/** Where answers and histories of tasks come from. An honest role computes them; a liar of the tests makes them up. */
export interface Workbench {
  /** @throws {TaskNotComputableError} when the task cannot be answered here. */
  answer(model: KnownModel, task: TaskView): Promise<Answer>
  /** The level 0 trace of a task. May be called again and again; the history does not change. */
  trace(model: KnownModel, task: TaskView): Promise<TraceProvider>
  /** Lets go of what is kept for a task that is over. */
  forget(taskId: Bytes32): void
}

/** Limits of an honest workbench. */
export interface ComputingWorkbenchOptions {
  readonly maxSteps?: number
  readonly signal?: AbortSignal
}

/** Answers by running the model. */
export class ComputingWorkbench implements Workbench {
  private readonly options: ComputingWorkbenchOptions
  private readonly traces = new Map<Bytes32, TraceProvider>()

  constructor(options: ComputingWorkbenchOptions = {}) {
    this.options = options
  }

  async answer(model: KnownModel, task: TaskView): Promise<Answer> {
    const input = checkedInput(model, task)
    const { coarseHeight, fineHeight } = model.description.model
    const { maxSteps, signal } = this.options
    const run = await runProgram({
      image: model.image,
      input,
      stepsHeight: coarseHeight + fineHeight,
      createMachine,
      ...(maxSteps === undefined ? {} : { maxSteps }),
      ...(signal === undefined ? {} : { signal }),
    })
    return { result: run.result, output: run.output, isDeliverable: run.isDeliverable }
  }

  async trace(model: KnownModel, task: TaskView): Promise<TraceProvider> {
    const known = this.traces.get(task.taskId)
    if (known !== undefined) return known
    const { coarseHeight, fineHeight } = model.description.model
    const trace = createTrace({ image: model.image, input: checkedInput(model, task), coarseHeight, fineHeight })
    this.traces.set(task.taskId, trace)
    return trace
  }

  forget(taskId: Bytes32): void {
    this.traces.delete(taskId)
  }
}

/**
 * The input bytes of a task, checked against the root that the chain computed.
 *
 * @throws {TaskNotComputableError} when the bytes are elsewhere, or do not have that root.
 */
export function checkedInput(model: KnownModel, task: TaskView): Uint8Array {
  if (task.inputElsewhere)
    throw new TaskNotComputableError({ taskId: task.taskId, problem: 'its input bytes are not on the chain' })
  const { height } = model.image.input
  // Checked before the bytes are made: what an endpoint shows must not fill the memory.
  if ((task.input.length - 2) / 2 > slotCapacityBytes(height))
    throw new TaskNotComputableError({ taskId: task.taskId, problem: 'its input does not fit the model' })
  try {
    const input = hexToBytes(task.input)
    const root = bytesToHex(slotRoot(input, height))
    if (root === task.inputRoot) return input
    throw new TaskNotComputableError({ taskId: task.taskId, problem: `its input has the root ${root}` })
  } catch (cause) {
    if (cause instanceof TaskNotComputableError) throw cause
    throw new TaskNotComputableError({ taskId: task.taskId, problem: 'its input does not fit the model', cause })
  }
}
