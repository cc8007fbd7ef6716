import type { Instruction } from '../decode.ts'
import { type CallSite, Frame, MAX_FRAME_DEPTH } from './frame.ts'

/** Where control goes: to a block of the region, out of it with a new pc, or not at all because the jump would trap. */
export type Edge =
  | { readonly kind: 'block'; readonly block: Block }
  | { readonly kind: 'leave'; readonly pc: number }
  | { readonly kind: 'trap' }

/** How a block ends. Its last instruction takes part except in `jump` to the next instruction and in `stop`. */
export type Terminator =
  | { readonly kind: 'jump'; readonly to: Edge }
  | { readonly kind: 'branch'; readonly taken: Edge; readonly notTaken: Edge }
  /** `jalr`: to one of the guessed pcs, otherwise out of the region. */
  | { readonly kind: 'indirect'; readonly guesses: readonly { readonly pc: number; readonly to: Edge }[] }
  /** The instruction after the block is left to the interpreter. */
  | { readonly kind: 'stop' }

/** Instructions that are executed one after another. */
export interface Block {
  readonly pc: number
  readonly instructions: readonly Instruction[]
  terminator: Terminator
}

/** Guest code that is compiled to one WebAssembly function, entered at `entry.pc`. */
export interface Region {
  readonly entry: Block
  /** Number of instructions, copies counted. */
  readonly numInstructions: number
}

/** What the search for a region reads. */
export interface RegionSource {
  readonly codeEnd: number
  /** The instruction at `pc`, a multiple of 4 below `codeEnd`; undefined when it is illegal. */
  fetch(pc: number): Instruction | undefined
  /** True when a region is entered at `pc`. */
  isCompiled(pc: number): boolean
}

/** Bounds of a region. */
interface RegionLimits {
  /** Instructions of a region, copies of callees counted. */
  readonly maxInstructions: number
  /** Instructions of a function that is copied to its places of call; 0 copies none. */
  readonly maxCallee: number
  /** Instructions of all copies of one function; those nearest to the entry come first. */
  readonly maxCopies: number
  /** Ends the region where another one begins, so that no code is compiled twice. */
  readonly stopsAtRegions: boolean
}

/** Longest run of instructions without a place to stop. */
export const MAX_BLOCK = 128

const MAX_RETURN_GUESSES = 4

const CONTROL = new Set(['jal', 'jalr', 'beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu', 'ecall', 'ebreak'])

/** A place in a copy. */
interface Place {
  readonly pc: number
  readonly frame: Frame
}

/** Where an instruction that ends a block leads, before blocks exist. */
type Targets =
  | { readonly kind: 'jump'; readonly to: Place }
  | { readonly kind: 'branch'; readonly taken: Place; readonly notTaken: Place }
  | { readonly kind: 'indirect'; readonly guesses: readonly Place[] }
  | { readonly kind: 'stop' }

/** Finds the code that is reachable from one pc, callees copied in, and cuts it into blocks. */
class RegionBuilder {
  readonly #source: RegionSource
  readonly #limits: RegionLimits
  readonly #root = new Frame()
  readonly #entryPc: number
  readonly #queue: Place[] = []
  /** What makes the contents of blocks that exist but are empty yet; a list instead of recursion. */
  readonly #unfilled: (() => void)[] = []
  /** Return addresses of calls of the region's own entry. */
  readonly #recursionReturns: number[] = []
  readonly #calleeSizes = new Map<number, number>()
  /** Instructions of the copies of each callee so far. */
  readonly #copied = new Map<number, number>()
  numInstructions = 0

  constructor(source: RegionSource, entryPc: number, limits: RegionLimits) {
    this.#source = source
    this.#entryPc = entryPc
    this.#limits = limits
    this.#lead({ pc: entryPc, frame: this.#root })
  }

  get #isFull(): boolean {
    return this.numInstructions >= this.#limits.maxInstructions
  }

  /** The region; undefined when there is no legal instruction at its entry. */
  build(): Region | undefined {
    for (let place = this.#queue.shift(); place !== undefined; place = this.#queue.shift()) this.#explore(place)
    const entry = this.#block({ pc: this.#entryPc, frame: this.#root })
    for (let next = this.#unfilled.pop(); next !== undefined; next = this.#unfilled.pop()) next()
    return entry && { entry, numInstructions: this.numInstructions }
  }

  #isCode(pc: number): boolean {
    return (pc & 3) === 0 && pc < this.#source.codeEnd
  }

  /** Makes `place` begin a block. */
  #lead({ pc, frame }: Place): void {
    if (!this.#isCode(pc) || frame.leaders.has(pc) || this.#isOther(pc)) return
    frame.leaders.add(pc)
    if (!frame.visited.has(pc)) this.#queue.push({ pc, frame })
  }

  #isOther(pc: number): boolean {
    return this.#limits.stopsAtRegions && pc !== this.#entryPc && this.#source.isCompiled(pc)
  }

  /** Follows straight-line code from a leader. */
  #explore(start: Place): void {
    const { frame } = start
    let previous: Instruction | undefined
    for (let pc = start.pc; ; pc += 4) {
      if (!this.#isCode(pc) || this.#isFull || this.#isOther(pc)) return
      if (frame.visited.has(pc)) {
        frame.leaders.add(pc)
        return
      }
      const instruction = this.#source.fetch(pc)
      if (instruction === undefined) return
      frame.visited.add(pc)
      this.numInstructions++
      if (CONTROL.has(instruction.row.mnemonic)) {
        for (const place of successors(this.#targets(pc, frame, instruction, previous))) this.#lead(place)
        return
      }
      previous = instruction
    }
  }

  /** `previous` is the instruction before, when control can only come from it. */
  #targets(pc: number, frame: Frame, instruction: Instruction, previous: Instruction | undefined): Targets {
    const { mnemonic } = instruction.row
    if (mnemonic === 'ecall' || mnemonic === 'ebreak') return { kind: 'stop' }
    if (mnemonic === 'jal') return { kind: 'jump', to: this.#transfer(pc, frame, instruction.rd, pc + instruction.imm) }
    if (mnemonic !== 'jalr') {
      const taken = { pc: (pc + instruction.imm) >>> 0, frame }
      return { kind: 'branch', taken, notTaken: { pc: pc + 4, frame } }
    }
    const target = farTarget(pc, instruction, previous)
    if (target !== undefined) return { kind: 'jump', to: this.#transfer(pc, frame, instruction.rd, target) }
    return { kind: 'indirect', guesses: this.#returns(frame, instruction) }
  }

  /** Target of a direct jump or call; a short callee is entered as a copy. */
  #transfer(pc: number, frame: Frame, rd: number, target: number): Place {
    const callee = target >>> 0
    const returnPc = pc + 4
    if (rd === 0) return { pc: callee, frame }
    if (callee === this.#entryPc && frame === this.#root) {
      if (!this.#recursionReturns.includes(returnPc)) this.#recursionReturns.push(returnPc)
      this.#lead({ pc: returnPc, frame })
      return { pc: callee, frame }
    }
    const copy = frame.calleeAt(pc) ?? this.#copy(pc, { callee, returnPc, linkRegister: rd, caller: frame })
    return { pc: callee, frame: copy ?? OUTSIDE }
  }

  /** A copy of a callee for one place of call; undefined when it is called as it is, outside of the region. */
  #copy(pc: number, call: CallSite): Frame | undefined {
    const { callee, caller } = call
    if (!this.#isCopied(callee, caller) || !this.#isCode(call.returnPc)) return undefined
    const copied = (this.#copied.get(callee) ?? 0) + this.#calleeSize(callee)
    if (copied > this.#limits.maxCopies) return undefined
    this.#copied.set(callee, copied)
    return caller.enter(pc, call)
  }

  #isCopied(callee: number, frame: Frame): boolean {
    if (!this.#isCode(callee) || frame.depth >= MAX_FRAME_DEPTH || frame.isInside(callee)) return false
    if (callee === this.#entryPc) return false
    return this.#calleeSize(callee) <= this.#limits.maxCallee
  }

  /** Where `jalr` probably goes, when it is a return. */
  #returns(frame: Frame, { rd, rs1, imm }: Instruction): Place[] {
    if (rd !== 0 || imm !== 0) return []
    const { call } = frame
    if (call !== undefined) return call.linkRegister === rs1 ? [{ pc: call.returnPc, frame: call.caller }] : []
    if (rs1 !== 1) return []
    return this.#recursionReturns.slice(0, MAX_RETURN_GUESSES).map((pc) => ({ pc, frame }))
  }

  /** Instructions of the function at `pc`, calls stepped over; counting stops above the limit. */
  #calleeSize(pc: number): number {
    let size = this.#calleeSizes.get(pc)
    if (size === undefined) {
      size = countReachable(this.#source, pc, this.#limits.maxCallee + 1)
      this.#calleeSizes.set(pc, size)
    }
    return size
  }

  /** Going to the next instruction: never a trap of the instruction before, at the code bound neither. */
  #next(place: Place): Edge {
    const block = this.#block(place)
    return block === undefined ? { kind: 'leave', pc: place.pc } : { kind: 'block', block }
  }

  /** A jump, which traps where it stands when there is no code at its target. */
  #jump(place: Place): Edge {
    if (!this.#isCode(place.pc)) return { kind: 'trap' }
    return place.frame === OUTSIDE ? { kind: 'leave', pc: place.pc } : this.#next(place)
  }

  /** The block at `place`; undefined when the region does not reach so far. It is filled later. */
  #block({ pc, frame }: Place): Block | undefined {
    const known = frame.blocks.get(pc)
    if (known !== undefined) return known
    if (!frame.visited.has(pc)) return undefined
    const instructions: Instruction[] = []
    const block: Block = { pc, instructions, terminator: { kind: 'stop' } }
    frame.blocks.set(pc, block)
    this.#unfilled.push(() => {
      block.terminator = this.#fill(pc, frame, instructions)
    })
    return block
  }

  #fill(start: number, frame: Frame, instructions: Instruction[]): Terminator {
    let previous: Instruction | undefined
    for (let pc = start; ; pc += 4) {
      const isNext = pc !== start && (frame.leaders.has(pc) || instructions.length >= MAX_BLOCK)
      if (isNext) return { kind: 'jump', to: this.#next({ pc, frame }) }
      if (!frame.visited.has(pc))
        return this.#fetchable(pc) ? { kind: 'jump', to: { kind: 'leave', pc } } : { kind: 'stop' }
      const instruction = this.#source.fetch(pc)
      if (instruction === undefined) return { kind: 'stop' }
      if (CONTROL.has(instruction.row.mnemonic)) return this.#end(pc, frame, instructions, instruction, previous)
      instructions.push(instruction)
      previous = instruction
    }
  }

  #fetchable(pc: number): boolean {
    return this.#isCode(pc) && this.#source.fetch(pc) !== undefined
  }

  #end(
    pc: number,
    frame: Frame,
    instructions: Instruction[],
    instruction: Instruction,
    previous: Instruction | undefined,
  ): Terminator {
    const targets = this.#targets(pc, frame, instruction, previous)
    if (targets.kind === 'stop') return targets
    instructions.push(instruction)
    switch (targets.kind) {
      case 'jump':
        return { kind: 'jump', to: this.#jump(targets.to) }
      case 'branch':
        return { kind: 'branch', taken: this.#jump(targets.taken), notTaken: this.#next(targets.notTaken) }
      case 'indirect':
        return { kind: 'indirect', guesses: targets.guesses.map((p) => ({ pc: p.pc, to: this.#jump(p) })) }
    }
  }
}

/** The frame of code that is not part of the region. */
const OUTSIDE = new Frame()

function successors(targets: Targets): readonly Place[] {
  switch (targets.kind) {
    case 'jump':
      return targets.to.frame === OUTSIDE ? [] : [targets.to]
    case 'branch':
      return [targets.notTaken, targets.taken]
    case 'indirect':
      return targets.guesses
    case 'stop':
      return []
  }
}

/** Target of `auipc rX, a; jalr rd, b(rX)`, which is how far calls are written; `previous` stands before the jump. */
export function farTarget(pc: number, jalr: Instruction, previous: Instruction | undefined): number | undefined {
  if (previous?.row.mnemonic !== 'auipc' || previous.rd !== jalr.rs1 || previous.rd === 0) return undefined
  return ((pc - 4 + previous.imm + jalr.imm) & ~1) >>> 0
}

/** Number of instructions reachable from `pc` without entering calls, at most `limit`. */
function countReachable(source: RegionSource, pc: number, limit: number): number {
  const seen = new Set<number>()
  const pending = [pc]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    let previous: Instruction | undefined
    while ((at & 3) === 0 && at < source.codeEnd && !seen.has(at)) {
      const instruction = source.fetch(at)
      if (instruction === undefined) break
      if (seen.size >= limit) return limit
      seen.add(at)
      const { mnemonic, format } = instruction.row
      if (format === 'B') pending.push((at + instruction.imm) >>> 0)
      if (mnemonic === 'ecall' || mnemonic === 'ebreak') break
      const isJump = mnemonic === 'jal' || mnemonic === 'jalr'
      if (isJump && instruction.rd === 0) {
        const target = mnemonic === 'jal' ? (at + instruction.imm) >>> 0 : farTarget(at, instruction, previous)
        if (target !== undefined) pending.push(target)
        break
      }
      previous = instruction
      at += 4
    }
  }
  return seen.size
}

/** How much code goes into one region: little and fast to compile, or all that may run fast together. */
export type Effort = 'quick' | 'thorough'

const LIMITS: Readonly<Record<Effort, RegionLimits>> = {
  quick: { maxInstructions: 160, maxCallee: 0, maxCopies: 0, stopsAtRegions: true },
  thorough: { maxInstructions: 3000, maxCallee: 400, maxCopies: 1500, stopsAtRegions: false },
}

/**
 * The region that is entered at `pc`, a multiple of 4 below `codeEnd`; undefined when nothing there can be compiled.
 *
 * A region holds all code that direct jumps, branches, short calls and their returns reach, up to a limit.
 */
export function findRegion(source: RegionSource, pc: number, effort: Effort): Region | undefined {
  const region = new RegionBuilder(source, pc, LIMITS[effort]).build()
  // A region that begins with a stop would retire nothing.
  return region?.entry.instructions.length === 0 ? undefined : region
}
