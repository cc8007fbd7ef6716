import { OpmlError } from '../core/errors.ts'

const REBUILD =
  'Build it with --target=riscv32-unknown-elf -march=rv32im -mabi=ilp32 as a static executable (spec/04-machine.md §7).'
const RELINK = 'Change the linker script; spec/04-machine.md §5 says where segments and slots may lie.'

const hex32 = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`

/** An ELF file that the machine does not load (spec/04 §5). `values` are those that the message names. */
export class ElfError<Values = unknown> extends OpmlError {
  override readonly name: string = 'ElfError'
  readonly values: Values

  constructor(p: { values: Values; message: string; code: string; suggestion: string }) {
    super(p.message, { code: p.code, suggestion: p.suggestion })
    this.values = p.values
  }
}

/** The file does not begin with the four magic bytes. */
export class NotElfError extends ElfError<{ firstBytes: readonly number[] }> {
  override readonly name = 'NotElfError'

  constructor(values: { firstBytes: readonly number[] }) {
    const found = values.firstBytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const message = `Not an ELF file: it begins with "${found}", not "7f 45 4c 46".`
    super({ values, message, code: 'ELF_NOT_ELF', suggestion: REBUILD })
  }
}

/** The file ends before something that it announces. */
export class ElfTruncatedError extends ElfError<{ what: string; offset: number; length: number; fileBytes: number }> {
  override readonly name = 'ElfTruncatedError'

  constructor(values: { what: string; offset: number; length: number; fileBytes: number }) {
    const { what, offset, length, fileBytes } = values
    const message = `The ELF file ends too early: ${what} is ${length} bytes at offset ${offset}, the file has ${fileBytes}.`
    super({
      values,
      message,
      code: 'ELF_TRUNCATED',
      suggestion: 'Fetch or build the file again; it is cut off or damaged.',
    })
  }
}

/** The file is larger than the loader reads. */
export class ElfTooLargeError extends ElfError<{ fileBytes: number; limitBytes: number }> {
  override readonly name = 'ElfTooLargeError'

  constructor(values: { fileBytes: number; limitBytes: number }) {
    const message = `The ELF file has ${values.fileBytes} bytes, at most ${values.limitBytes} are read.`
    super({
      values,
      message,
      code: 'ELF_TOO_LARGE',
      suggestion: 'Strip debugging data, or pass large data in the input slot.',
    })
  }
}

/** A field of the header has a value that no 32-bit RISC-V executable has. */
export class ElfHeaderError extends ElfError<{ field: string; expected: number; actual: number }> {
  override readonly name: string = 'ElfHeaderError'

  constructor(values: { field: string; expected: number; actual: number }, p: { reason?: string; code?: string } = {}) {
    const { field, expected, actual } = values
    const reason = p.reason === undefined ? '' : `${p.reason} `
    const message = `${reason}The ELF header has ${field} ${actual}, the machine needs ${expected}.`
    super({ values, message, code: p.code ?? 'ELF_HEADER', suggestion: REBUILD })
  }
}

/** A 64-bit file. */
export class ElfClassError extends ElfHeaderError {
  override readonly name = 'ElfClassError'

  constructor(actual: number) {
    const reason = actual === 2 ? 'The ELF file is 64-bit.' : 'The ELF file is not 32-bit.'
    super({ field: 'EI_CLASS', expected: 1, actual }, { reason, code: 'ELF_CLASS' })
  }
}

/** A big-endian file. */
export class ElfByteOrderError extends ElfHeaderError {
  override readonly name = 'ElfByteOrderError'

  constructor(actual: number) {
    const reason = actual === 2 ? 'The ELF file is big-endian.' : 'The ELF file is not little-endian.'
    super({ field: 'EI_DATA', expected: 1, actual }, { reason, code: 'ELF_BYTE_ORDER' })
  }
}

/** A file for another processor. */
export class ElfMachineError extends ElfHeaderError {
  override readonly name = 'ElfMachineError'

  constructor(actual: number) {
    const reason = 'The ELF file is not for RISC-V.'
    super({ field: 'e_machine', expected: 243, actual }, { reason, code: 'ELF_MACHINE' })
  }
}

/** An object file, a shared or position-independent one, or a core dump. */
export class ElfTypeError extends ElfHeaderError {
  override readonly name = 'ElfTypeError'

  constructor(actual: number) {
    const kinds: Record<number, string> = { 1: 'an object file', 3: 'position-independent or shared', 4: 'a core dump' }
    const reason = `The ELF file is ${kinds[actual] ?? 'no executable'}, not a static executable.`
    super({ field: 'e_type', expected: 2, actual }, { reason, code: 'ELF_TYPE' })
  }
}

/** Compressed instructions or a floating-point ABI in `e_flags`. */
export class ElfFlagsError extends ElfError<{ flags: number }> {
  override readonly name = 'ElfFlagsError'

  constructor(values: { flags: number }) {
    const { flags } = values
    const floatAbis: Record<number, string> = { 2: 'single-float', 4: 'double-float', 6: 'quad-float' }
    const floatAbi = floatAbis[flags & 6]
    const uses = [
      ...((flags & 1) !== 0 ? ['compressed instructions (RVC)'] : []),
      ...(floatAbi === undefined ? [] : [`the ${floatAbi} ABI`]),
    ]
    const message = `The ELF file uses ${uses.join(' and ')} (e_flags ${hex32(flags)}); the machine has neither.`
    super({ values, message, code: 'ELF_FLAGS', suggestion: REBUILD })
  }
}

/** A segment has more bytes in the file than in memory. */
export class SegmentSizeError extends ElfError<{ segment: number; fileBytes: number; memoryBytes: number }> {
  override readonly name = 'SegmentSizeError'

  constructor(values: { segment: number; fileBytes: number; memoryBytes: number }) {
    const { segment, fileBytes, memoryBytes } = values
    const message = `Segment ${segment} has ${fileBytes} bytes in the file but only ${memoryBytes} in memory.`
    super({ values, message, code: 'ELF_SEGMENT_SIZE', suggestion: REBUILD })
  }
}

/** The segments together have more bytes than the file: they share bytes. */
export class SegmentsShareBytesError extends ElfError<{ segmentBytes: number; fileBytes: number }> {
  override readonly name = 'SegmentsShareBytesError'

  constructor(values: { segmentBytes: number; fileBytes: number }) {
    const { segmentBytes, fileBytes } = values
    const message = `The segments have ${segmentBytes} bytes together, more than the file's ${fileBytes}: they share bytes.`
    super({ values, message, code: 'ELF_SEGMENTS_SHARE_BYTES', suggestion: RELINK })
  }
}

/** A segment reaches beyond 2^32. */
export class SegmentOutsideMemoryError extends ElfError<{ segment: number; address: number; memoryBytes: number }> {
  override readonly name = 'SegmentOutsideMemoryError'

  constructor(values: { segment: number; address: number; memoryBytes: number }) {
    const { segment, address, memoryBytes } = values
    const message = `Segment ${segment}, ${memoryBytes} bytes at ${hex32(address)}, reaches beyond the memory of 2^32 bytes.`
    super({ values, message, code: 'ELF_SEGMENT_OUTSIDE_MEMORY', suggestion: RELINK })
  }
}

/** Two segments have an address in common. */
export class SegmentOverlapError extends ElfError<{ segments: readonly [number, number]; address: number }> {
  override readonly name = 'SegmentOverlapError'

  constructor(values: { segments: readonly [number, number]; address: number }) {
    const [first, second] = values.segments
    const message = `Segments ${first} and ${second} overlap at ${hex32(values.address)}.`
    super({ values, message, code: 'ELF_SEGMENT_OVERLAP', suggestion: RELINK })
  }
}

/** No loadable segment is executable. */
export class NoExecutableSegmentError extends ElfError<{ numSegments: number }> {
  override readonly name = 'NoExecutableSegmentError'

  constructor(values: { numSegments: number }) {
    const message = `None of the ${values.numSegments} loadable segments of the ELF file is executable.`
    super({ values, message, code: 'ELF_NO_CODE', suggestion: REBUILD })
  }
}

/** The last executable segment ends above 2^30. */
export class CodeEndRangeError extends ElfError<{ codeEnd: number; limit: number }> {
  override readonly name = 'CodeEndRangeError'

  constructor(values: { codeEnd: number; limit: number }) {
    const message = `The code ends at ${hex32(values.codeEnd)}, above the largest CODE_END ${hex32(values.limit)}.`
    super({ values, message, code: 'ELF_CODE_END_RANGE', suggestion: RELINK })
  }
}

/** A writable segment begins below CODE_END, where every store traps. */
export class WritableCodeError extends ElfError<{ segment: number; address: number; codeEnd: number }> {
  override readonly name = 'WritableCodeError'

  constructor(values: { segment: number; address: number; codeEnd: number }) {
    const { segment, address, codeEnd } = values
    const message = `The writable segment ${segment} at ${hex32(address)} lies below the end of the code, ${hex32(codeEnd)}.`
    super({ values, message, code: 'ELF_WRITABLE_CODE', suggestion: RELINK })
  }
}

/** The entry is not an instruction's address. */
export class EntryError extends ElfError<{ entry: number; codeEnd: number }> {
  override readonly name = 'EntryError'

  constructor(values: { entry: number; codeEnd: number }) {
    const message = `The entry ${hex32(values.entry)} is no multiple of 4 below the end of the code, ${hex32(values.codeEnd)}.`
    super({ values, message, code: 'ELF_ENTRY', suggestion: 'Set the entry with ENTRY(_start) in the linker script.' })
  }
}
