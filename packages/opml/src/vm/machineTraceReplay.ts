import { BLOCK_BYTES } from '../core/merkleZero.ts'
import { decode, type Instruction } from './decode.ts'
import { type Machine, type MachineStart, PAGE_BYTES } from './machine.ts'
import type { FaultTarget } from './machineTraceFault.ts'
import type { MemoryReader } from './memoryTree.ts'
import { readSegments } from './memoryTreeSegments.ts'
import type { AccessBytes, StateAccess } from './state.ts'

interface Page {
  readonly bytes: Uint8Array
  readonly view: DataView
}

/** Pages of a machine's memory, copied at first touch, and the blocks written since the last look. */
class OverlayMemory implements MemoryReader {
  readonly changedBlocks = new Set<number>()
  private readonly below: MemoryReader
  private readonly pages = new Map<number, Page>()

  constructor(below: MemoryReader) {
    this.below = below
  }

  page(index: number): Page {
    let page = this.pages.get(index)
    if (page === undefined) {
      const bytes = this.below.read(index * PAGE_BYTES, PAGE_BYTES)
      page = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, PAGE_BYTES) }
      this.pages.set(index, page)
    }
    return page
  }

  read(address: number, length: number): Uint8Array {
    const out = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      const start = (address + done) % PAGE_BYTES
      const part = this.page(Math.floor((address + done) / PAGE_BYTES)).bytes.subarray(start, start + length - done)
      out.set(part, done)
      done += part.length
    }
    return out
  }

  write(address: number, bytes: Uint8Array): void {
    bytes.forEach((byte, i) => {
      this.page(Math.floor((address + i) / PAGE_BYTES)).bytes[(address + i) % PAGE_BYTES] = byte
      this.changedBlocks.add(Math.floor((address + i) / BLOCK_BYTES))
    })
  }
}

/**
 * A copy of a machine's state that the readable `step()` can walk on, with the blocks it writes; the machine stays where it is.
 *
 * Code comes from the image: it is immutable (spec/04 §3).
 */
export class ReplayState implements StateAccess, FaultTarget {
  readonly registers: Uint32Array
  readonly codeEnd: number
  readonly memory: OverlayMemory
  private readonly image: MachineStart
  private readonly code = new Map<number, Instruction | undefined>()

  constructor(machine: Machine, image: MachineStart) {
    this.registers = machine.registers.slice()
    this.codeEnd = machine.codeEnd
    this.memory = new OverlayMemory(machine.memory)
    this.image = image
  }

  fetch(pc: number): Instruction | undefined {
    if (!this.code.has(pc)) this.code.set(pc, this.decodeAt(pc))
    return this.code.get(pc)
  }

  load(address: number, numBytes: AccessBytes): number {
    const { view } = this.memory.page(address >>> 12)
    const offset = address & (PAGE_BYTES - 1)
    if (numBytes === 4) return view.getUint32(offset, true)
    return numBytes === 1 ? view.getUint8(offset) : view.getUint16(offset, true)
  }

  store(address: number, numBytes: AccessBytes, value: number): void {
    const { view } = this.memory.page(address >>> 12)
    const offset = address & (PAGE_BYTES - 1)
    if (numBytes === 4) view.setUint32(offset, value, true)
    else if (numBytes === 1) view.setUint8(offset, value)
    else view.setUint16(offset, value, true)
    this.memory.changedBlocks.add(address >>> 7)
  }

  private decodeAt(pc: number): Instruction | undefined {
    const word = readSegments(this.image.segments, pc, 4)
    return decode(new DataView(word.buffer).getUint32(0, true))
  }
}
