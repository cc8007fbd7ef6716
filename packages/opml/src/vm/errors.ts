import type { Hex } from '../core/bytes.ts'
import { OpmlError } from '../core/errors.ts'

/** A step witness that does not prove the step it is given for. */
export class WitnessError extends OpmlError {
  override readonly name: string = 'WitnessError'

  constructor(message: string, code: string) {
    super(message, {
      code,
      suggestion: 'Record the witness again from the state before the step, with "opml vm prove".',
    })
  }
}

/** A witness that is shorter or longer than its state and instruction need. */
export class WitnessLengthError extends WitnessError {
  override readonly name = 'WitnessLengthError'
  /** Of the shortest witness that reaches as far as this one was read. */
  readonly expectedBytes: number
  readonly actualBytes: number

  constructor(p: { expectedBytes: number; actualBytes: number }) {
    super(`The witness has ${p.actualBytes} bytes, the step reads ${p.expectedBytes}.`, 'VM_WITNESS_LENGTH')
    this.expectedBytes = p.expectedBytes
    this.actualBytes = p.actualBytes
  }
}

/** The first 160 bytes of a witness are not the preimage of the state that the step starts from. */
export class PrestateMismatchError extends WitnessError {
  override readonly name = 'PrestateMismatchError'
  readonly expected: Hex
  readonly actual: Hex

  constructor(p: { expected: Hex; actual: Hex }) {
    super(`The witness is of the state ${p.actual}, the step starts from ${p.expected}.`, 'VM_PRESTATE_MISMATCH')
    this.expected = p.expected
    this.actual = p.actual
  }
}

/** A block of a witness is not the one that the code root or the memory root commits to. */
export class BlockProofError extends WitnessError {
  override readonly name = 'BlockProofError'
  readonly part: 'code' | 'data'
  readonly blockIndex: number
  readonly expected: Hex
  readonly actual: Hex

  constructor(p: { part: 'code' | 'data'; blockIndex: number; expected: Hex; actual: Hex }) {
    super(
      `The ${p.part} block ${p.blockIndex} of the witness proves the root ${p.actual}, not ${p.expected}.`,
      p.part === 'code' ? 'VM_CODE_PROOF' : 'VM_DATA_PROOF',
    )
    this.part = p.part
    this.blockIndex = p.blockIndex
    this.expected = p.expected
    this.actual = p.actual
  }
}
