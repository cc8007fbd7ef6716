import {
  ElfByteOrderError,
  ElfClassError,
  ElfFlagsError,
  ElfHeaderError,
  ElfMachineError,
  ElfTooLargeError,
  ElfTruncatedError,
  ElfTypeError,
  NotElfError,
} from './elfErrors.ts'

/** The largest file that is read: 256 MiB. */
const MAX_ELF_BYTES = 2 ** 28

const HEADER_BYTES = 52
const PROGRAM_HEADER_BYTES = 32
const SECTION_HEADER_BYTES = 40
const SYMBOL_BYTES = 16
const PT_LOAD = 1
const SHT_SYMTAB = 2

/** A program header of type PT_LOAD, as it stands in the file. */
export interface ProgramHeader {
  /** Index in the file's table, for messages. */
  readonly index: number
  readonly offset: number
  readonly address: number
  readonly fileBytes: number
  readonly memoryBytes: number
  readonly isExecutable: boolean
  readonly isWritable: boolean
}

/** A symbol of the file's symbol table. */
export interface ElfSymbol {
  readonly value: number
  /** Section index; 0xfff1 for an absolute symbol, 0 for an undefined one. */
  readonly section: number
}

/**
 * A 32-bit little-endian RISC-V executable, read with every offset checked against the file.
 *
 * @see Tool Interface Standard, ELF 1.2; RISC-V ELF psABI
 */
export class ElfFile {
  readonly bytes: Uint8Array
  readonly #view: DataView

  /** @throws {ElfError} one class a reason, when the header is not that of such a file (spec/04 §5). */
  constructor(bytes: Uint8Array) {
    if (bytes.length > MAX_ELF_BYTES) throw new ElfTooLargeError({ fileBytes: bytes.length, limitBytes: MAX_ELF_BYTES })
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#checkHeader()
  }

  /** First pc. */
  get entry(): number {
    return this.#word(24)
  }

  /** The loadable segments that take up memory, in the file's order. */
  programHeaders(): ProgramHeader[] {
    const count = this.#half(44)
    const table = this.#word(28)
    if (count > 0) this.#requireField('e_phentsize', PROGRAM_HEADER_BYTES, this.#half(42))
    this.check('the program header table', table, PROGRAM_HEADER_BYTES * count)
    const headers: ProgramHeader[] = []
    for (let index = 0; index < count; index++) {
      const at = table + PROGRAM_HEADER_BYTES * index
      const isLoaded = this.#word(at) === PT_LOAD && (this.#word(at + 16) > 0 || this.#word(at + 20) > 0)
      if (isLoaded) headers.push(this.#programHeader(index, at))
    }
    return headers
  }

  /** The defined symbols with one of `names`, at most two of each name; none when the file has no symbol table. */
  findSymbols(names: readonly string[]): Map<string, ElfSymbol[]> {
    const found = new Map<string, ElfSymbol[]>()
    const table = this.#symbolTable()
    for (let at = table.start; at + SYMBOL_BYTES <= table.end; at += SYMBOL_BYTES) {
      const section = this.#half(at + 14)
      const nameOffset = this.#word(at)
      if (section === 0 || nameOffset === 0) continue
      const name = names.find((candidate) => this.#isTextAt(table.namesStart + nameOffset, table.namesEnd, candidate))
      const others = name === undefined ? [] : (found.get(name) ?? [])
      if (name !== undefined && others.length < 2) found.set(name, [...others, { value: this.#word(at + 4), section }])
    }
    return found
  }

  /** @throws {ElfTruncatedError} when `length` bytes at `offset` are not all in the file. */
  check(what: string, offset: number, length: number): void {
    const fileBytes = this.bytes.length
    if (offset + length > fileBytes) throw new ElfTruncatedError({ what, offset, length, fileBytes })
  }

  #checkHeader(): void {
    const { bytes } = this
    const magic = [0x7f, 0x45, 0x4c, 0x46]
    const isElf = magic.every((byte, i) => i >= bytes.length || bytes[i] === byte)
    if (!isElf) throw new NotElfError({ firstBytes: [...bytes.subarray(0, 4)] })
    // The byte order and the class come first: they decide what the rest of the header means.
    this.check('the identification', 0, 16)
    if (bytes[4] !== 1) throw new ElfClassError(bytes[4])
    if (bytes[5] !== 1) throw new ElfByteOrderError(bytes[5])
    this.#requireField('EI_VERSION', 1, bytes[6])
    this.check('the header', 0, HEADER_BYTES)
    if (this.#half(18) !== 243) throw new ElfMachineError(this.#half(18))
    if (this.#half(16) !== 2) throw new ElfTypeError(this.#half(16))
    this.#requireField('e_version', 1, this.#word(20))
    const flags = this.#word(36)
    if ((flags & 7) !== 0) throw new ElfFlagsError({ flags })
  }

  #requireField(field: string, expected: number, actual: number): void {
    if (actual !== expected) throw new ElfHeaderError({ field, expected, actual })
  }

  #programHeader(index: number, at: number): ProgramHeader {
    const flags = this.#word(at + 24)
    return {
      index,
      offset: this.#word(at + 4),
      address: this.#word(at + 8),
      fileBytes: this.#word(at + 16),
      memoryBytes: this.#word(at + 20),
      isExecutable: (flags & 1) !== 0,
      isWritable: (flags & 2) !== 0,
    }
  }

  /** Where the symbols and their names lie in the file; empty ranges when there are none. */
  #symbolTable(): { start: number; end: number; namesStart: number; namesEnd: number } {
    const table = this.#word(32)
    const count = table === 0 ? 0 : this.#half(48)
    if (count > 0) this.#requireField('e_shentsize', SECTION_HEADER_BYTES, this.#half(46))
    this.check('the section header table', table, SECTION_HEADER_BYTES * count)
    for (let i = 0; i < count; i++) {
      const at = table + SECTION_HEADER_BYTES * i
      if (this.#word(at + 4) !== SHT_SYMTAB) continue
      const names = this.#word(at + 24)
      if (names >= count)
        throw new ElfTruncatedError({ what: 'the section of symbol names', offset: names, length: 1, fileBytes: count })
      const [start, end] = this.#sectionRange('the symbol table', at)
      const [namesStart, namesEnd] = this.#sectionRange('the symbol names', table + SECTION_HEADER_BYTES * names)
      return { start, end, namesStart, namesEnd }
    }
    return { start: 0, end: 0, namesStart: 0, namesEnd: 0 }
  }

  #sectionRange(what: string, at: number): [start: number, end: number] {
    const offset = this.#word(at + 16)
    const length = this.#word(at + 20)
    this.check(what, offset, length)
    return [offset, offset + length]
  }

  #isTextAt(offset: number, end: number, text: string): boolean {
    if (offset + text.length >= end || this.bytes[offset + text.length] !== 0) return false
    for (let i = 0; i < text.length; i++) if (this.bytes[offset + i] !== text.charCodeAt(i)) return false
    return true
  }

  #half(offset: number): number {
    return this.#view.getUint16(offset, true)
  }

  #word(offset: number): number {
    return this.#view.getUint32(offset, true)
  }
}
