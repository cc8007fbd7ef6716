import { describeSubtree, modelLevels } from '@opml/node'
import type { KnownModel } from '@opml/node'
import { KIND, descentDepth } from 'opml/dispute'
import type { GameView, MoveAction, ViewedMatch, ViewedTournament } from 'opml/dispute'

/** A part of the tree that a match is about. */
interface Subtree {
  readonly height: number
  readonly index: bigint
}

/** The part that a move leads to, from the match before it. */
export function subtreeAfter(match: ViewedMatch, action: MoveAction): Subtree {
  const depth = descentDepth(match.height)
  return { height: match.height - depth, index: (match.index << BigInt(depth)) + BigInt(action.childIndex) }
}

/**
 * What a subtree of a tournament is about, for people: steps, nodes and blocks of the program; instructions of a run of the machine. Without
 * the model: leaves.
 */
export function whereInDispute(
  view: GameView,
  tournament: ViewedTournament,
  p: { subtree: Subtree; known: KnownModel | null },
): string {
  const { subtree, known } = p
  const first = subtree.index << BigInt(subtree.height)
  const count = 1n << BigInt(subtree.height)
  if (known === null) return range('leaf', 'leaves', first, count)
  switch (tournament.kind) {
    case KIND.graph:
      return known.kind === 'program'
        ? describeSubtree(known.program, known.model, subtree)
        : range('leaf', 'leaves', first, count)
    case KIND.coarse:
    case KIND.block: {
      const fine = BigInt(modelLevels(known).fineHeight)
      return range('instruction', 'instructions', first << fine, count << fine)
    }
    case KIND.fine: {
      const parent = tournament.parentMatch === null ? undefined : view.matches.get(tournament.parentMatch)
      const before = (parent?.index ?? 0n) << BigInt(tournament.height)
      return range('instruction', 'instructions', before + first, count)
    }
  }
}

function range(one: string, many: string, first: bigint, count: bigint): string {
  return count === 1n ? `${one} ${first}` : `${many} ${first} to ${first + count - 1n}`
}
