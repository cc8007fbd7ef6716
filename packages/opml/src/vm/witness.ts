import { bytesEqual, bytesToHex, concatBytes } from '../core/bytes.ts'
import { HASH_BYTES, keccak256 } from '../core/keccak.ts'
import { rootFromProof } from '../core/merkleProof.ts'
import { BLOCK_BYTES } from '../core/merkleZero.ts'
import { codeHeight } from './codeTree.ts'
import { decode, type Instruction } from './decode.ts'
import { BlockProofError, PrestateMismatchError, WitnessLengthError } from './errors.ts'
import type { GuestMemory, Machine } from './machine.ts'
import { MEMORY_HEIGHT } from './memoryTree.ts'
import type { AccessBytes, StateAccess } from './state.ts'
import { encodeState, REGISTER_BYTES, STATE_BYTES, stateHash } from './stateHash.ts'
import { step } from './step.ts'

/** What the recorder needs of the Merkle tree over a machine's memory. */
export interface MemoryProver {
  /** Root of the height-25 tree over the machine's present memory, 32 bytes. */
  root(): Uint8Array
  /** The 25 sibling hashes of block `blockIndex` (address >>> 7), bottom up, 32 bytes each. */
  proveBlock(blockIndex: number): readonly Uint8Array[]
}

/** What the recorder needs of the tree over the image's code; `CodeTree` is one. */
export interface CodeProver {
  /** The siblings of code block `blockIndex` (pc >>> 7) against `codeRoot`, bottom up, 32 bytes each. */
  proveCodeBlock(blockIndex: number): readonly Uint8Array[]
}

/** Where a witness takes its proofs from. */
export interface WitnessTrees {
  /** Tree of the machine's present memory; `MemoryTree` is one. */
  readonly memory: MemoryProver
  /** Tree of the image's code; it never changes in a run. */
  readonly code: CodeProver
}

function littleEndianAt(block: Uint8Array, address: number, numBytes: AccessBytes): number {
  let value = 0
  for (let i = 0; i < numBytes; i++) value += block[(address % BLOCK_BYTES) + i] * 2 ** (8 * i)
  return value
}

/** Runs a step on copies and notes which blocks it touches. */
class RecordingState implements StateAccess {
  readonly registers: Uint32Array
  readonly codeEnd: number
  codeBlock: number | undefined
  dataBlock: number | undefined
  readonly #memory: GuestMemory

  constructor(machine: Machine) {
    this.registers = machine.registers.slice()
    this.codeEnd = machine.codeEnd
    this.#memory = machine.memory
  }

  fetch(pc: number): Instruction | undefined {
    this.codeBlock = pc >>> 7
    return decode(littleEndianAt(blockAt(this.#memory, this.codeBlock), pc, 4))
  }

  load(address: number, numBytes: AccessBytes): number {
    this.dataBlock = address >>> 7
    return littleEndianAt(blockAt(this.#memory, this.dataBlock), address, numBytes)
  }

  store(address: number): void {
    this.dataBlock = address >>> 7
  }
}

function blockAt(memory: GuestMemory, blockIndex: number): Uint8Array {
  return memory.read(blockIndex * BLOCK_BYTES, BLOCK_BYTES)
}

/**
 * The witness of the machine's next step: everything a contract needs to execute it from the state hash alone.
 * The machine does not move.
 *
 * @param machine - stands before the step; halted is allowed.
 * @returns packed bytes: registers, memory root, then the code block with its siblings and the data block with its siblings,
 *   each only where the step reads it.
 * @see spec/07-encodings.md §1
 */
export function recordStep(machine: Machine, trees: WitnessTrees): Uint8Array {
  const state = new RecordingState(machine)
  step(state)
  const parts: Uint8Array[] = [encodeState(machine.registers, trees.memory.root())]
  const { codeBlock, dataBlock } = state
  if (codeBlock !== undefined) parts.push(blockAt(machine.memory, codeBlock), ...trees.code.proveCodeBlock(codeBlock))
  if (dataBlock !== undefined) parts.push(blockAt(machine.memory, dataBlock), ...trees.memory.proveBlock(dataBlock))
  return concatBytes(parts)
}

/** What {@link replayStep} takes. */
export interface StepReplay {
  /** State hash before the step, 32 bytes. */
  readonly prestateHash: Uint8Array
  /** Packed as spec/07 §1 says. */
  readonly witness: Uint8Array
  /** CODE_END in bytes. */
  readonly codeEnd: number
  /** Root of the code tree, 32 bytes. */
  readonly codeRoot: Uint8Array
}

/** A block with the sibling hashes that lead to its root. */
interface ProvenBlock {
  readonly block: Uint8Array
  readonly siblings: readonly Uint8Array[]
  readonly position: number
}

function rootOf({ block, siblings, position }: ProvenBlock): Uint8Array {
  return rootFromProof({ node: keccak256(block), position, siblings })
}

/** Runs a step on nothing but a witness: each block is checked against its root when the step reads it. */
class ReplayingState implements StateAccess {
  readonly registers = new Uint32Array(32)
  readonly codeEnd: number
  memoryRoot: Uint8Array
  offset = STATE_BYTES
  readonly #witness: Uint8Array
  readonly #codeRoot: Uint8Array

  constructor(replay: StepReplay) {
    this.codeEnd = replay.codeEnd
    this.#witness = replay.witness
    this.#codeRoot = replay.codeRoot
    const view = new DataView(replay.witness.buffer, replay.witness.byteOffset, STATE_BYTES)
    for (let i = 0; i < 32; i++) this.registers[i] = view.getUint32(4 * i, false)
    this.memoryRoot = replay.witness.subarray(REGISTER_BYTES, STATE_BYTES)
  }

  fetch(pc: number): Instruction | undefined {
    const proven = this.#take('code', pc >>> 7, this.#codeRoot)
    return decode(littleEndianAt(proven.block, pc, 4))
  }

  load(address: number, numBytes: AccessBytes): number {
    return littleEndianAt(this.#take('data', address >>> 7, this.memoryRoot).block, address, numBytes)
  }

  store(address: number, numBytes: AccessBytes, value: number): void {
    const { block, siblings, position } = this.#take('data', address >>> 7, this.memoryRoot)
    const changed = block.slice()
    for (let i = 0; i < numBytes; i++) changed[(address % BLOCK_BYTES) + i] = value >>> (8 * i)
    this.memoryRoot = rootOf({ block: changed, siblings, position })
  }

  /** The next block of the witness, proven against `root`. */
  #take(part: 'code' | 'data', blockIndex: number, root: Uint8Array): ProvenBlock {
    const height = part === 'code' ? codeHeight(this.codeEnd) : MEMORY_HEIGHT
    const block = this.#next(BLOCK_BYTES)
    const siblings = Array.from({ length: height }, () => this.#next(HASH_BYTES))
    const proven = { block, siblings, position: blockIndex }
    const actual = rootOf(proven)
    if (!bytesEqual(actual, root))
      throw new BlockProofError({ part, blockIndex, expected: bytesToHex(root), actual: bytesToHex(actual) })
    return proven
  }

  #next(numBytes: number): Uint8Array {
    const end = this.offset + numBytes
    if (end > this.#witness.length)
      throw new WitnessLengthError({ expectedBytes: end, actualBytes: this.#witness.length })
    const part = this.#witness.subarray(this.offset, end)
    this.offset = end
    return part
  }
}

/**
 * The state hash after one step from `prestateHash`, from a witness alone: what the contract computes.
 *
 * @returns 32 bytes.
 * @throws {PrestateMismatchError} the witness is of another state.
 * @throws {BlockProofError} a code or data block is not the committed one.
 * @throws {WitnessLengthError} bytes are missing or left over.
 * @see spec/07-encodings.md §1; spec/04-machine.md §3
 */
export function replayStep(replay: StepReplay): Uint8Array {
  const { witness, prestateHash } = replay
  if (witness.length < STATE_BYTES)
    throw new WitnessLengthError({ expectedBytes: STATE_BYTES, actualBytes: witness.length })
  const actual = keccak256(witness.subarray(0, STATE_BYTES))
  if (!bytesEqual(actual, prestateHash))
    throw new PrestateMismatchError({ expected: bytesToHex(prestateHash), actual: bytesToHex(actual) })
  const state = new ReplayingState(replay)
  step(state)
  if (state.offset !== witness.length)
    throw new WitnessLengthError({ expectedBytes: state.offset, actualBytes: witness.length })
  return stateHash(state.registers, state.memoryRoot)
}
