import type { Instruction } from '../decode.ts'
import { RESERVED_START } from './layout.ts'

/** Accesses further apart than this do not share a check. */
const MAX_SPAN_BYTES = 4096

/** Register that points to the stack; its loads and stores share one check. */
const STACK_POINTER = 2

/** Stores of a group from which on the first and the last page are marked at once. */
const MIN_SHARED_MARK = 3

/**
 * Loads and stores of one block whose addresses differ by constants.
 *
 * One check before the first of them shows that all are aligned and in range: x = register `base` + `baseOffset` must be a
 * multiple of `width`, and [x, x + span) must lie where each access may go.
 */
export interface AccessGroup {
  /** Bytes, the largest of the group: x is a multiple of it. */
  readonly width: number
  /** True when x must not lie below CODE_END. */
  readonly isStore: boolean
  /** x = register `base` + `baseOffset` as the registers are before the first access. */
  readonly base: number
  readonly baseOffset: number
  readonly span: number
  readonly numAccesses: number
  /** Offsets from x of the first and the last byte stored when one marking serves all stores, else undefined. */
  readonly sharedMark: { readonly first: number; readonly last: number } | undefined
}

/** How an access is compiled. */
export type Access =
  /** The address is a known constant and the access cannot trap. */
  | { readonly kind: 'constant'; readonly address: number }
  /** At x + `offset`; the group's check comes before its first access. */
  | { readonly kind: 'grouped'; readonly group: AccessGroup; readonly isFirst: boolean; readonly offset: number }

interface Member {
  readonly index: number
  readonly total: number
  readonly width: number
  readonly isStore: boolean
}

interface Draft {
  readonly base: number
  /** Delta of the base register before the first access. */
  readonly baseDelta: number
  readonly members: Member[]
  /** Total offset of a member of the largest width. */
  reference: number
  width: number
}

/** Bytes that a load or store accesses, by mnemonic. */
export const ACCESS_BYTES: ReadonlyMap<string, 1 | 2 | 4> = new Map([
  ['lb', 1],
  ['lbu', 1],
  ['lh', 2],
  ['lhu', 2],
  ['lw', 4],
  ['sb', 1],
  ['sh', 2],
  ['sw', 4],
])

const modulo = (a: number, n: number): number => ((a % n) + n) % n

/** Follows register values through a block as root + delta; root 0 is the constant 0. */
class SymbolicRegisters {
  readonly roots = new Int32Array(32).map((_, i) => i)
  readonly deltas = new Float64Array(32)
  #numRoots = 32

  /** Accounts for `instruction` at `pc`. */
  execute({ row, rd, rs1, imm }: Instruction, pc: number): void {
    if (rd === 0) return
    const { mnemonic } = row
    if (mnemonic === 'addi') this.#set(rd, this.roots[rs1], this.deltas[rs1] + imm)
    else if (mnemonic === 'lui') this.#set(rd, 0, imm)
    else if (mnemonic === 'auipc') this.#set(rd, 0, pc + imm)
    else this.#set(rd, this.#numRoots++, 0)
  }

  #set(rd: number, root: number, delta: number): void {
    // Far from the root nothing is shared any more, and sums must stay small.
    const isNear = root === 0 || Math.abs(delta) < 2 ** 20
    this.roots[rd] = isNear ? root : this.#numRoots++
    this.deltas[rd] = root === 0 ? delta >>> 0 : isNear ? delta : 0
  }
}

function fits(draft: Draft, { total, width }: Member): boolean {
  for (const member of draft.members) if (Math.abs(member.total - total) > MAX_SPAN_BYTES - 4) return false
  if (width <= draft.width) return modulo(total - draft.reference, width) === 0
  return draft.members.every((member) => modulo(member.total - total, member.width) === 0)
}

function finish(draft: Draft): AccessGroup & { readonly low: number } {
  const { members, width, base, baseDelta } = draft
  let low = Math.min(...members.map((member) => member.total))
  low -= modulo(low - draft.reference, width)
  // A check of the register itself saves an addition; offsets are free.
  if (low > baseDelta && low - baseDelta < 2048 && (low - baseDelta) % width === 0) low = baseDelta
  const span = Math.max(...members.map((member) => member.total + member.width)) - low
  const stores = members.filter((member) => member.isStore)
  const first = Math.min(...stores.map((store) => store.total)) - low
  const last = Math.max(...stores.map((store) => store.total + store.width)) - low - 1
  const sharedMark = stores.length >= MIN_SHARED_MARK && last - first < 4096 ? { first, last } : undefined
  const isStore = stores.length > 0
  return { width, isStore, base, baseOffset: low - baseDelta, span, numAccesses: members.length, sharedMark, low }
}

function constantAccess(address: number, width: number, isStore: boolean, codeEnd: number): Access | undefined {
  if (address % width !== 0 || address >= RESERVED_START || (isStore && address < codeEnd)) return undefined
  return { kind: 'constant', address }
}

/**
 * Plans the loads and stores of a block, by index of the instruction.
 *
 * @param pc - address of the block's first instruction
 */
export function planAccesses(instructions: readonly Instruction[], pc: number, codeEnd: number): Map<number, Access> {
  const plan = new Map<number, Access>()
  const registers = new SymbolicRegisters()
  const drafts: Draft[] = []
  const latest = new Map<number, Draft>()
  instructions.forEach((instruction, index) => {
    const width = ACCESS_BYTES.get(instruction.row.mnemonic)
    if (width !== undefined) {
      const base = instruction.rs1
      const root = registers.roots[base]
      const delta = registers.deltas[base]
      const isStore = instruction.row.format === 'S'
      const member = { index, total: delta + instruction.imm, width, isStore }
      const constant = root === 0 ? constantAccess(member.total >>> 0, width, isStore, codeEnd) : undefined
      if (constant !== undefined) plan.set(index, constant)
      else {
        const key = 2 * root + (base === STACK_POINTER || isStore ? 1 : 0)
        const draft = latest.get(key)
        if (draft !== undefined && fits(draft, member)) {
          draft.members.push(member)
          if (width > draft.width) {
            draft.width = width
            draft.reference = member.total
          }
        } else {
          const fresh = { base, baseDelta: delta, members: [member], reference: member.total, width }
          drafts.push(fresh)
          latest.set(key, fresh)
        }
      }
    }
    registers.execute(instruction, pc + 4 * index)
  })
  for (const draft of drafts) addGroup(plan, draft)
  return plan
}

function addGroup(plan: Map<number, Access>, draft: Draft): void {
  const { low, ...group } = finish(draft)
  draft.members.forEach((member, i) => {
    plan.set(member.index, { kind: 'grouped', group, isFirst: i === 0, offset: member.total - low })
  })
}
