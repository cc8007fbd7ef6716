import { concatBytes } from '../core/bytes.ts'
import { merkleRoot } from '../core/merkleRoot.ts'
import type { MerkleTree } from '../core/merkleTree.ts'
import { BLOCK_BYTES, zeroHash } from '../core/merkleZero.ts'
import { CONSTANT_HEIGHT } from '../graph/constantHasher.ts'
import type { InitialRef, OperandRef } from '../graph/node.ts'
import type { OperatorTable } from '../graph/operatorRule.ts'
import type { Program } from '../graph/program.ts'
import type { ProgramModel } from '../graph/programModel.ts'
import type { OutputPlace } from '../graph/programWalk.ts'
import { programDescriptors, programTree, weightsTree } from '../graph/programRoots.ts'
import { tensorBytes } from '../graph/shape.ts'
import type { NodeRun } from './nodeMachine.ts'
import { resultOfRoots } from './programResult.ts'
import type { ProgramRun, ReplayableRun } from './programRun.ts'
import { ProgramTrace, type TracePlace } from './programTrace.ts'
import { type SectionRange, sectionRanges } from './sectionRanges.ts'

/** What a {@link ProgramClaim} is made from. */
export interface ProgramClaimOptions {
  readonly program: Program
  readonly operators: OperatorTable
  readonly model: ProgramModel
  readonly constants: readonly Uint8Array[]
  /** Roots of the constants at height 23. */
  readonly constantRoots: readonly Uint8Array[]
  readonly inputs: readonly Uint8Array[]
  /** The run that is claimed: `EngineRun`, or any executor's run with a tap. */
  readonly run: ProgramRun | ReplayableRun
  /** As of {@link ProgramTrace}. */
  readonly maxKeptBytes?: number
}

/** What is true at a leaf when everything left of it is as this claim has it. */
export type LeafJudgement =
  /** A rule tells the leaf. */
  | { readonly kind: 'rule'; readonly leaf: Uint8Array }
  /** The machine computes the block. */
  | { readonly kind: 'machine'; readonly run: NodeRun }

/** A judgement with the packed proofs by which a contract comes to it (spec/07-encodings.md §5). */
export interface JudgedLeaf {
  readonly evidence: Uint8Array
  readonly judgement: LeafJudgement
}

/** A tensor: its root as an operand's slot, the proof of it, its bytes or, of an output of the run, where it is. */
interface OperandProof {
  readonly proof: readonly Uint8Array[]
  readonly source: Uint8Array | OutputPlace | undefined
}

/** The root over a task's inputs: leaf k is the root of input k, lifted to height 23 (spec/03-commitments.md §8). */
export function inputsTree(inputs: readonly Uint8Array[]): MerkleTree {
  return weightsTree(inputs.map((bytes) => merkleRoot(bytes, CONSTANT_HEIGHT)))
}

/** One party's history of a tensor program, with all that it must show about it. */
export class ProgramClaim {
  readonly trace: ProgramTrace
  readonly #options: ProgramClaimOptions
  readonly #descriptors: readonly Uint8Array[]
  readonly #programTree: MerkleTree
  readonly #weightsTree: MerkleTree
  readonly #inputsTree: MerkleTree

  constructor(options: ProgramClaimOptions) {
    const { program, operators, model, run, maxKeptBytes } = options
    this.#options = options
    this.trace = new ProgramTrace({ program, heights: model, run, ...(maxKeptBytes !== undefined && { maxKeptBytes }) })
    this.#descriptors = programDescriptors(program, operators)
    this.#programTree = programTree(this.#descriptors)
    this.#weightsTree = weightsTree(options.constantRoots)
    this.#inputsTree = inputsTree(options.inputs)
  }

  /** Root over the task's inputs, 32 bytes. */
  get inputRoot(): Uint8Array {
    return this.#inputsTree.root()
  }

  /** What the claim stands for, and the proof of it: the root of each output, with its siblings (spec/07-encodings.md §5). */
  async result(): Promise<{ result: Uint8Array; evidence: Uint8Array }> {
    const roots: Uint8Array[] = []
    const parts: Uint8Array[] = []
    for (const { section, node } of this.#options.program.outputs) {
      const proof = await this.#outputProof(this.#section(section).last, node)
      roots.push(proof[0])
      parts.push(...proof)
    }
    return { result: resultOfRoots(roots), evidence: concatBytes(parts) }
  }

  /** What is true at leaf `index`, by the rules of spec/06-dispute.md §5. */
  async judge(index: bigint): Promise<JudgedLeaf> {
    const place = this.trace.place(index)
    const section = this.#sectionAt(place.position)
    const zero = { kind: 'rule', leaf: zeroHash(0) } as const
    if (section === undefined || place.node >= section.nodes.length)
      return { evidence: new Uint8Array(0), judgement: zero }
    const number = section.firstNode + place.node
    const descriptor = this.#descriptors[number]
    const parts = [descriptor, ...this.#programTree.siblings(0, number)]
    const node = section.nodes[place.node]
    if (place.block * BLOCK_BYTES >= tensorBytes(node.shape, node.dtype))
      return { evidence: concatBytes(parts), judgement: zero }
    const step = place.position - section.first
    if (step > 0 && section.haltNode !== undefined) {
      const halt = await this.#haltProof(place.position - 1, section.haltNode)
      parts.push(...halt.proof)
      if (halt.hasHalted) {
        const before = await this.#leafProof({ ...place, position: place.position - 1 })
        return { evidence: concatBytes([...parts, ...before]), judgement: { kind: 'rule', leaf: before[0] } }
      }
    }
    const sources: OperandProof['source'][] = []
    for (const operand of node.operands) {
      const { proof, source } = await this.#operandProof(operand?.ref ?? { kind: 'zero' }, place)
      parts.push(...proof)
      sources.push(source)
    }
    const operands = await this.#bytesOf(sources)
    return {
      evidence: concatBytes(parts),
      judgement: { kind: 'machine', run: { descriptor, operands, block: place.block, step } },
    }
  }

  /** Bytes of operands, those of the run's outputs by one question. */
  async #bytesOf(sources: readonly OperandProof['source'][]): Promise<(Uint8Array | undefined)[]> {
    const places = sources.flatMap((source) => (source === undefined || source instanceof Uint8Array ? [] : [source]))
    const outputs = await this.trace.outputsBytes(places)
    return sources.map((source) => (source === undefined || source instanceof Uint8Array ? source : outputs.shift()))
  }

  async #operandProof(ref: OperandRef, place: TracePlace): Promise<OperandProof> {
    if (ref.kind === 'node') return await this.#tracedOperand(place.position, ref.index)
    if (ref.kind !== 'previous') return await this.#sourceProof(ref)
    const { first } = this.#sectionAt(place.position) as SectionRange
    if (place.position > first) return await this.#tracedOperand(place.position - 1, ref.index)
    return await this.#sourceProof(ref.initial)
  }

  async #sourceProof(ref: InitialRef): Promise<OperandProof> {
    const { constants, constantRoots, inputs } = this.#options
    switch (ref.kind) {
      case 'zero':
        return { proof: [], source: undefined }
      case 'constant':
        return {
          proof: [constantRoots[ref.index], ...this.#weightsTree.siblings(0, ref.index)],
          source: constants[ref.index],
        }
      case 'input':
        return {
          proof: [this.#inputsTree.node(0, ref.index), ...this.#inputsTree.siblings(0, ref.index)],
          source: inputs[ref.index],
        }
      case 'section':
        return await this.#tracedOperand(this.#section(ref.section).last, ref.index)
    }
  }

  async #tracedOperand(position: number, node: number): Promise<OperandProof> {
    return { proof: await this.#outputProof(position, node), source: { position, node } }
  }

  /** Root of a whole output, then its siblings. */
  async #outputProof(position: number, node: number): Promise<[root: Uint8Array, ...siblings: Uint8Array[]]> {
    const { blockHeight } = this.#options.model
    const index = this.trace.index({ position, node, block: 0 }) >> BigInt(blockHeight)
    const place = { height: blockHeight, index }
    return [await this.trace.node(place), ...(await this.trace.siblings(place))]
  }

  /** A leaf, then its siblings. */
  async #leafProof(place: TracePlace): Promise<[leaf: Uint8Array, ...siblings: Uint8Array[]]> {
    const leaf = { height: 0, index: this.trace.index(place) }
    return [await this.trace.node(leaf), ...(await this.trace.siblings(leaf))]
  }

  /** The first block of the halt node's output, then its siblings. */
  async #haltProof(position: number, node: number): Promise<{ proof: Uint8Array[]; hasHalted: boolean }> {
    const block = new Uint8Array(BLOCK_BYTES)
    block.set((await this.trace.outputBytes(position, node)).subarray(0, BLOCK_BYTES))
    const [, ...siblings] = await this.#leafProof({ position, node, block: 0 })
    return { proof: [block, ...siblings], hasHalted: block.subarray(0, 4).some((byte) => byte !== 0) }
  }

  #sectionAt(position: number): SectionRange | undefined {
    return sectionRanges(this.#options.program).find(({ last }) => position <= last)
  }

  #section(number: number): SectionRange {
    return sectionRanges(this.#options.program)[number]
  }
}
