import { bytesEqual, concatBytes } from '../core/bytes.ts'
import { keccak256 } from '../core/keccak.ts'
import { slotCapacityBytes, SLOT_LENGTH_BYTES, slotRoot } from '../core/merkleSlot.ts'
import { BLOCK_BYTES } from '../core/merkleZero.ts'
import type { Machine, Slot } from './machine.ts'
import type { MemoryTree } from './memoryTree.ts'
import { HaltPc } from './state.ts'
import { encodeState } from './stateHash.ts'

/** `FAILED`: the result of a run without an output (spec/03 §6). */
export const FAILED_RESULT = keccak256(new TextEncoder().encode('opml.result.failed'))

/** What a run came to. */
export interface MachineTraceFinal {
  /** 32 words: pc in the place of x0, then x1 … x31. */
  readonly registers: Uint32Array
  readonly memoryRoot: Uint8Array
  readonly stateHash: Uint8Array
  /** The output slot's root, or {@link FAILED_RESULT} (spec/04 §6). */
  readonly result: Uint8Array
  /** The output bytes; null when the result is FAILED. */
  readonly output: Uint8Array | null
  /** False when bytes behind the output make its root one that nobody can deliver (spec/04 §6). */
  readonly isDeliverable: boolean
  /** Packed proof of state and result for the root level's join (spec/07 §2). */
  readonly proof: Uint8Array
}

/** Reads what the final state stands for; the tree must be up to date with the machine. */
export function readFinalState(machine: Machine, tree: MemoryTree, slot: Slot): MachineTraceFinal {
  const registers = machine.registers.slice()
  const state = encodeState(registers, tree.root())
  const common = { registers, memoryRoot: tree.root(), stateHash: keccak256(state) }
  const hasOutput = registers[0] === HaltPc.exit && registers[10] === 0
  if (!hasOutput) return { ...common, result: FAILED_RESULT, output: null, isDeliverable: true, proof: state }

  const { node, siblings } = tree.proveSubtree(slot.address, slot.height)
  const firstBlock = machine.memory.read(slot.address, BLOCK_BYTES)
  const inSlot = tree.siblings(slot.address / BLOCK_BYTES, 0, slot.height)
  const proof = concatBytes([state, node, ...siblings, firstBlock, ...inSlot])
  const numBytes = new DataView(firstBlock.buffer, firstBlock.byteOffset).getUint32(0, true)
  if (numBytes > slotCapacityBytes(slot.height)) {
    return { ...common, result: FAILED_RESULT, output: null, isDeliverable: true, proof }
  }
  const output = machine.memory.read(slot.address + SLOT_LENGTH_BYTES, numBytes)
  return { ...common, result: node, output, isDeliverable: bytesEqual(slotRoot(output, slot.height), node), proof }
}
