import { bytesToHex } from '../../core/bytes.ts'
import type { Bytes32, Hex } from '../../core/bytes.ts'
import { MerkleTree } from '../../core/merkleTree.ts'
import { KIND } from '../kinds.ts'
import type { TreeNode } from '../traceProvider.ts'
import { hashWords } from '../words.ts'
import type { ToyModel, ToyPlace, ToyProgram } from './toyModel.ts'
import { indexOf, operandsOf, outputOf, placeOf, sectionAt } from './toyModel.ts'
import type { ToyProgramRun } from './toyProgramRun.ts'
import { blockStart, haltedAt, isPadding, leafOfHistory, operandRoots, programOf } from './toyProgramRun.ts'
import type { ToyHistory, ToyInsides, ToyTraceProvider } from './toyTrace.ts'
import { ToyTrace, descendantsOf, falseState, historyFrom, treeOf } from './toyTrace.ts'
import { hexToBytes } from '../../core/bytes.ts'

/** The result that an output stands for. */
export function toyProgramResult(outputRoot: Bytes32): Bytes32 {
  return hashWords(outputRoot)
}

/** A run of a toy program as the trace of a root tournament. */
export class ToyProgramTrace implements ToyTraceProvider {
  readonly kind = KIND.graph
  readonly height: number
  private readonly model: ToyModel
  private readonly program: ToyProgram
  private readonly inputRoot: Bytes32
  private readonly run: ToyProgramRun
  private readonly innerOf: ToyInsides | undefined
  private readonly inners = new Map<bigint, ToyTrace>()
  private readonly tree: MerkleTree

  constructor(p: { model: ToyModel; inputRoot: Bytes32; run: ToyProgramRun; innerOf?: ToyInsides }) {
    this.model = p.model
    this.program = programOf(p.model)
    this.inputRoot = p.inputRoot
    this.run = p.run
    this.innerOf = p.innerOf
    this.height = this.program.stepHeight + this.program.nodeHeight + this.program.blockHeight
    this.tree = treeOf(p.run.leaves, this.height)
  }

  async root(): Promise<Bytes32> {
    return bytesToHex(this.tree.root())
  }

  async descendants(node: TreeNode, depth: number): Promise<readonly Bytes32[]> {
    return descendantsOf(this.tree, node, depth)
  }

  async proveLeaf(position: bigint): Promise<readonly Bytes32[]> {
    return this.tree.siblings(0, Number(position)).map(bytesToHex)
  }

  async outcome(): Promise<Bytes32> {
    const [root] = this.outputProof(outputOf(this.program))
    return toyProgramResult(root)
  }

  async joinEvidence(): Promise<Hex> {
    return packed(this.outputProof(outputOf(this.program)))
  }

  async sealEvidence(position: bigint): Promise<Hex> {
    const place = placeOf(this.program, Number(position))
    if (isPadding(this.program, place)) return '0x'
    const words: Bytes32[] = []
    const section = sectionAt(this.program, place.position)
    const before = place.position - 1
    if (section?.haltNode !== undefined && place.position > section.first) {
      words.push(...this.leafProof({ position: before, node: section.haltNode, block: 0 }))
      if (this.isHalted(place)) return packed([...words, ...this.leafProof({ ...place, position: before })])
    }
    for (const operand of operandsOf(this.program, place))
      if (operand !== null && operand !== 'input') words.push(...this.outputProof(operand))
    return packed(words)
  }

  async initialSiblings(): Promise<readonly Bytes32[]> {
    return []
  }

  inner(position: bigint): Promise<ToyTrace> | null {
    const place = placeOf(this.program, Number(position))
    if (isPadding(this.program, place) || this.isHalted(place)) return null
    let inner = this.inners.get(position)
    if (inner === undefined) {
      const { model } = this
      const own = new ToyTrace({ model, kind: KIND.block, history: this.historyAt(Number(position)) })
      inner = this.innerOf?.(position, own) ?? own
      this.inners.set(position, inner)
    }
    return Promise.resolve(inner)
  }

  leaves(): readonly Bytes32[] {
    return this.run.leaves
  }

  openedInners(): readonly ToyTrace[] {
    return [...this.inners.values()]
  }

  /** The machine's history that this claim shows for the block at `index`: one that ends in its leaf, whatever it takes. */
  private historyAt(index: number): ToyHistory {
    const { program, inputRoot, run, model } = this
    const shown = run.falseHistories.get(index)
    if (shown !== undefined) return shown
    const place = placeOf(program, index)
    const roots = operandRoots(program, place, run.leaves, inputRoot)
    const honest = historyFrom(blockStart({ inputRoot, roots, place }), model)
    const leaf = run.leaves[index]
    if (leaf === undefined || leafOfHistory(honest) === leaf) return honest
    const middle = honest.length >> 1
    const states = honest.map((state, i) => (i < middle ? state : falseState(leaf, i)))
    return [...states.slice(0, -1), hexToBytes(leaf)]
  }

  private isHalted({ position }: ToyPlace): boolean {
    return haltedAt(this.program, position, this.run.leaves)
  }

  /** Root of a whole output, then its siblings. */
  private outputProof(output: Omit<ToyPlace, 'block'>): [Bytes32, ...Bytes32[]] {
    const { blockHeight } = this.program
    return this.nodeProof(blockHeight, indexOf(this.program, { ...output, block: 0 }) >> blockHeight)
  }

  private leafProof(place: ToyPlace): Bytes32[] {
    return this.nodeProof(0, indexOf(this.program, place))
  }

  private nodeProof(height: number, index: number): [Bytes32, ...Bytes32[]] {
    return [bytesToHex(this.tree.node(height, index)), ...this.tree.siblings(height, index).map(bytesToHex)]
  }
}

function packed(words: readonly Bytes32[]): Hex {
  return `0x${words.map((word) => word.slice(2)).join('')}`
}
