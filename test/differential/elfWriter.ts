/** A loadable segment; `memoryBytes` beyond the bytes are zero. Flags: 1 execute, 2 write, 4 read. */
export interface ElfSegment {
  readonly address: number
  readonly bytes: Uint8Array
  readonly flags: number
  readonly memoryBytes?: number
}

/** An absolute symbol of the symbol table. */
export interface ElfSymbol {
  readonly name: string
  readonly value: number
  /** Section index; 0xfff1 (absolute) when missing. */
  readonly section?: number
}

const HEADER_BYTES = 52
const PROGRAM_HEADER_BYTES = 32
const SECTION_HEADER_BYTES = 40
const SYMBOL_BYTES = 16
/** qemu maps files by page: offset and address must agree modulo a page. */
const PAGE_BYTES = 4096

function alignTo(value: number, address: number): number {
  return value + ((((address - value) % PAGE_BYTES) + PAGE_BYTES) % PAGE_BYTES)
}

function symbolTables(symbols: readonly ElfSymbol[]): { table: Uint8Array; names: Uint8Array } {
  const names = Buffer.from(`\0${symbols.map(({ name }) => `${name}\0`).join('')}`)
  const table = Buffer.alloc(SYMBOL_BYTES * (symbols.length + 1))
  let nameOffset = 1
  symbols.forEach((symbol, i) => {
    const at = SYMBOL_BYTES * (i + 1)
    table.writeUInt32LE(nameOffset, at)
    table.writeUInt32LE(symbol.value, at + 4)
    table.writeUInt8(0x10, at + 12)
    table.writeUInt16LE(symbol.section ?? 0xfff1, at + 14)
    nameOffset += symbol.name.length + 1
  })
  return { table, names }
}

function writeHeader(out: Buffer, p: { entry: number; numSegments: number; sectionOffset: number }): void {
  out.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1])
  out.writeUInt16LE(2, 16)
  out.writeUInt16LE(243, 18)
  out.writeUInt32LE(1, 20)
  out.writeUInt32LE(p.entry, 24)
  out.writeUInt32LE(HEADER_BYTES, 28)
  out.writeUInt32LE(p.sectionOffset, 32)
  out.writeUInt16LE(HEADER_BYTES, 40)
  out.writeUInt16LE(PROGRAM_HEADER_BYTES, 42)
  out.writeUInt16LE(p.numSegments, 44)
  out.writeUInt16LE(SECTION_HEADER_BYTES, 46)
  out.writeUInt16LE(p.sectionOffset === 0 ? 0 : 3, 48)
}

function writeSection(out: Buffer, at: number, fields: readonly number[]): void {
  fields.forEach((value, i) => out.writeUInt32LE(value, at + 4 * i))
}

/**
 * An ELF32 little-endian RISC-V executable with `segments` and, when there are any, `symbols`. Written for tests: it takes what
 * it is given, so that wrong files can be made too.
 */
export function writeElf(p: {
  entry: number
  segments: readonly ElfSegment[]
  symbols?: readonly ElfSymbol[]
}): Uint8Array {
  const { entry, segments, symbols = [] } = p
  const offsets: number[] = []
  let end = HEADER_BYTES + PROGRAM_HEADER_BYTES * segments.length
  for (const segment of segments) {
    offsets.push(alignTo(end, segment.address))
    end = alignTo(end, segment.address) + segment.bytes.length
  }
  const { table, names } = symbolTables(symbols)
  const sectionOffset = symbols.length === 0 ? 0 : end
  const sectionBytes = symbols.length === 0 ? 0 : 3 * SECTION_HEADER_BYTES
  const out = Buffer.alloc(symbols.length === 0 ? end : end + sectionBytes + table.length + names.length)
  writeHeader(out, { entry, numSegments: segments.length, sectionOffset })
  segments.forEach(({ address, bytes, flags, memoryBytes = bytes.length }, i) => {
    const sizes = [bytes.length, memoryBytes]
    const fields = [1, offsets[i], address, address, ...sizes, flags, PAGE_BYTES]
    writeSection(out, HEADER_BYTES + PROGRAM_HEADER_BYTES * i, fields)
    out.set(bytes, offsets[i])
  })
  if (symbols.length > 0) {
    const tableOffset = end + sectionBytes
    const namesOffset = tableOffset + table.length
    const at = (i: number): number => sectionOffset + SECTION_HEADER_BYTES * i
    writeSection(out, at(1), [0, 2, 0, 0, tableOffset, table.length, 2, 1, 4, SYMBOL_BYTES])
    writeSection(out, at(2), [0, 3, 0, 0, namesOffset, names.length, 0, 0, 1, 0])
    out.set(table, tableOffset)
    out.set(names, namesOffset)
  }
  return new Uint8Array(out)
}
