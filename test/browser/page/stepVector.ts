import { bytesToHex, hexToBytes, keccak256, rootFromProof } from 'opml/core'
import { codeHeight, decode, type Machine, type MemorySegment, stateHash } from 'opml/vm'

/** One entry of a file of vectors/isa; its README fixes the form. */
export interface StepVector {
  readonly name: string
  readonly codeEnd: number
  readonly codeRoot: string
  readonly prestateHash: string
  readonly witness: string
  readonly poststateHash: string
}

/** What machines are made from. */
export interface StepImage {
  readonly segments: readonly MemorySegment[]
  readonly entry: number
  readonly codeEnd: number
}

const BLOCK_BYTES = 128
const HASH_BYTES = 32
const STATE_BYTES = 160
/** `jal x0, 0`: a jump to itself, which leaves the state as it is. */
const JUMP_TO_ITSELF = 0x6f

/** The parts of a vector's witness (spec/07 §1) from which a machine can be set up. */
export class StepSetup {
  readonly registers: Uint32Array
  readonly codeEnd: number
  private readonly segments: MemorySegment[] = []
  private readonly memoryRoot: Uint8Array
  private readonly data: { address: number; siblings: Uint8Array[] } | undefined

  constructor(vector: StepVector) {
    const witness = hexToBytes(vector.witness)
    const view = new DataView(witness.buffer)
    this.registers = Uint32Array.from({ length: 32 }, (_, i) => view.getUint32(4 * i, false))
    this.codeEnd = vector.codeEnd
    this.memoryRoot = witness.slice(BLOCK_BYTES, STATE_BYTES)
    const dataStart = STATE_BYTES + BLOCK_BYTES + HASH_BYTES * codeHeight(vector.codeEnd)
    if (witness.length === STATE_BYTES) return
    const pc = this.registers[0] ?? 0
    this.segments.push({ address: blockOf(pc), bytes: witness.slice(STATE_BYTES, STATE_BYTES + BLOCK_BYTES) })
    if (witness.length === dataStart) return
    const word = view.getUint32(STATE_BYTES + (pc % BLOCK_BYTES), true)
    const { rs1, imm } = decode(word) ?? { rs1: 0, imm: 0 }
    const address = blockOf(((rs1 === 0 ? 0 : (this.registers[rs1] ?? 0)) + imm) >>> 0)
    const siblings: Uint8Array[] = []
    for (let at = dataStart + BLOCK_BYTES; at < witness.length; at += HASH_BYTES)
      siblings.push(witness.slice(at, at + HASH_BYTES))
    this.segments.push({ address, bytes: witness.slice(dataStart, dataStart + BLOCK_BYTES) })
    this.data = { address, siblings }
  }

  /** The state before the step; with a jump to itself at `parkAt` if code can be there and the step is not there itself. */
  machine<T extends Machine>(make: (image: StepImage) => T, parkAt?: number): T {
    const segments = [...this.segments]
    if (parkAt !== undefined && parkAt % 4 === 0 && parkAt < this.codeEnd && parkAt !== this.registers[0])
      segments.push({ address: parkAt, bytes: Uint8Array.of(JUMP_TO_ITSELF, 0, 0, 0) })
    const machine = make({ segments, entry: 0, codeEnd: this.codeEnd })
    machine.registers.set(this.registers)
    return machine
  }

  /** State hash of a machine that made the step: its data block may have changed, nothing else of its memory. */
  hash(machine: Machine): string {
    return bytesToHex(stateHash(machine.registers, this.rootOf(machine)))
  }

  private rootOf({ memory }: Machine): Uint8Array {
    if (this.data === undefined) return this.memoryRoot
    const { address, siblings } = this.data
    const node = keccak256(memory.read(address, BLOCK_BYTES))
    return rootFromProof({ node, position: address / BLOCK_BYTES, siblings })
  }
}

const blockOf = (address: number): number => address - (address % BLOCK_BYTES)
