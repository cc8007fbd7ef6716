import { bytesEqual, concatBytes } from '../core/bytes.ts'
import { keccak256 } from '../core/keccak.ts'
import { encodeSlot, slotCapacityBytes, SLOT_LENGTH_BYTES, slotRoot } from '../core/merkleSlot.ts'
import { BLOCK_BYTES } from '../core/merkleZero.ts'
import type { Machine, MachineImage, MemorySegment, Slot } from './machine.ts'
import { InputSlotNotEmptyError } from './machineTraceErrors.ts'
import type { MemoryTree } from './memoryTree.ts'
import { HaltPc } from './state.ts'
import { encodeState } from './stateHash.ts'
import type { RunFinal, TracedRun } from './tracedRun.ts'

/** `FAILED`: the result of a run without an output (spec/03 §6). */
export const FAILED_RESULT = keccak256(new TextEncoder().encode('opml.result.failed'))

/** What the run of a machine program came to. */
export interface TaskFinal extends RunFinal {
  /** 32 words: pc in the place of x0, then x1 … x31. */
  readonly registers: Uint32Array
  readonly memoryRoot: Uint8Array
  /** The output slot's root, or {@link FAILED_RESULT} (spec/04 §6). */
  readonly outcome: Uint8Array
  /** The output bytes; null when the result is FAILED. */
  readonly output: Uint8Array | null
  /** False when bytes behind the output make its root one that nobody can deliver (spec/04 §6). */
  readonly isDeliverable: boolean
}

/**
 * The run of a machine program for a task: the image with the input in its slot, to the result in the output slot (spec/04 §6).
 *
 * @param input - the task's input bytes.
 * @throws {InputSlotNotEmptyError} the image has data in its input slot.
 * @throws {SlotOverflowError} the input is too long.
 */
export function taskRun(image: MachineImage, input: Uint8Array): TracedRun<TaskFinal> {
  const { segments, entry, codeEnd } = image
  const slot = encodeSlot(input, image.input.height)
  const slotBytes = BLOCK_BYTES * 2 ** image.input.height
  const holdsData = ({ address, bytes }: MemorySegment) =>
    bytes
      .subarray(Math.max(0, image.input.address - address), Math.max(0, image.input.address + slotBytes - address))
      .some((byte) => byte !== 0)
  if (segments.some(holdsData)) throw new InputSlotNotEmptyError(image.input.address)
  return {
    start: { segments: [...segments, { address: image.input.address, bytes: slot }], entry, codeEnd },
    image,
    registers: [],
    startProof: (tree) => concatBytes(tree.proveSubtree(image.input.address, image.input.height).siblings),
    readFinal: (machine, tree) => readTaskFinal(machine, tree, image.output),
  }
}

/** Reads what the last state of a machine program's run stands for; the tree must be up to date with the machine. */
export function readTaskFinal(machine: Machine, tree: MemoryTree, slot: Slot): TaskFinal {
  const registers = machine.registers.slice()
  const state = encodeState(registers, tree.root())
  const common = { registers, memoryRoot: tree.root(), stateHash: keccak256(state) }
  const hasOutput = registers[0] === HaltPc.exit && registers[10] === 0
  if (!hasOutput) return { ...common, outcome: FAILED_RESULT, output: null, isDeliverable: true, proof: state }

  const { node, siblings } = tree.proveSubtree(slot.address, slot.height)
  const firstBlock = machine.memory.read(slot.address, BLOCK_BYTES)
  const inSlot = tree.siblings(slot.address / BLOCK_BYTES, 0, slot.height)
  const proof = concatBytes([state, node, ...siblings, firstBlock, ...inSlot])
  const numBytes = new DataView(firstBlock.buffer, firstBlock.byteOffset).getUint32(0, true)
  if (numBytes > slotCapacityBytes(slot.height)) {
    return { ...common, outcome: FAILED_RESULT, output: null, isDeliverable: true, proof }
  }
  const output = machine.memory.read(slot.address + SLOT_LENGTH_BYTES, numBytes)
  return { ...common, outcome: node, output, isDeliverable: bytesEqual(slotRoot(output, slot.height), node), proof }
}
