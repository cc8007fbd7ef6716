import { concatBytes } from '../core/bytes.ts'
import { keccak256 } from '../core/keccak.ts'
import { BLOCK_BYTES, zeroHash } from '../core/merkleZero.ts'
import type { Machine, MachineStart } from '../vm/machine.ts'
import { HaltPc } from '../vm/state.ts'
import { encodeState } from '../vm/stateHash.ts'
import type { TracedRun } from '../vm/tracedRun.ts'
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

/**
 * The run of a guest that computes one block, as its trace sees it: the outcome is the block's leaf, that of a block of zeros if the
 * guest does not exit with 0 (spec/06-dispute.md §3).
 *
 * @see spec/02-program.md §9
 */
export function nodeTracedRun(guest: GuestImage, run: NodeRun): TracedRun {
  return {
    start: nodeMachineStart(guest, run),
    image: guest,
    registers: startRegisters(run),
    startProof: () => new Uint8Array(0),
    readFinal: (machine, tree) => {
      const state = encodeState(machine.registers, tree.root())
      const stateHash = keccak256(state)
      if (!isExitZero(machine)) return { stateHash, outcome: zeroHash(0), proof: state }
      const { node, siblings } = tree.proveSubtree(guest.outputBlockAddress, 0)
      return { stateHash, outcome: node, proof: concatBytes([state, node, ...siblings]) }
    },
  }
}

/**
 * Runs a guest to its halt, or for `maxSteps`.
 *
 * @param createMachine - interpreter or translator.
 */
export function runNode(
  guest: GuestImage,
  run: NodeRun,
  p: { createMachine: (start: MachineStart) => Machine; maxSteps: number },
): NodeRunResult {
  const machine = p.createMachine(nodeMachineStart(guest, run))
  for (const { register, value } of startRegisters(run)) machine.registers[register] = value
  const steps = machine.run(p.maxSteps)
  const block = isExitZero(machine)
    ? machine.memory.read(guest.outputBlockAddress, BLOCK_BYTES)
    : new Uint8Array(BLOCK_BYTES)
  return { block, steps, isExitZero: isExitZero(machine) }
}

function nodeMachineStart(guest: GuestImage, run: NodeRun): MachineStart {
  const operands = run.operands.flatMap((bytes, i) =>
    bytes === undefined ? [] : [{ address: OPERAND_ADDRESSES[i], bytes }],
  )
  const descriptor = { address: DESCRIPTOR_ADDRESS, bytes: run.descriptor }
  return { segments: [...guest.segments, descriptor, ...operands], entry: guest.entry, codeEnd: guest.codeEnd }
}

function startRegisters({ block, step }: NodeRun): { register: number; value: number }[] {
  return [
    { register: A0, value: block },
    { register: A1, value: step },
  ]
}

function isExitZero({ registers }: Machine): boolean {
  return registers[0] === HaltPc.exit && registers[A0] === 0
}
