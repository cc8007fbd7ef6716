import { PAGE_BYTES } from './machine.ts'

/** Contents of one page over time: `bytes[i]` is its content at checkpoints `at[i]` up to the next entry. */
interface PageVersions {
  at: number[]
  bytes: Uint8Array[]
}

/** What the registers of one checkpoint take as an array of their own: measured in Node, a million of them. */
const REGISTERS_BYTES = 560

/**
 * States along a run to re-execute from: registers, and the pages that changed since the checkpoint before.
 *
 * Checkpoint i stands after stride `i · spacing`; checkpoint 0 is the start and holds nothing. When they take more than
 * `maxBytes`, every second checkpoint is dropped and the spacing doubles, so memory stays bounded (by `maxBytes` and the pages
 * of two checkpoints) however long the run is, and a re-execution costs at most `spacing` strides.
 */
export class CheckpointStore {
  private readonly maxBytes: number
  private spacing = 1
  private numBytes = 0
  /** registers[i]: at checkpoint i; entry 0 is unused. */
  private registers: (Uint32Array | undefined)[] = [undefined]
  private readonly versions = new Map<number, PageVersions>()
  /** Pages written since the last checkpoint. */
  private readonly pending = new Set<number>()

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /**
   * Takes note of the state after `stride` strides (1, 2, 3, … in order).
   *
   * @param writtenPages - pages written in that stride.
   * @param readPage - present content of a page; a copy the store may keep.
   */
  record(
    stride: number,
    state: { registers: Uint32Array; writtenPages: Iterable<number>; readPage: (page: number) => Uint8Array },
  ): void {
    for (const page of state.writtenPages) this.pending.add(page)
    if (stride % this.spacing !== 0) return
    const index = this.registers.length
    this.registers.push(state.registers.slice())
    this.numBytes += REGISTERS_BYTES
    for (const page of this.pending) this.addVersion(page, index, state.readPage(page))
    this.pending.clear()
    while (this.numBytes > this.maxBytes && this.registers.length > 2) this.thinOut()
  }

  /** The last checkpoint at or before the state after `stride` strides. */
  indexBefore(stride: number): number {
    return Math.min(this.registers.length - 1, Math.floor(stride / this.spacing))
  }

  /** Strides from the start to checkpoint `index`. */
  strideOf(index: number): number {
    return index * this.spacing
  }

  /** Registers at checkpoint `index`; undefined for the start. */
  registersAt(index: number): Uint32Array | undefined {
    return this.registers[index]
  }

  /** Content of `page` at checkpoint `index`; undefined when it was not written before. Not a copy: do not change it. */
  pageAt(page: number, index: number): Uint8Array | undefined {
    const versions = this.versions.get(page)
    if (versions === undefined) return undefined
    let i = versions.at.length - 1
    while (i >= 0 && versions.at[i] > index) i--
    return i < 0 ? undefined : versions.bytes[i]
  }

  /** Every page that the store has a version of. */
  pages(): Iterable<number> {
    return this.versions.keys()
  }

  private addVersion(page: number, index: number, bytes: Uint8Array): void {
    const versions = this.versions.get(page) ?? { at: [], bytes: [] }
    this.versions.set(page, versions)
    if (versions.at.at(-1) === index) versions.bytes[versions.bytes.length - 1] = bytes
    else {
      versions.at.push(index)
      versions.bytes.push(bytes)
      this.numBytes += PAGE_BYTES
    }
  }

  /** Drops the checkpoints of odd index. A page they had goes to the next one, unless that has a later content. */
  private thinOut(): void {
    this.spacing *= 2
    const numBefore = this.registers.length
    this.registers = this.registers.filter((_, i) => i % 2 === 0)
    this.numBytes -= (numBefore - this.registers.length) * REGISTERS_BYTES
    for (const [page, { at, bytes }] of this.versions) {
      this.versions.set(page, { at: [], bytes: [] })
      this.numBytes -= at.length * PAGE_BYTES
      for (let i = 0; i < at.length; i++) this.addVersion(page, Math.ceil(at[i] / 2), bytes[i])
    }
  }
}
