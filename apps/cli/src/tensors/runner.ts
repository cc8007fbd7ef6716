import { PortableExecutor, PortableKernels } from 'opml/engine'
import type { Program } from 'opml/graph'
import { OPERATOR_TABLE } from 'opml/ops'

/** Runs a program: inputs and outputs as dense little-endian bytes, in the program's order. */
export type Run = (inputs: readonly Uint8Array[]) => Promise<Uint8Array[]>

/** The executor that commands use; all give the same bits. */
export function openRunner(program: Program, constants: readonly Uint8Array[]): Run {
  const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
  return (inputs) => Promise.resolve(executor.run(program, { constants, inputs }))
}
