import { bytesEqual } from 'opml/core'
import { KIND } from 'opml/dispute'
import type { TraceProvider } from 'opml/dispute'
import { OPERATOR_TABLE } from 'opml/ops'
import { MachineTraceProvider, type NodeRun, ProgramTraceProvider, nodeTracedRun, runNode } from 'opml/trace'
import type { ProgramRun, ReplayableRun } from 'opml/trace'
import type { TraceFault } from 'opml/vm'
import { createMachine, nextTurn } from './machineTrace.ts'
import type { KnownProgramModel } from './modelLibrary.ts'

/**
 * How a liar runs the machine for a block in dispute: so that it comes to the block of its history, as it is, or wrong on the way to
 * what is right.
 */
export type MachineLie = 'to the claimed block' | 'none' | 'on the way'

const BLOCK_BYTES = 128
/** No part of a node's memory (spec/04 §4): between the descriptor and operand a. */
const UNUSED_ADDRESS = 0x2000_0000

/** A liar's history of a tensor program: any run, and below it a run of the machine that fits. For tests and demonstrations alone. */
export class LyingProgramTrace extends ProgramTraceProvider {
  readonly #known: KnownProgramModel
  readonly #machineLie: MachineLie

  constructor(
    known: KnownProgramModel,
    p: { inputs: readonly Uint8Array[]; run: ProgramRun | ReplayableRun; machineLie: MachineLie },
  ) {
    const { program, model, constants, constantRoots, guest } = known
    const { inputs, run } = p
    super({
      program,
      model,
      constants,
      constantRoots,
      guest,
      inputs,
      run,
      operators: OPERATOR_TABLE,
      createMachine,
      pause: nextTurn,
    })
    this.#known = known
    this.#machineLie = p.machineLie
  }

  override async inner(position: bigint): Promise<TraceProvider | null> {
    const { judgement } = await this.claim.judge(position)
    if (judgement.kind === 'rule') return null
    const { guest, model } = this.#known
    const faults = this.#faults(judgement.run, await this.#claimedBlock(position))
    return new MachineTraceProvider({
      kind: KIND.block,
      run: nodeTracedRun(guest, judgement.run),
      coarseHeight: model.coarseHeight,
      fineHeight: model.fineHeight,
      createMachine,
      pause: nextTurn,
      faults,
    })
  }

  async #claimedBlock(position: bigint): Promise<Uint8Array> {
    const { trace } = this.claim
    const place = trace.place(position)
    const bytes = await trace.outputBytes(place.position, place.node)
    const block = new Uint8Array(BLOCK_BYTES)
    block.set(bytes.subarray(place.block * BLOCK_BYTES, (place.block + 1) * BLOCK_BYTES))
    return block
  }

  #faults(run: NodeRun, claimed: Uint8Array): TraceFault[] {
    if (this.#machineLie === 'none') return []
    const { guest, model } = this.#known
    const maxSteps = 2 ** (model.coarseHeight + model.fineHeight)
    const { steps, block } = runNode(guest, run, { createMachine, maxSteps })
    if (this.#machineLie === 'on the way')
      return [
        {
          afterStep: Math.ceil(steps / 2),
          apply: ({ memory }) => memory.write(UNUSED_ADDRESS, Uint8Array.of(1)),
        },
      ]
    if (bytesEqual(block, claimed)) return []
    // The last instruction is the `ecall` that ends the run: the false state is the one before it.
    return [{ afterStep: steps - 1, apply: ({ memory }) => memory.write(guest.outputBlockAddress, claimed) }]
  }
}
