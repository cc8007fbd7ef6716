import { Translator } from 'opml/vm'
import type { Machine, MachineImage } from 'opml/vm'
import type { TraceFactory } from './workbench.ts'

/** The fast executor. */
export function createMachine(image: MachineImage): Machine {
  return new Translator(image)
}

export const createTrace: TraceFactory = async () => {
  throw new Error('x')
}
