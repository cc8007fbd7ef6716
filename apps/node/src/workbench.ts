import type { TaskView } from 'opml/chain'
import { bytesToHex, concatBytes } from 'opml/core'
import type { Bytes32, Hex } from 'opml/core'
import type { TraceProvider } from 'opml/dispute'
import { splitTensors } from 'opml/graph'
import { OPERATOR_TABLE } from 'opml/ops'
import { ProgramTraceProvider, programResult } from 'opml/trace'
import type { ContentStore } from './contentStore.ts'
import { createMachine, createTrace, nextTurn } from './machineTrace.ts'
import type { KnownMachineModel, KnownModel, KnownProgramModel } from './modelLibrary.ts'
import { ProgramRuns } from './programRuns.ts'
import { runProgram } from './runProgram.ts'
import { taskInput } from './taskInput.ts'

/** The answer to a task. */
export interface Answer {
  readonly result: Bytes32
  /** Output bytes, of a tensor program one output after the other; null for FAILED. */
  readonly output: Hex | null
  /** False when bytes behind the output's length are not zero: it can be defended, but nobody can post it (spec/04 §6). */
  readonly isDeliverable: boolean
}

/** Where answers and histories of tasks come from. An honest role computes them; a liar of the tests makes them up. */
export interface Workbench {
  /**
   * @throws {TaskNotComputableError} when the task cannot be answered here.
   * @throws retryable errors when its input may be had later.
   */
  answer(model: KnownModel, task: TaskView): Promise<Answer>
  /** The outermost trace of a task. May be called again and again; the history does not change. */
  trace(model: KnownModel, task: TaskView): Promise<TraceProvider>
  /** Lets go of what is kept for a task that is over. */
  forget(taskId: Bytes32): void
  /** Gives memory and threads back. */
  close(): void
}

/** Limits of an honest workbench. */
export interface ComputingWorkbenchOptions {
  /** Of a machine program. */
  readonly maxSteps?: number
  /** Where inputs are that are not on the chain; without one such tasks are left alone. */
  readonly store?: ContentStore
  readonly signal?: AbortSignal
}

/** Answers by running the model. */
export class ComputingWorkbench implements Workbench {
  private readonly options: ComputingWorkbenchOptions
  private readonly traces = new Map<Bytes32, TraceProvider>()
  private readonly runs = new ProgramRuns()

  constructor(options: ComputingWorkbenchOptions = {}) {
    this.options = options
  }

  async answer(model: KnownModel, task: TaskView): Promise<Answer> {
    const input = await this.input(model, task)
    if (model.kind === 'machine') return await machineAnswer(model, input, this.options)
    const inputs = splitTensors(input, model.program.inputs)
    return programAnswer(model, await this.runs.outputs(model, inputs, this.options.signal))
  }

  async trace(model: KnownModel, task: TaskView): Promise<TraceProvider> {
    const known = this.traces.get(task.taskId)
    if (known !== undefined) return known
    const input = await this.input(model, task)
    const trace = model.kind === 'machine' ? machineTrace(model, input) : this.programTrace(model, input)
    this.traces.set(task.taskId, trace)
    return trace
  }

  forget(taskId: Bytes32): void {
    this.traces.delete(taskId)
  }

  close(): void {
    this.traces.clear()
    this.runs.close()
  }

  private async input(model: KnownModel, task: TaskView): Promise<Uint8Array> {
    const { store = null, signal } = this.options
    return await taskInput(model, task, { store, ...(signal && { signal }) })
  }

  private programTrace(model: KnownProgramModel, input: Uint8Array): ProgramTraceProvider {
    const inputs = splitTensors(input, model.program.inputs)
    return programTraceOf(model, { inputs, run: this.runs.traced(model, inputs, this.options.signal) })
  }
}

async function machineAnswer(
  { image, description }: KnownMachineModel,
  input: Uint8Array,
  { maxSteps, signal }: ComputingWorkbenchOptions,
): Promise<Answer> {
  const { coarseHeight, fineHeight } = description.model
  const run = await runProgram({
    image,
    input,
    stepsHeight: coarseHeight + fineHeight,
    createMachine,
    ...(maxSteps === undefined ? {} : { maxSteps }),
    ...(signal === undefined ? {} : { signal }),
  })
  return { result: run.result, output: run.output, isDeliverable: run.isDeliverable }
}

function machineTrace({ image, description }: KnownMachineModel, input: Uint8Array): TraceProvider {
  const { coarseHeight, fineHeight } = description.model
  return createTrace({ image, input, coarseHeight, fineHeight })
}

/** The answer that these outputs of a tensor program are. */
export function programAnswer({ model }: Pick<KnownProgramModel, 'model'>, outputs: readonly Uint8Array[]): Answer {
  const result = bytesToHex(programResult(outputs, model.blockHeight))
  return { result, output: bytesToHex(concatBytes(outputs)), isDeliverable: true }
}

/** The history of a run of a tensor program; the fast machine computes a block in dispute. */
export function programTraceOf(
  { program, model, constants, constantRoots, guest }: KnownProgramModel,
  p: Pick<ConstructorParameters<typeof ProgramTraceProvider>[0], 'inputs' | 'run'>,
): ProgramTraceProvider {
  return new ProgramTraceProvider({
    program,
    model,
    constants,
    constantRoots,
    guest,
    operators: OPERATOR_TABLE,
    createMachine,
    pause: nextTurn,
    ...p,
  })
}
