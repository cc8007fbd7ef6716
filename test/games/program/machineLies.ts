import { bytesEqual } from 'opml/core'
import { KIND } from 'opml/dispute'
import type { TraceProvider } from 'opml/dispute'
import { MachineTraceProvider, nodeTracedRun, runNode } from 'opml/trace'
import type { ProgramTraceProvider } from 'opml/trace'
import { HaltPc } from 'opml/vm'
import type { TraceFault } from 'opml/vm'
import { blockOf } from './history.ts'
import { GUEST } from './programWorld.ts'
import type { ProgramWorld } from './programWorld.ts'

/** What is wrong in a liar's run of the machine about a block. */
export const MACHINE_LIES = [
  /** The block that the liar claims is put in just before the end of the right run. */
  'lastWrite',
  /** The machine halts at some instruction, with the block that the liar claims. */
  'halts',
  /** Nothing: it comes to the right block, whatever the liar claims. */
  'rightRun',
  /** It comes to the right block, with something else in memory that no instruction wrote. */
  'detour',
  /** The same, written after the halt. */
  'afterHalt',
  /** A bit of a register at some instruction, and whatever comes of it. */
  'wild',
] as const

/** A value of {@link MACHINE_LIES}. */
export type MachineLie = (typeof MACHINE_LIES)[number]

/** No part of a node's memory (spec/04 §4): between the descriptor and operand a. */
const UNUSED_ADDRESS = 0x2000_0000
const A0 = 10

/**
 * Runs of the machine below the leaves of a history, false as `machine` says.
 *
 * @param p.seed - where they are false.
 * @param p.falseSteps - gets each run with its first false state, if it stays false from there on.
 */
export function machineRuns(
  world: ProgramWorld,
  p: { history: ProgramTraceProvider; machine: MachineLie; seed: number; falseSteps: Map<TraceProvider, number> },
): (position: bigint) => Promise<TraceProvider | null> {
  const { coarseHeight, fineHeight } = world.model
  const { createMachine } = world
  return async (position) => {
    const { judgement } = await p.history.claim.judge(position)
    if (judgement.kind === 'rule') return null
    const { run } = judgement
    const { trace } = p.history.claim
    const { node, block, position: step } = trace.place(position)
    const claimed = blockOf(await trace.outputBytes(step, node), block)
    const honest = runNode(GUEST, run, { createMachine, maxSteps: 2 ** (coarseHeight + fineHeight) })
    const made = machineFault(p.machine, { claimed, honest, seed: p.seed, maxSteps: 2 ** (coarseHeight + fineHeight) })
    const provider = new MachineTraceProvider({
      kind: KIND.block,
      run: nodeTracedRun(GUEST, run),
      coarseHeight,
      fineHeight,
      createMachine,
      faults: made === null ? [] : [made.fault],
    })
    if (made?.isLasting === true) p.falseSteps.set(provider, made.fault.afterStep)
    return provider
  }
}

/** Null where the run is the right one. `isLasting`: from that step on no state is the right one. */
function machineFault(
  lie: MachineLie,
  p: { claimed: Uint8Array; honest: { block: Uint8Array; steps: number }; seed: number; maxSteps: number },
): { fault: TraceFault; isLasting: boolean } | null {
  const { claimed, honest, seed } = p
  const step = 1 + (seed % honest.steps)
  const leaveMark = ({ memory }: Parameters<TraceFault['apply']>[0]): void =>
    memory.write(UNUSED_ADDRESS, Uint8Array.of(1))
  switch (lie) {
    case 'rightRun':
      return null
    case 'lastWrite': {
      if (bytesEqual(honest.block, claimed)) return null
      // The last instruction is the `ecall` that ends the run.
      const apply: TraceFault['apply'] = ({ memory }) => memory.write(GUEST.outputBlockAddress, claimed)
      return { fault: { afterStep: honest.steps - 1, apply }, isLasting: true }
    }
    case 'halts': {
      const apply: TraceFault['apply'] = ({ registers, memory }) => {
        memory.write(GUEST.outputBlockAddress, claimed)
        registers[0] = HaltPc.exit
        registers[A0] = 0
      }
      return { fault: { afterStep: step, apply }, isLasting: !bytesEqual(honest.block, claimed) }
    }
    case 'detour':
      return { fault: { afterStep: step, apply: leaveMark }, isLasting: true }
    case 'afterHalt':
      if (honest.steps === p.maxSteps) return null
      return {
        fault: { afterStep: Math.min(honest.steps + (seed % 1_000) + 1, p.maxSteps), apply: leaveMark },
        isLasting: true,
      }
    case 'wild': {
      const register = 1 + (seed % 31)
      const apply: TraceFault['apply'] = ({ registers }) => {
        registers[register] ^= 1 << (seed & 31)
      }
      return { fault: { afterStep: step, apply }, isLasting: false }
    }
  }
}
