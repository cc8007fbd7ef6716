import { bytesToHex } from '../core/bytes.ts'
import type { Bytes32 } from '../core/bytes.ts'
import type { Program } from '../graph/program.ts'
import type { ProgramModel } from '../graph/programModel.ts'
import { programModelId } from '../graph/programModel.ts'
import { inputWords, outputWords, sectionWords } from '../graph/programRoots.ts'
import type { MachineImage } from '../vm/machine.ts'
import { MemoryTree } from '../vm/memoryTree.ts'
import { codeHeightOf } from './machineModel.ts'

/** A tensor program as the contracts take it: the fields of its id (spec/02 §8). */
export type ProgramParameters = {
  readonly [K in keyof ProgramModel]: ProgramModel[K] extends number ? number : Bytes32
}

/** A tensor program with its id, its words, and the proof that its registration needs. */
export interface ProgramDescription {
  readonly modelId: Bytes32
  readonly model: ProgramParameters
  /** One word a section. */
  readonly sections: readonly Bytes32[]
  /** One word an output. */
  readonly outputs: readonly Bytes32[]
  /** One word an input: its bytes. */
  readonly inputs: readonly Bytes32[]
  /** Proof of `codeRoot` at position 0 of `kernelRoot`, bottom up. */
  readonly codeSiblings: readonly Bytes32[]
}

/** Height of the guest image: the lower 16 MiB of memory. */
const KERNEL_HEIGHT = 17

/** What registers `program`, whose model is `model`; `guest` is the image that judges it. */
export function describeProgram(p: {
  program: Program
  model: ProgramModel
  guest: Pick<MachineImage, 'segments'>
}): ProgramDescription {
  const { program, model, guest } = p
  const codeHeight = codeHeightOf(model.codeEnd)
  const code = new MemoryTree(guest.segments).proveSubtree(0, codeHeight)
  return {
    modelId: bytesToHex(programModelId(model)),
    model: programParameters(model),
    sections: sectionWords(program).map(bytesToHex),
    outputs: outputWords(program).map(bytesToHex),
    inputs: inputWords(program).map(bytesToHex),
    codeSiblings: code.siblings.slice(0, KERNEL_HEIGHT - codeHeight).map(bytesToHex),
  }
}

/** The model's fields with its roots as text. */
export function programParameters(model: ProgramModel): ProgramParameters {
  // SAFETY: every field is a root, which becomes text, or a number, which stays.
  return Object.fromEntries(
    Object.entries(model).map(([field, value]) => [field, value instanceof Uint8Array ? bytesToHex(value) : value]),
  ) as ProgramParameters
}
