import { bytesToHex } from '../../core/bytes.ts'
import type { Bytes32 } from '../../core/bytes.ts'
import { zeroHash } from '../../core/merkleZero.ts'
import { rootOfDescendants } from '../subtree.ts'
import { hashWords } from '../words.ts'
import type { ToyModel, ToyPlace, ToyProgram } from './toyModel.ts'
import { indexOf, numBlocks, operandsOf, sectionAt } from './toyModel.ts'
import type { ToyHistory } from './toyTrace.ts'
import { historyFrom, toyResult } from './toyTrace.ts'

/** The leaf of a block that nobody computes. */
export const ZERO_LEAF: Bytes32 = bytesToHex(zeroHash(0))

/** Halts a section when it is the leaf of its halt node's first block: so for one leaf in four. */
export function isHaltLeaf(leaf: Bytes32): boolean {
  return Number.parseInt(leaf.slice(2, 4), 16) < 64
}

/** Roots of a block's operands, in order. */
export type OperandRoots = readonly [Bytes32, Bytes32]

/** State of the toy machine before it computes a block. */
export function blockStart(p: { inputRoot: Bytes32; roots: OperandRoots; place: ToyPlace }): Bytes32 {
  const { inputRoot, roots, place } = p
  return hashWords(inputRoot, ...roots, numberWord(place.position), numberWord(place.block))
}

/** A small number as an EVM word. */
export function numberWord(value: number): Bytes32 {
  return `0x${value.toString(16).padStart(64, '0')}`
}

/** Where a run goes wrong. */
export interface ToyProgramFaults {
  /** Replaces the history of the machine that computes the block at `index`, from the true one; null: leaves it. */
  readonly history?: (index: number, honest: ToyHistory) => ToyHistory | null
  /** Replaces whether the section counts as halted at a position. */
  readonly isHalted?: (position: number, honest: boolean) => boolean
  /** Replaces a leaf by a word, whether or not anything stands for it; what follows is computed from it. */
  readonly leaf?: (index: number, honest: Bytes32) => Bytes32
}

/** One run of a toy program: the leaves of its trace, and the machine's histories that are not the true ones. */
export interface ToyProgramRun {
  readonly leaves: readonly Bytes32[]
  readonly falseHistories: ReadonlyMap<number, ToyHistory>
}

/** Runs a toy program, node after node, in the order of its leaves. */
export function runToyProgram(model: ToyModel, inputRoot: Bytes32, faults: ToyProgramFaults = {}): ToyProgramRun {
  const program = programOf(model)
  const { stepHeight, nodeHeight, blockHeight } = program
  const leaves: Bytes32[] = []
  const falseHistories = new Map<number, ToyHistory>()
  const add = (leaf: Bytes32): void => {
    leaves.push(faults.leaf?.(leaves.length, leaf) ?? leaf)
  }
  for (let position = 0; position < 2 ** stepHeight; position++) {
    const section = sectionAt(program, position)
    const isHalted = haltedAt(program, position, leaves)
    const repeats = section !== null && position > section.first && (faults.isHalted?.(position, isHalted) ?? isHalted)
    for (let node = 0; node < 2 ** nodeHeight; node++) {
      for (let block = 0; block < 2 ** blockHeight; block++) {
        const place = { position, node, block }
        if (isPadding(program, place)) add(ZERO_LEAF)
        else if (repeats) add(leaves[indexOf(program, { ...place, position: position - 1 })] ?? ZERO_LEAF)
        else {
          const index = leaves.length
          const honest = historyFrom(
            blockStart({ inputRoot, roots: operandRoots(program, place, leaves, inputRoot), place }),
            model,
          )
          const replaced = faults.history?.(index, honest) ?? null
          if (replaced !== null) falseHistories.set(index, replaced)
          add(leafOfHistory(replaced ?? honest))
        }
      }
    }
  }
  return { leaves, falseHistories }
}

/** The leaf that a machine's history comes to. */
export function leafOfHistory(history: ToyHistory): Bytes32 {
  const last = history.at(-1)
  if (last === undefined) throw new RangeError('A history without states.')
  return toyResult(bytesToHex(last))
}

/** Past the last position, the last node or the last block. */
export function isPadding(program: ToyProgram, { position, node, block }: ToyPlace): boolean {
  const section = sectionAt(program, position)
  return section === null || node >= section.nodes || block >= numBlocks(program, node)
}

/** Whether the section has halted before `position`, as the leaves left of it tell. */
export function haltedAt(program: ToyProgram, position: number, leaves: readonly Bytes32[]): boolean {
  const section = sectionAt(program, position)
  if (section?.haltNode === undefined || position === section.first) return false
  return isHaltLeaf(leaves[indexOf(program, { position: position - 1, node: section.haltNode, block: 0 })] ?? ZERO_LEAF)
}

/** Roots of the operands of the block at a place, from the leaves left of it. */
export function operandRoots(
  program: ToyProgram,
  place: ToyPlace,
  leaves: readonly Bytes32[],
  inputRoot: Bytes32,
): OperandRoots {
  const [first, second] = operandsOf(program, place).map((operand) => {
    if (operand === null) return numberWord(0)
    if (operand === 'input') return inputRoot
    const from = indexOf(program, { ...operand, block: 0 })
    return rootOfDescendants(leaves.slice(from, from + 2 ** program.blockHeight))
  })
  return [first ?? numberWord(0), second ?? numberWord(0)]
}

/** The program of a model that has one. */
export function programOf(model: ToyModel): ToyProgram {
  if (model.program === undefined) throw new RangeError('This toy model has no program.')
  return model.program
}
