import type { Machine } from '../vm/machine.ts'
import { HaltPc } from '../vm/state.ts'
import type { TranslatorStart } from '../vm/translator/translator.ts'
import type { GuestImage } from './guestImage.ts'

/** Addresses of spec/04: descriptor, then operands a, b, c. */
const DESCRIPTOR_ADDRESS = 0x0100_0000
const OPERAND_ADDRESSES = [0x4000_0000, 0x8000_0000, 0xc000_0000]

const A0 = 10
const A1 = 11

/** One run of a guest: which block of which node, from which operands. */
export interface NodeRun {
  /** The 512 bytes of the descriptor. */
  readonly descriptor: Uint8Array
  /** Bytes of a, b, c; an absent one is all zero. */
  readonly operands: readonly (Uint8Array | undefined)[]
  readonly block: number
  /** Step inside the section. */
  readonly step: number
}

/** What a guest came to: its block (zeros unless it exited with 0) and how many steps it took. */
export interface NodeRunResult {
  readonly block: Uint8Array
  readonly steps: number
  readonly isExitZero: boolean
}

/** The machine of a node's run before its first instruction, except for its registers a0 and a1. @see spec/02-program.md §9 */
function nodeMachineStart(guest: GuestImage, run: Pick<NodeRun, 'descriptor' | 'operands'>): TranslatorStart {
  const operands = run.operands.flatMap((bytes, i) =>
    bytes === undefined ? [] : [{ address: OPERAND_ADDRESSES[i], bytes }],
  )
  const descriptor = { address: DESCRIPTOR_ADDRESS, bytes: run.descriptor }
  return { segments: [...guest.segments, descriptor, ...operands], entry: guest.entry, codeEnd: guest.codeEnd }
}

/**
 * Runs a guest to its halt, or for `maxSteps`.
 *
 * @param createMachine - interpreter or translator.
 */
export function runNode(
  guest: GuestImage,
  run: NodeRun,
  p: { createMachine: (start: TranslatorStart) => Machine; maxSteps: number },
): NodeRunResult {
  const machine = p.createMachine(nodeMachineStart(guest, run))
  machine.registers[A0] = run.block
  machine.registers[A1] = run.step
  const steps = machine.run(p.maxSteps)
  const isExitZero = machine.registers[0] === HaltPc.exit && machine.registers[A0] === 0
  return {
    block: isExitZero ? machine.memory.read(guest.outputBlockAddress, 128) : new Uint8Array(128),
    steps,
    isExitZero,
  }
}
