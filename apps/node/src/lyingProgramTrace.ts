import { bytesEqual } from 'opml/core'
import { KIND } from 'opml/dispute'
import type { TraceProvider } from 'opml/dispute'
import { OPERATOR_TABLE } from 'opml/ops'
import { MachineTraceProvider, type NodeRun, ProgramTraceProvider, nodeTracedRun, runNode } from 'opml/trace'
import type { ProgramRun, ReplayableRun } from 'opml/trace'
import type { TraceFault } from 'opml/vm'
import { FaultNotFoundError } from './errors.ts'
import type { FaultInstruction } from './faultSpec.ts'
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
const EXIT_PC = 0xffff_ff00
const A0 = 10

/** A liar's history of a tensor program: any run, and below it a run of the machine that fits. For tests and demonstrations alone. */
export class LyingProgramTrace extends ProgramTraceProvider {
  readonly #known: KnownProgramModel
  readonly #machineLie: MachineLie
  readonly #at: FaultInstruction

  /** @param p.at - the first instruction of the machine's run behind which the liar has another state; in its middle by default. */
  constructor(
    known: KnownProgramModel,
    p: {
      inputs: readonly Uint8Array[]
      run: ProgramRun | ReplayableRun
      machineLie: MachineLie
      at?: FaultInstruction | undefined
    },
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
    this.#at = p.at ?? { percent: 50 }
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
    const isOnTheWay = this.#machineLie === 'on the way'
    if (!isOnTheWay && bytesEqual(block, claimed)) return []
    const afterStep = instructionNumber(this.#at, steps) + 1
    if (isOnTheWay) return [{ afterStep, apply: ({ memory }) => memory.write(UNUSED_ADDRESS, Uint8Array.of(1)) }]
    // As if this instruction had ended the run, with the claimed block.
    const apply: TraceFault['apply'] = ({ registers, memory }) => {
      memory.write(guest.outputBlockAddress, claimed)
      registers[0] = EXIT_PC
      registers[A0] = 0
    }
    return [{ afterStep, apply }]
  }
}

/** @throws {FaultNotFoundError} past the end of the run. */
function instructionNumber(at: FaultInstruction, numSteps: number): number {
  if ('percent' in at) return Math.min(Math.floor((numSteps * at.percent) / 100), numSteps - 1)
  if (at.number >= numSteps)
    throw new FaultNotFoundError({ what: `instruction ${at.number} in the machine's run of ${numSteps}` })
  return at.number
}
