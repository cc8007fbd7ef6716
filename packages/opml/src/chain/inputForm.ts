import { merkleRoot } from '../core/merkleRoot.ts'
import { encodeSlot, slotRoot } from '../core/merkleSlot.ts'
import { CONSTANT_HEIGHT } from '../graph/constantHasher.ts'
import { weightsRoot } from '../graph/programRoots.ts'
import { InputLengthError } from './errors.ts'

/**
 * How a model's input is committed: as one slot of a machine program (spec/03 §2), or as the tensors of a program, each of its own
 * length in bytes (spec/03 §8).
 */
export type InputForm =
  | { readonly kind: 'slot'; readonly height: number }
  | { readonly kind: 'tensors'; readonly lengths: readonly number[] }

/** The bytes that are posted when an input goes on chain in chunks, and the root that names them. */
export interface PostedInput {
  readonly bytes: Uint8Array
  readonly root: Uint8Array
}

/**
 * What is posted of `input`, which for a program holds its tensors one after the other.
 *
 * @throws {SlotOverflowError} when it does not fit the slot. @throws {InputLengthError} when it has another number of bytes than the tensors.
 */
export function postedInput(form: InputForm, input: Uint8Array): PostedInput {
  if (form.kind === 'slot') return { bytes: encodeSlot(input, form.height), root: slotRoot(input, form.height) }
  return { bytes: input, root: weightsRoot(splitInput(form.lengths, input).map(tensorRoot)) }
}

/** The tensors in the bytes of an input. @throws {InputLengthError} for another number of bytes. */
export function splitInput(lengths: readonly number[], input: Uint8Array): Uint8Array[] {
  const expectedBytes = lengths.reduce((sum, length) => sum + length, 0)
  if (input.length !== expectedBytes) throw new InputLengthError({ expectedBytes, actualBytes: input.length })
  let end = 0
  return lengths.map((length) => input.subarray(end, (end += length)))
}

function tensorRoot(bytes: Uint8Array): Uint8Array {
  return merkleRoot(bytes, CONSTANT_HEIGHT)
}
