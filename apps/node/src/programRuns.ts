import type { Bytes32 } from 'opml/core'
import type { Engine, LoadedProgram } from 'opml/engine'
import type { TappedOutput } from 'opml/graph'
import { EngineRun } from 'opml/trace'
import type { ProgramRun, ReplayableRun } from 'opml/trace'
import type { KnownProgramModel } from './modelLibrary.ts'
import { createEngine } from './programEngine.ts'

/**
 * Runs of tensor programs on the engine, each program loaded once. A run gives the event loop its turn between some stages, so that a
 * signal, a timer or a socket does not wait for its end.
 */
export class ProgramRuns {
  readonly #loaded = new Map<Bytes32, LoadedProgram>()
  #engine: Engine | undefined

  /**
   * The program's outputs, in its order.
   *
   * @throws {RunCancelledError} when the signal stops the run.
   */
  async outputs(
    model: KnownProgramModel,
    inputs: readonly Uint8Array[],
    signal: AbortSignal = NEVER,
  ): Promise<Uint8Array[]> {
    return await this.#load(model).run(inputs, { signal })
  }

  /** The run that a trace is made of: hashed by the engine's threads while they compute. */
  traced(model: KnownProgramModel, inputs: readonly Uint8Array[], signal: AbortSignal = NEVER): ReplayableRun {
    return new EngineRun({ loaded: this.#load(model), inputs, signal })
  }

  /** A run that hands out every output in the engine's memory, under its place; every call gives the same bits. */
  tapped(model: KnownProgramModel, inputs: readonly Uint8Array[], signal: AbortSignal = NEVER): ProgramRun {
    return (tap) => tappedRun(this.#load(model), { model, inputs, signal, tap })
  }

  /** Gives the memory of one program back. */
  unload(model: KnownProgramModel): void {
    this.#loaded.get(model.modelId)?.close()
    this.#loaded.delete(model.modelId)
  }

  /** Gives memory and threads back. */
  close(): void {
    this.#engine?.close()
    this.#engine = undefined
    this.#loaded.clear()
  }

  #load(model: KnownProgramModel): LoadedProgram {
    let loaded = this.#loaded.get(model.modelId)
    if (loaded === undefined) {
      this.#engine ??= createEngine()
      loaded = this.#engine.load(model.program, model.constants)
      this.#loaded.set(model.modelId, loaded)
    }
    return loaded
  }
}

/** With a signal the engine pauses between stages, even if nobody aborts it. */
const NEVER = new AbortController().signal

/** Runs a loaded program and hands out every output under its place. */
export async function tappedRun(
  loaded: LoadedProgram,
  p: {
    model: Pick<KnownProgramModel, 'program'>
    inputs: readonly Uint8Array[]
    signal?: AbortSignal
    tap: (output: TappedOutput) => void
  },
): Promise<void> {
  const places = p.model.program.sections.flatMap(({ nodes }, section) => nodes.map((_, node) => ({ section, node })))
  const firstPositions: number[] = []
  let first = 0
  for (const { steps } of p.model.program.sections) {
    firstPositions.push(first)
    first += steps
  }
  await loaded.run(p.inputs, {
    signal: p.signal ?? NEVER,
    tap: ({ step, node, bytes }) => {
      const place = places[node]
      if (place === undefined) throw new RangeError(`The engine told of node ${node}.`)
      p.tap({ position: (firstPositions[place.section] ?? 0) + step, node: place.node, bytes })
    },
  })
}
