import { ByteWriter } from './byteWriter.ts'

/**
 * Opcodes of the WebAssembly instructions that the translator emits.
 *
 * @see WebAssembly Core Specification 1.0, §5.4
 */
export const Op = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Load: 0x28,
  i64Load: 0x29,
  i32Load8S: 0x2c,
  i32Load8U: 0x2d,
  i32Load16S: 0x2e,
  i32Load16U: 0x2f,
  i32Store: 0x36,
  i32Store8: 0x3a,
  i32Store16: 0x3b,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GtU: 0x4b,
  i32GeS: 0x4e,
  i32GeU: 0x4f,
  i64Eqz: 0x50,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32DivS: 0x6d,
  i32DivU: 0x6e,
  i32RemS: 0x6f,
  i32RemU: 0x70,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i32Shl: 0x74,
  i32ShrS: 0x75,
  i32ShrU: 0x76,
  i32Rotr: 0x78,
  i64Mul: 0x7e,
  i64Or: 0x84,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
  i64ExtendI32S: 0xac,
  i64ExtendI32U: 0xad,
} as const

/** Value types, and `empty` for a block without a result. */
export const Type = { i32: 0x7f, empty: 0x40, funcref: 0x70, function: 0x60 } as const

/** One function of a module: its type, the number of its i32 locals (parameters apart) and its code without the final `end`. */
export interface WasmFunction {
  readonly name: string
  readonly numParameters: number
  readonly hasResult: boolean
  readonly numLocals: number
  readonly code: Uint8Array
}

/** What a module has besides its functions. */
export interface ModuleOptions {
  /** Whether the imported memory is shared. */
  readonly isShared: boolean
  /** Entries of a table that the module defines and exports as `table`; none by default. */
  readonly numTableEntries?: number
}

const SECTION = { type: 1, import: 2, function: 3, table: 4, export: 7, code: 10 } as const
const EXPORT_FUNCTION = 0
const EXPORT_TABLE = 1
const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)

/** Pages of 64 KiB of the memory that every module imports as `machine.memory`: all 2^32 bytes. */
export const MEMORY_WASM_PAGES = 65536

/**
 * The binary module of `functions`, each exported under its name; it imports the memory `machine.memory`.
 *
 * Function i has type i, and the type `() → ()` is appended for `call_indirect` as type `functions.length`.
 */
export function encodeModule(
  functions: readonly WasmFunction[],
  { isShared, numTableEntries }: ModuleOptions,
): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter()
  out.bytes(HEADER)
  section(out, SECTION.type, (s) => {
    s.u32(functions.length + 1)
    for (const f of functions) functionType(s, f.numParameters, f.hasResult)
    functionType(s, 0, false)
  })
  section(out, SECTION.import, (s) => {
    importMemory(s, isShared)
  })
  section(out, SECTION.function, (s) => {
    s.u32(functions.length)
    functions.forEach((_, i) => {
      s.u32(i)
    })
  })
  if (numTableEntries !== undefined) {
    section(out, SECTION.table, (s) => {
      for (const value of [1, Type.funcref, 0]) s.byte(value)
      s.u32(numTableEntries)
    })
  }
  section(out, SECTION.export, (s) => {
    s.u32(functions.length + (numTableEntries === undefined ? 0 : 1))
    functions.forEach((f, i) => {
      exportItem(s, f.name, EXPORT_FUNCTION, i)
    })
    if (numTableEntries !== undefined) exportItem(s, 'table', EXPORT_TABLE, 0)
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

function functionType(s: ByteWriter, numParameters: number, hasResult: boolean): void {
  s.byte(Type.function)
  s.u32(numParameters)
  for (let i = 0; i < numParameters; i++) s.byte(Type.i32)
  s.u32(hasResult ? 1 : 0)
  if (hasResult) s.byte(Type.i32)
}

function name(s: ByteWriter, text: string): void {
  s.vector(Uint8Array.from(text, (character) => character.charCodeAt(0)))
}

function importMemory(s: ByteWriter, isShared: boolean): void {
  s.u32(1)
  name(s, 'machine')
  name(s, 'memory')
  s.byte(2) // a memory
  s.byte(isShared ? 3 : 1) // with a maximum
  s.u32(MEMORY_WASM_PAGES)
  s.u32(MEMORY_WASM_PAGES)
}

function exportItem(s: ByteWriter, text: string, kind: number, index: number): void {
  name(s, text)
  s.byte(kind)
  s.u32(index)
}

function functionBody(f: WasmFunction): Uint8Array {
  const body = new ByteWriter()
  body.u32(f.numLocals === 0 ? 0 : 1)
  if (f.numLocals > 0) {
    body.u32(f.numLocals)
    body.byte(Type.i32)
  }
  body.bytes(f.code)
  body.byte(Op.end)
  return body.view()
}

/** A writer of WebAssembly instructions. Offsets and constants are unsigned or signed words alike. */
export class CodeWriter extends ByteWriter {
  /** An instruction without immediates. */
  op(opcode: number): void {
    this.byte(opcode)
  }

  /** An instruction with one index: a local, or the depth of a label. */
  indexed(opcode: number, index: number): void {
    this.byte(opcode)
    this.u32(index)
  }

  /** Pushes a word. */
  i32(value: number): void {
    this.byte(Op.i32Const)
    this.s32(value)
  }

  /** A load or store of 2^log2Bytes bytes at the popped address + `offset`. */
  memory(opcode: number, log2Bytes: number, offset: number): void {
    this.byte(opcode)
    this.byte(log2Bytes)
    this.u32(offset)
  }

  /** Opens `block`, `loop` or `if` without a result. */
  open(opcode: number): void {
    this.byte(opcode)
    this.byte(Type.empty)
  }
}
