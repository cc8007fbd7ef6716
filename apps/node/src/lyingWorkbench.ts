import type { TaskView } from 'opml/chain'
import { bytesToHex } from 'opml/core'
import type { Bytes32 } from 'opml/core'
import type { MachineTraceProvider } from 'opml/trace'
import type { TaskFinal } from 'opml/vm'
import type { Lie } from './liar.ts'
import { createTrace } from './machineTrace.ts'
import type { KnownModel } from './modelLibrary.ts'
import type { Answer, Workbench } from './workbench.ts'
import { checkedInput } from './workbench.ts'

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
    const { coarseHeight, fineHeight } = model.description.model
    const run = { image: model.image, input: checkedInput(model, task) }
    const trace = createTrace({ ...run, coarseHeight, fineHeight, faults: this.lie.faults(run) })
    this.traces.set(task.taskId, trace)
    return trace
  }

  forget(taskId: Bytes32): void {
    this.traces.delete(taskId)
  }
}
