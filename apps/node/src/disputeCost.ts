import type { DeploymentParameters } from 'opml/chain'
import {
  GAS_BUDGET,
  KIND,
  KIND_NAMES,
  type Kind,
  type ModelLevels,
  bondWei,
  delayBound,
  heightOf,
  joinGas,
  kindsOf,
  numMoves,
  openGas,
  sealFineGas,
  wordsGas,
} from 'opml/dispute'

/** One tournament of a dispute, as it costs at most with two parties. */
export interface PhaseCost {
  readonly kind: Kind
  readonly name: string
  readonly height: number
  /** Of both sides together. */
  readonly moves: number
  /** Of both sides together: joins, moves, the seal, the end. */
  readonly transactions: number
  /** Budgets of spec/06 §10. */
  readonly gas: bigint
  readonly bondWei: bigint
  /** Seconds that pass at most: the window, both clocks. */
  readonly clockSeconds: number
}

/** What one match from challenge to the end of the game can cost at most, by the rules alone. */
export interface DisputeCost {
  readonly phases: readonly PhaseCost[]
  readonly moves: number
  readonly transactions: number
  readonly gas: bigint
  /** What a party has to have: the bonds of all phases; a submitter the submit bond besides. */
  readonly bondsWei: bigint
  /** From the challenge to the end of the game, both sides as slow as they may be. */
  readonly clockSeconds: number
}

/**
 * The worst case of a dispute between two parties about a model: every number comes from the rules' own tables.
 *
 * @see spec/06-dispute.md §7, §10
 */
export function disputeCost(levels: ModelLevels, parameters: DeploymentParameters): DisputeCost {
  const kinds = kindsOf(levels)
  const delay = (numPhases: number): number =>
    numPhases === 0 ? 0 : delayBound({ parameters, claims: kinds.slice(0, numPhases).map(() => 2), latency: 0 })
  const phases = kinds.map((kind, i): PhaseCost => {
    const height = heightOf(levels, kind)
    const moves = numMoves(height)
    const isRoot = kind === levels.rootKind
    const tree = { kind, height, words: levels.words }
    // The second join makes the match.
    const joins = isRoot
      ? openGas(tree) + joinGas(tree)
      : joinGas(tree) + greatest(joinGas(tree), GAS_BUDGET.joinProven)
    return {
      kind,
      name: KIND_NAMES[kind],
      height,
      moves,
      transactions: 2 + moves + 1 + 1,
      gas: joins + movesGas(moves) + sealGas(levels, kind) + GAS_BUDGET.end,
      bondWei: bondWei({ levels, kind, priceCapWei: parameters.priceCapWei }),
      clockSeconds: delay(i + 1) - delay(i),
    }
  })
  const sum = (value: (phase: PhaseCost) => number): number => phases.reduce((total, phase) => total + value(phase), 0)
  return {
    phases,
    moves: sum(({ moves }) => moves),
    transactions: sum(({ transactions }) => transactions),
    gas: phases.reduce((total, { gas }) => total + gas, 0n),
    bondsWei: phases.reduce((total, phase) => total + phase.bondWei, 0n),
    clockSeconds: sum(({ clockSeconds }) => clockSeconds),
  }
}

function movesGas(moves: number): bigint {
  return moves === 0 ? 0n : GAS_BUDGET.firstMove + BigInt(moves - 1) * GAS_BUDGET.move
}

function sealGas(levels: ModelLevels, kind: Kind): bigint {
  if (kind === KIND.graph) return GAS_BUDGET.sealGraph + wordsGas(levels.words)
  const isLast = kind === KIND.fine || levels.fineHeight === 0
  return isLast ? sealFineGas(heightOf(levels, kind)) : GAS_BUDGET.sealCoarse
}

function greatest(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
