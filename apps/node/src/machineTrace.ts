import { MachineTraceProvider } from 'opml/trace'
import { taskRun, Translator } from 'opml/vm'
import type { Machine, MachineImage, MachineStart, TaskFinal, TraceFault } from 'opml/vm'

/** The fast executor. */
export function createMachine(start: MachineStart): Machine {
  return new Translator(start)
}

/** What a level 0 trace is of. */
export interface TraceRun {
  readonly image: MachineImage
  readonly input: Uint8Array
  readonly coarseHeight: number
  readonly fineHeight: number
  /** Lies of a dishonest party; none in an honest trace. */
  readonly faults?: readonly TraceFault[]
}

/** The history of a run on the fast executor; the event loop gets its turn while a long one is made. */
export function createTrace({ image, input, ...levels }: TraceRun): MachineTraceProvider<TaskFinal> {
  return new MachineTraceProvider({
    ...levels,
    run: taskRun(image, input),
    createMachine,
    pause: nextTurn,
  })
}

/** Lets the event loop do what waits: signals, timers, sockets. */
export async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
