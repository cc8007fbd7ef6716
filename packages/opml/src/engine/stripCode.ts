import { type Dtype, dtypeInfo } from '../graph/dtype.ts'
import type { MicroOp } from '../graph/node.ts'
import { numElements } from '../graph/shape.ts'
import { Op } from '../vm/translator/wasm.ts'
import { Simd, type SimdFunction, SimdWriter } from './simdWriter.ts'
import { ARITHMETIC, COMPARISON, SHIFT } from './stripOps.ts'
import { type Load, loadOf, type StripMember, type Walk, walkOf } from './stripWalk.ts'

/** Elements of a vector. */
const WIDTH = 4
const NAN_WORD = 0x7fc00000
const STORABLE: readonly Dtype[] = ['f32', 'i32', 'u32', 'i16', 'i8', 'u8']
const LOADABLE: readonly Dtype[] = [...STORABLE, 'bool']
/** Parameters, then words: element, 4 times that, end of the strip, of the row, the row's number, elements left of it. */
const LOCAL = { first: 0, count: 1, acc: 2, at: 3, bytes: 4, end: 5, rowEnd: 6, row: 7, rest: 8 } as const
const [NUM_PARAMETERS, FIRST_POINTER] = [3, 9]

/** Greatest shift of a requantisation: spec/01 §3. */
const MAX_SCALE_BITS = 62
const OTHER = ['load', 'acc', 'f32.const', 'i32.const', 'f32.select', 'i32.select']

/** The bits that a micro-op shifts by; undefined where they are not known. */
function knownShift({ name, sources, imm }: MicroOp, microOps: readonly MicroOp[]): number | undefined {
  if (name in SHIFT) return sources[1] === 'imm' && imm >= 0 && imm < 32 ? imm : undefined
  const shift = microOps[sources[2] as number]
  return shift?.name === 'i32.const' ? Math.min(shift.imm >>> 0, MAX_SCALE_BITS) : undefined
}

/**
 * A function `(first, count, acc)` that runs the micro-ops of all members on elements `first` to `first + count − 1`, whose values the
 * head's kernel hands over at `acc`, and stores what is stored; undefined where a micro-op, a dtype or a walk over an operand is one of
 * those that kernels/engine/strip.c alone knows. Each micro-op is one instruction or two, as it is there, so that the bits are the same;
 * between them values stay in registers.
 */
export function stripFunction(members: readonly StripMember[]): SimdFunction | undefined {
  if (!members.every(isSupported)) return undefined
  const walks: Walk[] = []
  for (const member of members) {
    const walk = walkOf(member)
    if (walk === undefined) return undefined
    walks.push(walk)
  }
  const lengths = new Set(walks.map(({ rowLength }) => rowLength).filter((length) => length !== 0))
  if (lengths.size > 1) return undefined
  const [rowLength = 0] = lengths
  return new StripFunction(members, walks, rowLength).encode()
}

function isSupported({ node }: StripMember): boolean {
  const isKnown = (op: MicroOp) => {
    const { name, sources } = op
    if (name in SHIFT || name === 'i32.requantize') return knownShift(op, node.microOps) !== undefined
    if (!(name in ARITHMETIC) && !(name in COMPARISON) && !OTHER.includes(name)) return false
    return name !== 'load' || LOADABLE.includes(node.operands[sources[0] as number]?.dtype as Dtype)
  }
  return STORABLE.includes(node.dtype) && numElements(node.shape) > 0 && node.microOps.every(isKnown)
}

/** A micro-op of a member, with the locals of what all elements share, or those of a row. */
interface Step {
  readonly op: MicroOp
  readonly dtype: Dtype
  readonly load: Load | undefined
  /** Bits of a shift or a requantisation. */
  readonly bits: number
  /** Local of the value, where it is not computed for each vector. */
  kept?: number
  /** Local of the address of a load along rows. */
  pointer?: number
}

class StripFunction {
  readonly #members: readonly (StripMember & { readonly steps: readonly Step[] })[]
  readonly #rowLength: number
  readonly #out = new SimdWriter()
  readonly #nan: number
  #numVectors = 1

  constructor(members: readonly StripMember[], walks: readonly Walk[], rowLength: number) {
    this.#rowLength = rowLength
    this.#members = members.map((member, i) => ({ ...member, steps: stepsOf(member, walks[i] as Walk) }))
    let numPointers = 0
    for (const step of this.#steps()) if (isAlongRows(step)) step.pointer = FIRST_POINTER + numPointers++
    this.#nan = FIRST_POINTER + numPointers
  }

  encode(): SimdFunction {
    const out = this.#out
    this.#begin()
    out.open(Op.loop)
    this.#beginRow()
    out.open(Op.block)
    out.open(Op.loop)
    this.#word(LOCAL.rest, () => this.#get(LOCAL.rowEnd, LOCAL.at, Op.i32Sub))
    out.indexed(Op.localGet, LOCAL.rest)
    out.i32(WIDTH)
    out.op(Op.i32LtU)
    out.indexed(Op.brIf, 1)
    this.#vector(true)
    this.#word(LOCAL.at, () => this.#getAnd(LOCAL.at, WIDTH, Op.i32Add))
    out.indexed(Op.br, 0)
    out.op(Op.end)
    out.op(Op.end)
    out.indexed(Op.localGet, LOCAL.rest)
    out.open(Op.if)
    this.#vector(false)
    out.op(Op.end)
    if (this.#rowLength !== 0) this.#nextRow()
    out.op(Op.end)
    return { numWordLocals: this.#nan - NUM_PARAMETERS, numVectorLocals: this.#numVectors, code: out.view() }
  }

  #begin(): void {
    const out = this.#out
    out.words(NAN_WORD)
    out.indexed(Op.localSet, this.#nan)
    this.#word(LOCAL.at, () => out.indexed(Op.localGet, LOCAL.first))
    this.#word(LOCAL.end, () => this.#get(LOCAL.first, LOCAL.count, Op.i32Add))
    this.#word(LOCAL.acc, () => {
      out.indexed(Op.localGet, LOCAL.acc)
      this.#getAnd(LOCAL.first, 2, Op.i32Shl)
      out.op(Op.i32Sub)
    })
    if (this.#rowLength !== 0) this.#word(LOCAL.row, () => this.#getAnd(LOCAL.first, this.#rowLength, Op.i32DivU))
    for (const step of this.#steps()) {
      const { op, load } = step
      if (load?.kind === 'fixed') step.kept = this.#value(() => this.#splat(step.dtype, () => out.i32(load.address)))
      if (op.name.endsWith('.const')) step.kept = this.#value(() => out.words(op.imm))
    }
  }

  /** Bounds the row by its end and the strip's, and fetches what its elements share. */
  #beginRow(): void {
    const out = this.#out
    this.#word(LOCAL.rowEnd, () => out.indexed(Op.localGet, LOCAL.end))
    if (this.#rowLength === 0) return
    this.#word(LOCAL.rest, () => {
      this.#getAnd(LOCAL.row, this.#rowLength, Op.i32Mul)
      out.i32(this.#rowLength)
      out.op(Op.i32Add)
    })
    this.#get(LOCAL.rest, LOCAL.end, Op.i32LtU)
    out.open(Op.if)
    this.#word(LOCAL.rowEnd, () => out.indexed(Op.localGet, LOCAL.rest))
    out.op(Op.end)
    for (const step of this.#steps()) {
      const { load } = step
      if (load?.kind !== 'row') continue
      const pointer = () => {
        this.#getAnd(LOCAL.row, load.rowBytes, Op.i32Mul)
        out.i32(load.address)
        out.op(Op.i32Add)
      }
      if (step.pointer !== undefined) this.#word(step.pointer, pointer)
      else step.kept = this.#value(() => this.#splat(step.dtype, pointer))
    }
  }

  #nextRow(): void {
    this.#word(LOCAL.at, () => this.#out.indexed(Op.localGet, LOCAL.rowEnd))
    this.#word(LOCAL.row, () => this.#getAnd(LOCAL.row, 1, Op.i32Add))
    this.#get(LOCAL.at, LOCAL.end, Op.i32LtU)
    this.#out.indexed(Op.brIf, 0)
  }

  /** All members on the elements from `at` on: four, or `rest` of them. */
  #vector(isFull: boolean): void {
    this.#word(LOCAL.bytes, () => this.#getAnd(LOCAL.at, 2, Op.i32Shl))
    const results: number[] = []
    for (const { node, steps, out: address } of this.#members) {
      const values: number[] = []
      if (steps.length === 0) values.push(this.#value(() => this.#pushAcc()))
      for (const step of steps) values.push(step.kept ?? this.#value(() => this.#microOp(step, { values, results })))
      const last = values.at(-1) as number
      if (address !== 0) this.#store(node.dtype, { address, value: last, isFull })
      results.push(dtypeInfo(node.dtype).bytes < 4 ? this.#value(() => this.#asStored(node.dtype, last)) : last)
    }
  }

  #microOp(step: Step, { values, results }: { values: readonly number[]; results: readonly number[] }): void {
    const out = this.#out
    const { op } = step
    if (op.name === 'acc') return this.#pushAcc()
    if (op.name === 'load') return this.#pushLoad(step, results)
    const push = (source: number | 'imm' | undefined) =>
      source === 'imm' ? out.words(op.imm) : out.indexed(Op.localGet, values[source as number] as number)
    if (op.name.endsWith('.select')) {
      push(op.sources[2])
      push(op.sources[1])
      push(op.sources[0])
      out.words(0)
      out.simd(Simd.i32Eq)
      out.simd(Simd.bitselect)
      return
    }
    if (op.name in SHIFT) {
      push(op.sources[0])
      out.i32(step.bits)
      return out.simd(SHIFT[op.name] as number)
    }
    if (op.name === 'i32.requantize') {
      const [acc, by] = [values[op.sources[0] as number] as number, values[op.sources[1] as number] as number]
      return this.#requantize(acc, by, step.bits)
    }
    for (const source of op.sources) push(source)
    if (op.name in ARITHMETIC) return out.simd(ARITHMETIC[op.name] as number)
    out.simd(COMPARISON[op.name] as number)
    out.words(1)
    out.simd(Simd.and)
  }

  /**
   * spec/01 §3: the nearest whole number to acc · by ÷ 2^bits, ties to even, saturated. With p the product and h its half a unit,
   * that is (p + h − 1 + the last bit of p >> bits) >> bits; the sum is below 2^63, since p is at most 2^62. Of it, 32 bits or more
   * leave the high word alone. Fewer are shifted without a sign, which processors lack for 64 bits: 2^63 is added before, so that the
   * high word is 2^(31 − bits) too great.
   */
  #requantize(acc: number, by: number, bits: number): void {
    const out = this.#out
    const isHigh = bits >= 32
    const halves = [Simd.i64ExtmulLow, Simd.i64ExtmulHigh].map((multiply) => {
      const product = this.#value(() => {
        out.indexed(Op.localGet, acc)
        out.indexed(Op.localGet, by)
        out.simd(multiply)
      })
      if (bits === 0) return product
      return this.#value(() => {
        out.indexed(Op.localGet, product)
        out.i32(bits)
        out.simd(Simd.i64ShrU)
        out.wides(1n)
        out.simd(Simd.and)
        out.indexed(Op.localGet, product)
        out.simd(Simd.i64Add)
        out.wides((1n << BigInt(bits - 1)) - 1n + (isHigh ? 0n : 1n << 63n))
        out.simd(Simd.i64Add)
        if (isHigh) return
        out.i32(bits)
        out.simd(Simd.i64ShrU)
      })
    })
    const pushWords = (word: number) => {
      for (const half of halves) out.indexed(Op.localGet, half)
      out.everySecondWord(word)
    }
    if (isHigh) {
      pushWords(1)
      out.i32(bits - 32)
      return out.simd(Simd.i32ShrS)
    }
    const low = this.#value(() => pushWords(0))
    const high = this.#value(() => {
      pushWords(1)
      if (bits === 0) return
      out.words(-(2 ** (31 - bits)))
      out.simd(Simd.i32Add)
    })
    const sign = (local: number) => {
      out.indexed(Op.localGet, local)
      out.i32(31)
      out.simd(Simd.i32ShrS)
    }
    out.indexed(Op.localGet, low)
    sign(high)
    out.words(0x7fffffff)
    out.simd(Simd.xor)
    out.indexed(Op.localGet, high)
    sign(low)
    out.simd(Simd.i32Eq)
    out.simd(Simd.bitselect)
  }

  #pushAcc(): void {
    this.#get(LOCAL.acc, LOCAL.bytes, Op.i32Add)
    this.#out.simdMemory(Simd.load, 0)
  }

  #pushLoad({ dtype, load, pointer }: Step, results: readonly number[]): void {
    const out = this.#out
    // INVARIANT: a load has a way to its elements.
    if (load === undefined) throw new TypeError('A load has no walk.')
    if (load.kind === 'chained') return out.indexed(Op.localGet, results[load.member] as number)
    const { bytes } = dtypeInfo(dtype)
    this.#pushIndex(bytes)
    if (pointer !== undefined) {
      out.indexed(Op.localGet, pointer)
      out.op(Op.i32Add)
    }
    const offset = pointer === undefined ? load.address : 0
    if (bytes === 4) return out.simdMemory(Simd.load, offset)
    if (bytes === 1) {
      out.simdMemory(Simd.load32Zero, offset)
      out.simd(dtype === 'i8' ? Simd.i16ExtendLowI8S : Simd.i16ExtendLowI8U)
    } else out.simdMemory(Simd.load64Zero, offset)
    out.simd(dtype === 'i8' || dtype === 'i16' ? Simd.i32ExtendLowI16S : Simd.i32ExtendLowI16U)
  }

  /** Bytes before element `at`. */
  #pushIndex(elementBytes: number): void {
    if (elementBytes === 2) this.#getAnd(LOCAL.at, 1, Op.i32Shl)
    else this.#out.indexed(Op.localGet, elementBytes === 1 ? LOCAL.at : LOCAL.bytes)
  }

  #store(dtype: Dtype, { address, value, isFull }: { address: number; value: number; isFull: boolean }): void {
    const out = this.#out
    const size = dtypeInfo(dtype).bytes
    const local = this.#value(() => {
      out.indexed(Op.localGet, value)
      if (dtype === 'i32' || dtype === 'u32') return
      out.indexed(Op.localGet, size === 4 ? this.#nan : value)
      if (size !== 4) return out.lowBytes(size)
      out.indexed(Op.localGet, value)
      out.indexed(Op.localGet, value)
      out.simd(Simd.f32Eq)
      out.simd(Simd.bitselect)
    })
    const storeAt = (opcode: number, lane?: number) => {
      this.#pushIndex(size)
      out.indexed(Op.localGet, local)
      out.simdMemory(opcode, address + (lane ?? 0) * size, lane)
    }
    if (isFull) return size === 4 ? storeAt(Simd.store) : storeAt(size === 1 ? Simd.store32Lane : Simd.store64Lane, 0)
    const storeOne = { 1: Simd.store8Lane, 2: Simd.store16Lane, 4: Simd.store32Lane }[size as 1 | 2 | 4]
    for (let lane = 0; lane < WIDTH - 1; lane++) {
      this.#getAnd(LOCAL.rest, lane, Op.i32GtU)
      out.open(Op.if)
      storeAt(storeOne, lane)
      out.op(Op.end)
    }
  }

  /** A value of 8 or 16 bits as followers load it from memory. */
  #asStored(dtype: Dtype, value: number): void {
    const unused = 32 - 8 * dtypeInfo(dtype).bytes
    this.#out.indexed(Op.localGet, value)
    this.#out.i32(unused)
    this.#out.simd(Simd.i32Shl)
    this.#out.i32(unused)
    this.#out.simd(dtype === 'i8' || dtype === 'i16' ? Simd.i32ShrS : Simd.i32ShrU)
  }

  /** Four times the element at an address. */
  #splat(dtype: Dtype, pushAddress: () => void): void {
    pushAddress()
    const { bytes } = dtypeInfo(dtype)
    if (bytes === 4) return this.#out.simdMemory(Simd.load32Splat, 0)
    if (bytes === 2) this.#out.memory(Op.i32Load16S, 0, 0)
    else this.#out.memory(dtype === 'i8' ? Op.i32Load8S : Op.i32Load8U, 0, 0)
    this.#out.simd(Simd.i32Splat)
  }

  #steps(): Step[] {
    return this.#members.flatMap(({ steps }) => steps)
  }

  /** A new vector local with what `push` leaves. */
  #value(push: () => void): number {
    push()
    const local = this.#nan + this.#numVectors++
    this.#out.indexed(Op.localSet, local)
    return local
  }

  #word(local: number, push: () => void): void {
    push()
    this.#out.indexed(Op.localSet, local)
  }

  #get(a: number, b: number, opcode: number): void {
    this.#out.indexed(Op.localGet, a)
    this.#out.indexed(Op.localGet, b)
    this.#out.op(opcode)
  }

  #getAnd(a: number, constant: number, opcode: number): void {
    this.#out.indexed(Op.localGet, a)
    this.#out.i32(constant)
    this.#out.op(opcode)
  }
}

function isAlongRows({ load }: Step): boolean {
  return load?.kind === 'row' && load.isAlong
}

function stepsOf(member: StripMember, walk: Walk): Step[] {
  return member.node.microOps.map((op) => ({
    op,
    dtype: (op.name === 'load' ? member.node.operands[op.sources[0] as number]?.dtype : undefined) ?? member.node.dtype,
    load: op.name === 'load' ? loadOf(member, walk, op) : undefined,
    bits: knownShift(op, member.node.microOps) ?? 0,
  }))
}
