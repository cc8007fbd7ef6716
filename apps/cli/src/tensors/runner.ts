import { createEngine } from '@opml/node/programEngine'
import type { Program } from 'opml/graph'

/** What a run may be given besides its inputs. */
interface RunOptions {
  readonly signal: AbortSignal
  /** Share that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void
}

/** A program that is ready to run: inputs and outputs as dense little-endian bytes, in the program's order. */
export interface Runner {
  run(inputs: readonly Uint8Array[], options: RunOptions): Promise<Uint8Array[]>
  close(): void
}

/** The executor that commands use; all give the same bits. `numThreads`: the processor's, unless given. */
export function openRunner(p: {
  program: Program
  constants: readonly Uint8Array[]
  numThreads?: number | undefined
}): Runner {
  const engine = createEngine(p.numThreads)
  try {
    const loaded = engine.load(p.program, p.constants)
    return { run: (inputs, options) => loaded.run(inputs, options), close: () => engine.close() }
  } catch (error) {
    engine.close()
    throw error
  }
}
