import { describeSubtree, modelLevels, nodeTitle, programPlace } from '@opml/node'
import type { KnownModel, KnownProgramModel, ProgramPlace } from '@opml/node'
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

/** What a part of a tournament is about, as far as it is one thing already; without the model the text alone. */
export interface DisputedPlace {
  /** For people: steps, nodes and blocks of the program; instructions of a run of the machine. Without the model: leaves. */
  readonly where: string
  /** Step position over all sections. */
  readonly position?: number
  /** Number of the node in its section. */
  readonly node?: number
  readonly operator?: string | null
  /** Name of the node in the model that the program was made from. */
  readonly nodeName?: string | null
  /** Operator and names of the node. */
  readonly nodeTitle?: string
  readonly block?: number
  /** Numbers of the first and last instruction. */
  readonly instructions?: readonly [first: bigint, last: bigint]
}

/** Where in a dispute a subtree of a tournament is. */
export function placeInDispute(
  view: GameView,
  tournament: ViewedTournament,
  p: { subtree: Subtree; known: KnownModel | null },
): DisputedPlace {
  const { subtree, known } = p
  const first = subtree.index << BigInt(subtree.height)
  const count = 1n << BigInt(subtree.height)
  if (known === null) return { where: range('leaf', 'leaves', first, count) }
  switch (tournament.kind) {
    case KIND.graph:
      if (known.kind !== 'program') return { where: range('leaf', 'leaves', first, count) }
      return { where: describeSubtree(known, subtree), ...programFields(known, subtree) }
    case KIND.coarse:
    case KIND.block: {
      const fine = BigInt(modelLevels(known).fineHeight)
      return machinePlace(first << fine, count << fine, judgedBlock(view, tournament, known))
    }
    case KIND.fine: {
      const parent = parentOf(view, tournament)
      const before = (parent?.match.index ?? 0n) << BigInt(tournament.height)
      const block = parent === null ? null : judgedBlock(view, parent.tournament, known)
      return machinePlace(before + first, count, block)
    }
  }
}

/** The text of {@link placeInDispute}. */
export function whereInDispute(...place: Parameters<typeof placeInDispute>): string {
  return placeInDispute(...place).where
}

/** The block that the runs of a tournament over the machine's states compute; null where they are of a machine program. */
export function judgedBlock(
  view: GameView,
  tournament: ViewedTournament,
  known: KnownModel | null,
): ProgramPlace | null {
  const parent = parentOf(view, tournament)
  if (known?.kind !== 'program' || parent === null) return null
  if (parent.tournament.kind !== KIND.graph) return judgedBlock(view, parent.tournament, known)
  return programPlace(known, parent.match.index)
}

function parentOf(
  view: GameView,
  { parentMatch }: ViewedTournament,
): { match: ViewedMatch; tournament: ViewedTournament } | null {
  const match = parentMatch === null ? undefined : view.matches.get(parentMatch)
  const tournament = match === undefined ? undefined : view.tournaments.get(match.tournamentId)
  return match === undefined || tournament === undefined ? null : { match, tournament }
}

/** What all leaves of a subtree of a program's history share. */
function programFields(known: KnownProgramModel, { height, index }: Subtree): Partial<DisputedPlace> {
  const { nodeHeight, blockHeight } = known.model
  const place = programPlace(known, index << BigInt(height))
  return {
    ...(height <= nodeHeight + blockHeight && { position: place.position }),
    ...(height <= blockHeight && nodeFields(place)),
    ...(height === 0 && { block: place.block }),
  }
}

function nodeFields(place: ProgramPlace): Pick<DisputedPlace, 'node' | 'operator' | 'nodeName' | 'nodeTitle'> {
  return { node: place.node, operator: place.operator, nodeName: place.name, nodeTitle: nodeTitle(place) }
}

function machinePlace(first: bigint, count: bigint, block: ProgramPlace | null): DisputedPlace {
  const instructions = [first, first + count - 1n] as const
  const where = range('instruction', 'instructions', first, count)
  if (block === null) return { where, instructions }
  return { where, position: block.position, ...nodeFields(block), block: block.block, instructions }
}

function range(one: string, many: string, first: bigint, count: bigint): string {
  return count === 1n ? `${one} ${first}` : `${many} ${first} to ${first + count - 1n}`
}
