import { OpmlError } from '../core/errors.ts'

/** A dtype, or the number of one, that spec/02 §2 does not have. */
export class UnknownDtypeError extends OpmlError {
  override readonly name = 'UnknownDtypeError'
  readonly dtype: string

  constructor(p: { dtype: string }) {
    super(`"${p.dtype}" is no dtype.`, {
      code: 'GRAPH_UNKNOWN_DTYPE',
      suggestion: 'Use f32, f16, bf16, i8, u8, i16, u16, i32, u32, i64, u64 or bool.',
    })
    this.dtype = p.dtype
  }
}

/** A tensor above 1 GiB, or with dimensions whose product is no exact number. */
export class TensorTooLargeError extends OpmlError {
  override readonly name = 'TensorTooLargeError'
  readonly shape: readonly number[]
  readonly dtype: string

  constructor(p: { shape: readonly number[]; dtype: string }) {
    super(`A tensor ${p.dtype}[${p.shape.join(', ')}] has more than 1 GiB.`, {
      code: 'GRAPH_TENSOR_TOO_LARGE',
      suggestion: 'Split the tensor by rows, or give smaller values to the symbolic dimensions.',
    })
    this.shape = p.shape
    this.dtype = p.dtype
  }
}

/** Bytes that are not as many as a tensor's shape and dtype ask for. */
export class TensorBytesError extends OpmlError {
  override readonly name = 'TensorBytesError'
  readonly dtype: string
  readonly shape: readonly number[]
  readonly expected: number
  readonly actual: number

  constructor(p: { dtype: string; shape: readonly number[]; expected: number; actual: number }) {
    super(`A tensor ${p.dtype}[${p.shape.join(', ')}] takes ${p.expected} bytes, got ${p.actual}.`, {
      code: 'GRAPH_TENSOR_BYTES',
      suggestion: 'Give the bytes of the whole tensor in this dtype, row by row, little-endian.',
    })
    this.dtype = p.dtype
    this.shape = p.shape
    this.expected = p.expected
    this.actual = p.actual
  }
}

/** 512 bytes that are no descriptor of this version (spec/02 §3). */
export class DescriptorError extends OpmlError {
  override readonly name = 'DescriptorError'
  /** Word of the descriptor, 0 to 127. */
  readonly word: number

  constructor(p: { word: number; message: string }) {
    super(`Descriptor, word ${p.word}: ${p.message}`, {
      code: 'GRAPH_DESCRIPTOR',
      suggestion: 'The bundle is damaged or of another version; import the model again.',
    })
    this.word = p.word
  }
}

/** A program that breaks a rule of spec/02; names the node and the rule. */
export class InvalidProgramError extends OpmlError {
  override readonly name = 'InvalidProgramError'
  /** Section and node, both from 0; absent where the fault is not one node's. */
  readonly section: number | undefined
  readonly node: number | undefined
  /** The rule that is broken, without the place. */
  readonly rule: string

  /** @param p.name - of the node in the model that the program was made from. */
  constructor(p: { section?: number; node?: number; name?: string; message: string }) {
    const section = p.section === undefined ? 'The program' : `Section ${p.section}`
    const title = p.name === undefined ? '' : ` ("${p.name}")`
    const place = p.node === undefined ? section : `${section}, node ${p.node}${title}`
    super(`${place}: ${p.message}`, {
      code: 'GRAPH_INVALID_PROGRAM',
      suggestion: 'Import the model again; if the importer made this program, report it with the model.',
    })
    this.section = p.section
    this.node = p.node
    this.rule = p.message
  }
}

/** Text that is no program (parseProgram). */
export class ProgramTextError extends OpmlError {
  override readonly name = 'ProgramTextError'
  /** Both from 1; columns count UTF-16 units. */
  readonly line: number
  readonly column: number

  constructor(p: { line: number; column: number; message: string }) {
    super(`Line ${p.line}, column ${p.column}: ${p.message}`, {
      code: 'GRAPH_PROGRAM_TEXT',
      suggestion: 'Compare with the output of "printProgram" for a program of this version.',
    })
    this.line = p.line
    this.column = p.column
  }
}
