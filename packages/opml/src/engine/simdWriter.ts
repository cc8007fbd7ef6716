import { ByteWriter } from '../vm/translator/byteWriter.ts'
import { CodeWriter, Op, Type } from '../vm/translator/wasm.ts'

/** Opcodes of the vector instructions that {@link SimdWriter} emits, behind the prefix 0xfd. */
export const Simd = {
  load: 0,
  load32Splat: 9,
  store: 11,
  const: 12,
  shuffle: 13,
  i32Splat: 17,
  i32Eq: 55,
  f32Eq: 65,
  and: 78,
  xor: 81,
  bitselect: 82,
  store8Lane: 88,
  store16Lane: 89,
  store32Lane: 90,
  store64Lane: 91,
  load32Zero: 92,
  load64Zero: 93,
  i16ExtendLowI8S: 135,
  i16ExtendLowI8U: 137,
  i32ExtendLowI16S: 167,
  i32ExtendLowI16U: 169,
  i32Shl: 171,
  i32ShrS: 172,
  i32ShrU: 173,
  i32Add: 174,
  i64ShrU: 205,
  i64Add: 206,
  i64ExtmulLow: 220,
  i64ExtmulHigh: 221,
} as const

const PREFIX = 0xfd
const VECTOR_TYPE = 0x7b
const LOG2_BYTES: Readonly<Record<number, number>> = {
  [Simd.load]: 4,
  [Simd.store]: 4,
  [Simd.load32Splat]: 2,
  [Simd.load32Zero]: 2,
  [Simd.store32Lane]: 2,
  [Simd.load64Zero]: 3,
  [Simd.store64Lane]: 3,
  [Simd.store16Lane]: 1,
  [Simd.store8Lane]: 0,
}

/** A writer of instructions with those on vectors. */
export class SimdWriter extends CodeWriter {
  /** A vector instruction without immediates. */
  simd(opcode: number): void {
    this.byte(PREFIX)
    this.u32(opcode)
  }

  /** A load or store at the popped address + `offset`, of one lane where it is given. */
  simdMemory(opcode: number, offset: number, lane?: number): void {
    this.simd(opcode)
    this.byte(LOG2_BYTES[opcode] as number)
    this.u32(offset)
    if (lane !== undefined) this.byte(lane)
  }

  /** Pushes four times a word. */
  words(word: number): void {
    this.simd(Simd.const)
    for (let lane = 0; lane < 4; lane++) for (let shift = 0; shift < 32; shift += 8) this.byte((word >>> shift) & 255)
  }

  /** Pushes twice the lowest 64 bits of a number that is not negative. */
  wides(value: bigint): void {
    this.simd(Simd.const)
    for (let lane = 0; lane < 2; lane++)
      for (let shift = 0n; shift < 64n; shift += 8n) this.byte(Number((value >> shift) & 255n))
  }

  /** The lowest one or two bytes of each word of the popped vector, twice popped, side by side in the lowest words. */
  lowBytes(size: number): void {
    this.simd(Simd.shuffle)
    for (let i = 0; i < 16; i++) this.byte(i < 4 * size ? 4 * Math.floor(i / size) + (i % size) : 0)
  }

  /** Words `first` and `first` + 2 of each of the two popped vectors. */
  everySecondWord(first: number): void {
    this.simd(Simd.shuffle)
    for (let word = first; word < 8; word += 2) for (let byte = 0; byte < 4; byte++) this.byte(4 * word + byte)
  }
}

/** One function of {@link functionModule}. */
export interface SimdFunction {
  readonly numWordLocals: number
  readonly numVectorLocals: number
  readonly code: Uint8Array
}

/** What a module of functions without names imports, and where their places in the table are. */
export interface FunctionModuleOptions {
  readonly isShared: boolean
  readonly maximumPages: number
  readonly tableBase: number
}

const SECTION = { type: 1, import: 2, function: 3, element: 9, code: 10 } as const
const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
const NUM_PARAMETERS = 3

/**
 * The binary module of functions of three words without a result. It imports `env.memory` and the table `env.table`, whose entries from
 * `tableBase` on it sets to the functions.
 */
export function functionModule(
  functions: readonly SimdFunction[],
  { isShared, maximumPages, tableBase }: FunctionModuleOptions,
): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter()
  out.bytes(HEADER)
  section(out, SECTION.type, (s) =>
    s.bytes(Uint8Array.of(1, Type.function, NUM_PARAMETERS, Type.i32, Type.i32, Type.i32, 0)),
  )
  section(out, SECTION.import, (s) => {
    s.u32(2)
    importName(s, 'memory')
    s.bytes(Uint8Array.of(2, isShared ? 3 : 1, 0))
    s.u32(maximumPages)
    importName(s, 'table')
    s.bytes(Uint8Array.of(1, Type.funcref, 0, 0))
  })
  section(out, SECTION.function, (s) => {
    s.u32(functions.length)
    for (const _ of functions) s.u32(0)
  })
  section(out, SECTION.element, (s) => {
    s.bytes(Uint8Array.of(1, 0, Op.i32Const))
    s.s32(tableBase)
    s.byte(Op.end)
    s.u32(functions.length)
    functions.forEach((_, i) => s.u32(i))
  })
  section(out, SECTION.code, (s) => {
    s.u32(functions.length)
    for (const f of functions) s.vector(functionBody(f))
  })
  return out.view()
}

function section(out: ByteWriter, id: number, write: (content: ByteWriter) => void): void {
  const content = new ByteWriter()
  write(content)
  out.byte(id)
  out.vector(content.view())
}

function importName(s: ByteWriter, name: string): void {
  for (const text of ['env', name]) s.vector(Uint8Array.from(text, (character) => character.charCodeAt(0)))
}

function functionBody({ numWordLocals, numVectorLocals, code }: SimdFunction): Uint8Array {
  const body = new ByteWriter()
  body.u32(2)
  body.u32(numWordLocals)
  body.byte(Type.i32)
  body.u32(numVectorLocals)
  body.byte(VECTOR_TYPE)
  body.bytes(code)
  body.byte(Op.end)
  return body.view()
}
