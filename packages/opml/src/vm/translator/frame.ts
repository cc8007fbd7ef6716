import type { Block } from './region.ts'

/** How deep calls are copied into a region. */
export const MAX_FRAME_DEPTH = 4

/** What a call leaves behind: where the callee is expected to return to, and in which register it finds that. */
export interface CallSite {
  readonly callee: number
  readonly returnPc: number
  readonly linkRegister: number
  readonly caller: Frame
}

/**
 * One copy of guest code inside a region: the region's own function (no call site), or a callee copied to one place of call.
 *
 * A copy knows the address it will most likely return to, so its return becomes a comparison and a branch.
 */
export class Frame {
  readonly call: CallSite | undefined
  readonly depth: number
  /** Pcs of this copy that begin a block. */
  readonly leaders = new Set<number>()
  /** Pcs of this copy that belong to the region. */
  readonly visited = new Set<number>()
  readonly blocks = new Map<number, Block>()
  /** Frames of the calls made by this copy, by the pc of the call. */
  readonly #callees = new Map<number, Frame>()

  constructor(call?: CallSite) {
    this.call = call
    this.depth = call === undefined ? 0 : call.caller.depth + 1
  }

  /** True when this copy, or one that it was called from, is of the function at `pc`. */
  isInside(pc: number): boolean {
    return this.call !== undefined && (this.call.callee === pc || this.call.caller.isInside(pc))
  }

  /** The copy that the call at `pc` enters, if there is one. */
  calleeAt(pc: number): Frame | undefined {
    return this.#callees.get(pc)
  }

  /** Makes the copy that the call at `pc` enters. */
  enter(pc: number, call: CallSite): Frame {
    const frame = new Frame(call)
    this.#callees.set(pc, frame)
    return frame
  }
}
