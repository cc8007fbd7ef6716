import { encodeAbiParameters, keccak256, stringToHex } from 'viem'
import { bytesToHex } from '../core/bytes.ts'
import type { Bytes32 } from '../core/bytes.ts'
import { BLOCK_BYTES } from '../core/merkleZero.ts'
import type { MachineImage } from '../vm/machine.ts'
import { MemoryTree } from '../vm/memoryTree.ts'

/** A machine program: the fields of its id in their order (spec/03 §4). */
export interface MachineModel {
  readonly imageRoot: Bytes32
  readonly codeRoot: Bytes32
  readonly entry: number
  readonly codeEnd: number
  readonly inputAddress: number
  readonly inputHeight: number
  readonly outputAddress: number
  readonly outputHeight: number
  readonly coarseHeight: number
  readonly fineHeight: number
}

/** A model with its id and the proofs that its registration needs. */
export interface ModelDescription {
  readonly modelId: Bytes32
  readonly model: MachineModel
  /** Proof of `codeRoot` at position 0 of the image, bottom up. */
  readonly codeSiblings: readonly Bytes32[]
  /** Proof of the empty input slot in the image, bottom up. */
  readonly inputSlotSiblings: readonly Bytes32[]
}

/** Heights of the two trace trees; a run may have 2^(coarse + fine) steps. */
export interface TraceHeights {
  readonly coarseHeight: number
  readonly fineHeight: number
}

/** 2^24 steps, which is what a small network needs. */
export const DEFAULT_TRACE_HEIGHTS: TraceHeights = { coarseHeight: 12, fineHeight: 12 }

/** `keccak256("opml.model.machine.1")` (spec/03 §4). */
const MODEL_TAG = keccak256(stringToHex('opml.model.machine.1'))

const WORDS = [
  ...(['bytes32', 'bytes32', 'bytes32'] as const),
  ...(['uint32', 'uint32', 'uint32', 'uint8', 'uint32', 'uint8', 'uint8', 'uint8'] as const),
].map((type) => ({ type }))

/** The id of a machine program (spec/03 §4). */
export function machineModelId(model: MachineModel): Bytes32 {
  const { imageRoot, codeRoot, entry, codeEnd, inputAddress, inputHeight } = model
  const { outputAddress, outputHeight, coarseHeight, fineHeight } = model
  const fields = [entry, codeEnd, inputAddress, inputHeight, outputAddress, outputHeight, coarseHeight, fineHeight]
  return keccak256(encodeAbiParameters(WORDS, [MODEL_TAG, imageRoot, codeRoot, ...fields]))
}

/** Model parameters, id and registration proofs of a loaded program. */
export function describeModel(image: MachineImage, heights: TraceHeights = DEFAULT_TRACE_HEIGHTS): ModelDescription {
  const tree = new MemoryTree(image.segments)
  const code = tree.proveSubtree(0, codeHeightOf(image.codeEnd))
  const slot = tree.proveSubtree(image.input.address, image.input.height)
  const model: MachineModel = {
    imageRoot: bytesToHex(tree.root()),
    codeRoot: bytesToHex(code.node),
    entry: image.entry,
    codeEnd: image.codeEnd,
    inputAddress: image.input.address,
    inputHeight: image.input.height,
    outputAddress: image.output.address,
    outputHeight: image.output.height,
    ...heights,
  }
  return {
    modelId: machineModelId(model),
    model,
    codeSiblings: code.siblings.map(bytesToHex),
    inputSlotSiblings: slot.siblings.map(bytesToHex),
  }
}

/** The least k with 128·2^k ≥ codeEnd (spec/03 §4). */
export function codeHeightOf(codeEnd: number): number {
  let height = 0
  while (BLOCK_BYTES * 2 ** height < codeEnd) height++
  return height
}
