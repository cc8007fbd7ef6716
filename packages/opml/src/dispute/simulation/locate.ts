import type { Bytes32 } from '../../core/bytes.ts'
import type { GameView, ViewedMatch } from '../gameView.ts'
import { claimIn, tournamentIn } from '../gameView.ts'
import type { Kind } from '../kinds.ts'
import type { ToyTraceProvider } from './toyTrace.ts'

/** A match that came down to a leaf, and the first leaf in which the two traces really differ. */
export interface Located {
  readonly matchId: Bytes32
  readonly kind: Kind
  readonly rootA: Bytes32
  readonly rootB: Bytes32
  readonly found: number
  readonly expected: number
}

/** Every match at a leaf whose two traces are among `traces` or below them, with the first difference as reading both whole tells it. */
export async function locate(view: GameView, traces: readonly ToyTraceProvider[]): Promise<Located[]> {
  const leavesOf = new Map<Bytes32, readonly Bytes32[]>()
  for (const trace of traces) await collect(leavesOf, trace)
  return [...view.matches.values()].flatMap((match) => {
    const one = atLeaf(view, match, leavesOf)
    return one === null ? [] : [one]
  })
}

async function collect(leavesOf: Map<Bytes32, readonly Bytes32[]>, trace: ToyTraceProvider): Promise<void> {
  leavesOf.set(await trace.root(), trace.leaves())
  for (const inner of trace.openedInners()) await collect(leavesOf, inner)
}

function atLeaf(
  view: GameView,
  match: ViewedMatch,
  leavesOf: ReadonlyMap<Bytes32, readonly Bytes32[]>,
): Located | null {
  const rootA = claimIn(view, match.claimIdA).root
  const rootB = claimIn(view, match.claimIdB).root
  const [a, b] = [leavesOf.get(rootA), leavesOf.get(rootB)]
  if (match.height > 0 || a === undefined || b === undefined) return null
  const { kind } = tournamentIn(view, match.tournamentId)
  const expected = a.findIndex((leaf, i) => leaf !== b[i])
  return { matchId: match.id, kind, rootA, rootB, found: Number(match.index), expected }
}
