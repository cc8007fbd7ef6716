import type { Bytes32 } from '../../core/bytes.ts'
import { GAS_BUDGET, bondWei, joinGas, openGas } from '../bond.ts'
import { joinClock } from '../clock.ts'
import { KIND, heightOf, isRootKind } from '../kinds.ts'
import type { Kind } from '../kinds.ts'
import { claimIdOf, innerTournamentId, rootTournamentId } from '../names.ts'
import { descentDepth, lastPosition } from '../position.ts'
import { rootOfDescendants, rootOfProof } from '../subtree.ts'
import type { Address, JoinData, JoinInnerAction, JoinRootAction } from '../types.ts'
import { ZERO_WORD } from '../types.ts'
import { hashWords } from '../words.ts'
import { fromBond, refund } from './money.ts'
import { becomeFree } from './pairing.ts'
import type { OpenRootCall, Task, Tournament, Turn } from './state.ts'
import { knownMatch, liveTournament, require } from './state.ts'

/** Opens a root tournament with its first claim; the sender is the market. @throws {GameRuleError} @see spec/06-dispute.md §3 */
export function openRoot(turn: Turn, call: OpenRootCall): void {
  const { game, context } = turn
  const tournamentId = rootTournamentId(context.sender, call.taskId)
  require(!game.tournaments.has(tournamentId), 'tournamentExists', tournamentId)
  const levels = game.machine.levels(call.modelId)
  const tournament = newTournament(turn, {
    rootId: tournamentId,
    kind: levels.rootKind,
    task: { modelId: call.modelId, inputRoot: call.inputRoot },
    market: context.sender,
    parentMatch: ZERO_WORD,
    prevState: ZERO_WORD,
    window: game.parameters.rootWindow,
    initialClock: game.parameters.initialClock,
  })
  const outcome = checkRootJoin(turn, tournament, call.join)
  addTournament(turn, tournamentId, tournament)
  const budgetGas = openGas(tournament)
  enter(turn, { tournamentId, tournament, join: call.join, outcome, owner: call.owner, budgetGas })
}

/** Joins a root tournament. @throws {GameRuleError} @see spec/06-dispute.md §3 */
export function joinRoot(turn: Turn, call: JoinRootAction): void {
  const { tournamentId, join } = call
  const tournament = liveTournament(turn.game, tournamentId)
  require(isRootKind(tournament.kind), 'wrongKind', `kind=${tournament.kind}`)
  const outcome = checkRootJoin(turn, tournament, join)
  enter(turn, { tournamentId, tournament, join, outcome, owner: turn.context.sender, budgetGas: joinGas(tournament) })
}

/** Joins the inner tournament of a match, on the side that its outcome names. @throws {GameRuleError} @see spec/06-dispute.md §3 */
export function joinInner(turn: Turn, call: JoinInnerAction): void {
  const { origin, leafA, leafB, join } = call
  const tournamentId = innerTournamentId(origin)
  const tournament = liveTournament(turn.game, tournamentId)
  require(hashWords(leafA, leafB) === knownMatch(turn.game, origin.parentMatch).pairHash, 'leavesMismatch')
  checkJoin(turn, tournament, join)
  const outcome = innerOutcome(turn, tournament, join)
  require(outcome === leafA || outcome === leafB, 'lastLeafNotDisputed')
  enter(turn, { tournamentId, tournament, join, outcome, owner: turn.context.sender, budgetGas: joinGas(tournament) })
}

/** A tournament whose window starts now; nothing is stored yet. */
export function newTournament(
  turn: Turn,
  p: {
    rootId: Bytes32
    kind: Kind
    task: Task
    market: Address
    parentMatch: Bytes32
    prevState: Bytes32
    window: number
    initialClock: number
  },
): Tournament {
  const { window, ...fixed } = p
  const levels = turn.game.machine.levels(p.task.modelId)
  const { priceCapWei } = turn.game.parameters
  return {
    ...fixed,
    height: heightOf(levels, p.kind),
    words: levels.words,
    windowStart: turn.context.time,
    windowEnd: turn.context.time + window,
    bondWei: bondWei({ levels, kind: p.kind, priceCapWei }),
    openMatches: 0,
    numClaims: 0,
    freeClaim: null,
    potWei: 0n,
    finished: false,
    outcome: null,
  }
}

/** Stores a new tournament and tells of it. */
export function addTournament(turn: Turn, tournamentId: Bytes32, tournament: Tournament): void {
  const { task, parentMatch, kind, height, prevState, windowEnd, initialClock } = tournament
  turn.game.tournaments.set(tournamentId, tournament)
  turn.events.push({
    kind: 'TournamentOpened',
    tournamentId,
    modelId: task.modelId,
    parentMatch,
    tournamentKind: kind,
    height,
    prevState,
    windowEnd,
    initialClock,
    time: turn.context.time,
  })
}

function checkRootJoin(turn: Turn, tournament: Tournament, join: JoinData): Bytes32 {
  checkJoin(turn, tournament, join)
  const result = turn.game.machine.resultOf(tournament.task, join)
  require(result !== null, 'badEvidence')
  return result
}

/** What an inner claim stands for: the leaf of a block, or the last state of a stride. */
function innerOutcome(turn: Turn, tournament: Tournament, join: JoinData): Bytes32 {
  if (tournament.kind === KIND.block) {
    const leaf = turn.game.machine.leafOf(tournament.task, join)
    require(leaf !== null, 'badEvidence')
    return leaf
  }
  require(join.evidence === '0x', 'badEvidence')
  return join.lastLeaf
}

/** What every join must satisfy: window, bond, the opening of its root, and the last leaf under the last opened descendant. */
function checkJoin(turn: Turn, tournament: Tournament, join: JoinData): void {
  const { time, valueWei } = turn.context
  require(time < tournament.windowEnd, 'windowClosed', `time=${time} windowEnd=${tournament.windowEnd}`)
  require(valueWei === tournament.bondWei, 'wrongBond', `value=${valueWei} bond=${tournament.bondWei}`)
  const depth = descentDepth(tournament.height)
  const { opened, lastLeaf, lastLeafSiblings } = join
  require(opened.length === 1 << depth && rootOfDescendants(opened) === join.root, 'badOpening')
  if (tournament.kind === KIND.graph) {
    // What a graph claim stands for is proven in its tree by the evidence.
    require(lastLeaf === ZERO_WORD && lastLeafSiblings.length === 0, 'badLastLeaf')
    return
  }
  const rest = tournament.height - depth
  require(lastLeafSiblings.length === rest, 'badLastLeaf', `siblings=${lastLeafSiblings.length} expected=${rest}`)
  const last = rootOfProof(lastLeaf, lastPosition(rest), lastLeafSiblings)
  require(last === opened[opened.length - 1], 'badLastLeaf')
}

function enter(
  turn: Turn,
  p: {
    tournamentId: Bytes32
    tournament: Tournament
    join: JoinData
    outcome: Bytes32
    owner: Address
    /** Without a match; with one it is at least that of a proven join. */
    budgetGas: bigint
  },
): void {
  const { tournamentId, tournament, outcome, owner } = p
  const { root, opened } = p.join
  const { game, context, events } = turn
  const claimId = claimIdOf(tournamentId, { root, outcome })
  require(!game.claims.has(claimId), 'claimUsed', claimId)
  const { initialClock, windowStart } = tournament
  const clock = joinClock({ initialClock, windowStart, time: context.time })
  const claim = {
    owner,
    status: 'free' as const,
    root,
    outcome,
    clock,
    ownedSince: context.time,
    bondWei: context.valueWei,
  }
  game.claims.set(claimId, claim)
  tournament.numClaims += 1
  events.push({ kind: 'Joined', tournamentId, claimId, owner, root, outcome, opened, time: context.time })
  const isPaired = becomeFree(turn, { tournamentId, tournament, claimId })
  const budgetGas = isPaired && p.budgetGas < GAS_BUDGET.joinProven ? GAS_BUDGET.joinProven : p.budgetGas
  refund(turn, { budgetGas, payers: [fromBond(claim)], to: owner })
}
