import type { Bytes32 } from '../../core/bytes.ts'
import { GAS_BUDGET, deepGas } from '../bond.ts'
import { PHASE, chargedClock, innerInitialClock, isExpired } from '../clock.ts'
import type { Side } from '../clock.ts'
import { innerTournamentId, matchIdOf } from '../names.ts'
import { numMoves } from '../position.ts'
import { rootOfProof } from '../subtree.ts'
import type { SealCoarseAction, SealFineAction } from '../types.ts'
import { MATCH_END } from '../types.ts'
import { hashWords } from '../words.ts'
import { addTournament, newTournament } from './join.ts'
import { endMatch } from './matchEnd.ts'
import { fromSpent, refund } from './money.ts'
import type { Match, Tournament, Turn } from './state.ts'
import { knownMatch, liveTournament, require, storedClaim } from './state.ts'

/** Opens the inner tournament about the leaf in dispute. @throws {GameRuleError} @see spec/06-dispute.md §5 */
export function sealCoarse(turn: Turn, call: SealCoarseAction): void {
  const { leafA, leafB } = call
  const { matchId, match, tournament, prev } = checkSeal(turn, call)
  require(!tournament.isLastLevel, 'wrongLevel')
  const { time } = turn.context
  const { allowance } = turn.game.parameters
  chargeBoth(match, time)
  match.phase = PHASE.inner
  const initialClock = innerInitialClock({ clockA: match.clockA, clockB: match.clockB, allowance })
  const { rootId, task, market, level } = tournament
  const inner = newTournament(turn, {
    rootId,
    task,
    market,
    level: level + 1,
    parentMatch: matchId,
    prevState: prev,
    window: initialClock,
    initialClock,
  })
  const tournamentId = innerTournamentId(matchId)
  addTournament(turn, tournamentId, inner)
  turn.events.push({ kind: 'InnerOpened', matchId, tournamentId, prevState: prev, leafA, leafB, time })
  const payer = sideNotMovedLast(tournament.height)
  refund(turn, { budgetGas: GAS_BUDGET.sealCoarse, payers: [fromSpent(turn, match, payer)] })
}

/** Decides a match by executing one instruction. @throws {GameRuleError} @see spec/06-dispute.md §5 */
export function sealFine(turn: Turn, call: SealFineAction): void {
  const { leafA, leafB } = call
  const { matchId, match, tournament, prev } = checkSeal(turn, call)
  require(tournament.isLastLevel, 'wrongLevel')
  const next = turn.game.machine.step(tournament.task, prev, call.witness)
  require(next !== null, 'badWitness')
  const { time } = turn.context
  turn.events.push({ kind: 'Stepped', matchId, prevState: prev, next, time })
  chargeBoth(match, time)
  const winner: Side | null = next === leafA ? 'a' : next === leafB ? 'b' : null
  const budgetGas = GAS_BUDGET.sealFine + deepGas(tournament.height)
  endMatch(turn, { matchId, match, tournament, winner, reason: MATCH_END.step, budgetGas, pairedBudgetGas: budgetGas })
}

/** What both seals demand: phase 3, both clocks running, the two leaves, and the agreed state before them. */
function checkSeal(
  turn: Turn,
  call: SealCoarseAction | SealFineAction,
): { matchId: Bytes32; match: Match; tournament: Tournament; prev: Bytes32 } {
  const matchId = matchIdOf(call.match)
  const match = knownMatch(turn.game, matchId)
  const { time } = turn.context
  require(match.phase === PHASE.sealable, 'wrongPhase', `phase=${match.phase}`)
  require(!isExpired(match, 'a', time) && !isExpired(match, 'b', time), 'expired')
  require(hashWords(call.leafA, call.leafB) === match.pairHash, 'leavesMismatch')
  const tournament = liveTournament(turn.game, match.tournamentId)
  const prev = match.index === 0n ? initialState(turn, tournament, call) : agreedState(turn, match, tournament, call)
  return { matchId, match, tournament, prev }
}

/** The state before leaf 0: derived at level 0, the one the inner tournament was opened with below, whatever the call says. */
function initialState(turn: Turn, tournament: Tournament, call: SealCoarseAction | SealFineAction): Bytes32 {
  if (tournament.level > 0) return tournament.prevState
  const state = turn.game.machine.initialState(tournament.task, call.prev.siblings)
  require(state !== null, 'badAgreedState')
  return state
}

/** Leaf index − 1, proven in the tree of either claim. */
function agreedState(
  turn: Turn,
  match: Match,
  tournament: Tournament,
  call: SealCoarseAction | SealFineAction,
): Bytes32 {
  const { stateHash, siblings, inB } = call.prev
  const claim = storedClaim(turn.game, inB ? match.claimIdB : match.claimIdA)
  require(siblings.length === tournament.height, 'badAgreedState', `siblings=${siblings.length}`)
  require(rootOfProof(stateHash, match.index - 1n, siblings) === claim.root, 'badAgreedState')
  return stateHash
}

function chargeBoth(match: Match, time: number): void {
  match.clockA = chargedClock(match.clockA, time - match.since)
  match.clockB = chargedClock(match.clockB, time - match.since)
  match.since = time
}

/** A makes moves 1, 3, 5 …; with none at all it would be A's turn. */
function sideNotMovedLast(height: number): Side {
  return numMoves(height) % 2 === 1 ? 'b' : 'a'
}
