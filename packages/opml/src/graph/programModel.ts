import { concatBytes } from '../core/bytes.ts'
import { keccak256 } from '../core/keccak.ts'
import { uintWord } from './evmWords.ts'
import type { OperatorTable } from './operatorRule.ts'
import type { Program } from './program.ts'
import { inputsHash, numNodes, outputsHash, programRoot, sectionsHash, weightsRoot } from './programRoots.ts'

const MODEL_TAG = keccak256(new TextEncoder().encode('opml.model.program.1'))

/** The released guest image that judges a program's nodes (spec/02-program.md §9). Roots are 32 bytes, the rest bytes of memory. */
export interface GuestRoots {
  readonly kernelRoot: Uint8Array
  readonly codeRoot: Uint8Array
  readonly entry: number
  readonly codeEnd: number
  readonly outputBlockAddress: number
}

/** Heights of the trees of a dispute: step positions, nodes, blocks of an output; states of the machine. */
export interface ProgramHeights {
  readonly stepHeight: number
  readonly nodeHeight: number
  readonly blockHeight: number
  readonly coarseHeight: number
  readonly fineHeight: number
}

/** What a model id binds, in the order of its words. @see spec/02-program.md §8 */
export interface ProgramModel extends GuestRoots, ProgramHeights {
  readonly programRoot: Uint8Array
  readonly weightsRoot: Uint8Array
  readonly sectionsHash: Uint8Array
  readonly outputsHash: Uint8Array
  readonly inputsHash: Uint8Array
  readonly numNodes: number
  readonly numConstants: number
  readonly numInputs: number
}

/**
 * The model of a verified program.
 *
 * @param p.constantRoots - one a constant, 32 bytes, as of `ConstantHasher`.
 * @throws {RangeError} when their number is not that of the constants.
 */
export function programModel(
  program: Program,
  p: { operators: OperatorTable; constantRoots: readonly Uint8Array[]; guest: GuestRoots; heights: ProgramHeights },
): ProgramModel {
  if (p.constantRoots.length !== program.constants.length) {
    throw new RangeError(`${p.constantRoots.length} roots for ${program.constants.length} constants.`)
  }
  return {
    ...p.guest,
    ...p.heights,
    programRoot: programRoot(program, p.operators),
    weightsRoot: weightsRoot(p.constantRoots),
    sectionsHash: sectionsHash(program),
    outputsHash: outputsHash(program),
    inputsHash: inputsHash(program),
    numNodes: numNodes(program),
    numConstants: program.constants.length,
    numInputs: program.inputs.length,
  }
}

/** `modelId` of a tensor program, 32 bytes. @see spec/02-program.md §8 */
export function programModelId(model: ProgramModel): Uint8Array {
  return keccak256(
    concatBytes([
      MODEL_TAG,
      model.programRoot,
      model.weightsRoot,
      model.kernelRoot,
      model.codeRoot,
      uintWord(model.entry),
      uintWord(model.codeEnd),
      uintWord(model.outputBlockAddress),
      model.sectionsHash,
      model.outputsHash,
      model.inputsHash,
      uintWord(model.numNodes),
      uintWord(model.numConstants),
      uintWord(model.numInputs),
      uintWord(model.stepHeight),
      uintWord(model.nodeHeight),
      uintWord(model.blockHeight),
      uintWord(model.coarseHeight),
      uintWord(model.fineHeight),
    ]),
  )
}
