import type { TaskView } from 'opml/chain'
import { bytesToHex } from 'opml/core'
import type { Bytes32 } from 'opml/core'
import type { TraceProvider } from 'opml/dispute'
import { splitTensors } from 'opml/graph'
import type { MachineTraceProvider } from 'opml/trace'
import type { TaskFinal } from 'opml/vm'
import { FaultNotFoundError } from './errors.ts'
import type { FaultInstruction, FaultSpec } from './faultSpec.ts'
import type { Lie } from './liar.ts'
import { LyingProgramTrace } from './lyingProgramTrace.ts'
import { createTrace } from './machineTrace.ts'
import type { KnownMachineModel, KnownModel, KnownProgramModel } from './modelLibrary.ts'
import { type LiedProgramRun, liedRun, strangersRun } from './programLiar.ts'
import { ProgramRuns } from './programRuns.ts'
import { taskInput } from './taskInput.ts'
import type { InputSource } from './taskInput.ts'
import type { Answer, Workbench } from './workbench.ts'
import { programAnswer } from './workbench.ts'

/** Answers with the outcome of a history that a lie was built into, and defends that history. For tests and the demonstration only. */
export class LyingWorkbench implements Workbench {
  private readonly lie: Lie
  private readonly traces = new Map<Bytes32, MachineTraceProvider<TaskFinal>>()

  constructor(lie: Lie) {
    this.lie = lie
  }

  async answer(model: KnownModel, task: TaskView): Promise<Answer> {
    const provider = await this.trace(model, task)
    const result = await provider.outcome()
    const { output } = provider.trace.final()
    return { result, output: output === null ? null : bytesToHex(output), isDeliverable: true }
  }

  async trace(model: KnownModel, task: TaskView): Promise<MachineTraceProvider<TaskFinal>> {
    const known = this.traces.get(task.taskId)
    if (known !== undefined) return known
    const { image, description } = asMachine(model)
    const { coarseHeight, fineHeight } = description.model
    const run = { image, input: await taskInput(model, task, { store: null }) }
    const trace = createTrace({ ...run, coarseHeight, fineHeight, faults: this.lie.faults(run) })
    this.traces.set(task.taskId, trace)
    return trace
  }

  forget(taskId: Bytes32): void {
    this.traces.delete(taskId)
  }

  close(): void {
    this.traces.clear()
  }
}

/** A lie about tensor programs: a fault in the history, or a stranger's wrong run of the machine below the right history. */
export type ProgramLie = FaultSpec | { readonly kind: 'stranger'; readonly at?: FaultInstruction }

/** As {@link LyingWorkbench}, of tensor programs. */
export class LyingProgramWorkbench implements Workbench {
  private readonly lie: ProgramLie
  private readonly source: InputSource
  private readonly runs = new ProgramRuns()
  private readonly lied = new Map<Bytes32, Promise<{ lied: LiedProgramRun; trace: LyingProgramTrace }>>()

  constructor(lie: ProgramLie, source: InputSource) {
    this.lie = lie
    this.source = source
  }

  async answer(model: KnownModel, task: TaskView): Promise<Answer> {
    const { lied, trace } = await this.lieAbout(asProgram(model), task)
    const posted = programAnswer(asProgram(model), lied.outputs)
    // Garbage behind an output changes the result, and no bytes that could be posted.
    return lied.isSilent ? posted : { ...posted, result: await trace.outcome() }
  }

  async trace(model: KnownModel, task: TaskView): Promise<TraceProvider> {
    return (await this.lieAbout(asProgram(model), task)).trace
  }

  forget(taskId: Bytes32): void {
    this.lied.delete(taskId)
  }

  close(): void {
    this.lied.clear()
    this.runs.close()
  }

  private lieAbout(
    model: KnownProgramModel,
    task: TaskView,
  ): Promise<{ lied: LiedProgramRun; trace: LyingProgramTrace }> {
    let known = this.lied.get(task.taskId)
    if (known === undefined) {
      known = this.makeLie(model, task)
      this.lied.set(task.taskId, known)
    }
    return known
  }

  private async makeLie(
    model: KnownProgramModel,
    task: TaskView,
  ): Promise<{ lied: LiedProgramRun; trace: LyingProgramTrace }> {
    const inputs = splitTensors(await taskInput(model, task, this.source), model.program.inputs)
    const about = { model, inputs, runs: this.runs }
    const lied =
      this.lie.kind === 'stranger'
        ? { ...strangersRun(about), outputs: await this.runs.outputs(model, inputs) }
        : await liedRun(this.lie, about)
    const { run, machineLie } = lied
    return { lied, trace: new LyingProgramTrace(model, { inputs, run, machineLie, at: this.lie.at }) }
  }
}

/** The workbench of a liar; `source` is where a tensor program's inputs are that are not on the chain. */
export function lyingWorkbench(lie: Lie | ProgramLie, source: InputSource = { store: null }): Workbench {
  return 'faults' in lie ? new LyingWorkbench(lie) : new LyingProgramWorkbench(lie, source)
}

function asMachine(model: KnownModel): KnownMachineModel {
  if (model.kind === 'machine') return model
  throw new FaultNotFoundError({ what: 'machine program in a bundle' })
}

function asProgram(model: KnownModel): KnownProgramModel {
  if (model.kind === 'program') return model
  throw new FaultNotFoundError({ what: 'tensor program in an ELF file' })
}
