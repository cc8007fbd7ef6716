import type { Bytes32 } from '../../core/bytes.ts'
import { GAS_BUDGET, sealFineGas, wordsGas } from '../bond.ts'
import { PHASE, chargedClock, innerInitialClock, isExpired } from '../clock.ts'
import type { Side } from '../clock.ts'
import { KIND, innerKindOf, isRootKind } from '../kinds.ts'
import type { Kind } from '../kinds.ts'
import { innerTournamentId, matchIdOf } from '../names.ts'
import { numMoves } from '../position.ts'
import { rootOfProof } from '../subtree.ts'
import type { Origin, SealCoarseAction, SealFineAction, SealGraphAction } from '../types.ts'
import { MATCH_END } from '../types.ts'
import { hashWords } from '../words.ts'
import { addTournament, newTournament } from './join.ts'
import { endMatch } from './matchEnd.ts'
import { fromSpent, refund } from './money.ts'
import type { Match, Tournament, Turn } from './state.ts'
import { knownMatch, liveTournament, require, storedClaim } from './state.ts'

/** Opens the tournament about the instructions of a stride. @throws {GameRuleError} @see spec/06-dispute.md §5 */
export function sealCoarse(turn: Turn, call: SealCoarseAction): void {
  const sealed = checkSeal(turn, call)
  checkOrigin(sealed, call.origin)
  const { kind } = sealed.tournament
  require(kind !== KIND.graph && innerKind(turn, sealed.tournament) === KIND.fine, 'wrongKind', `kind=${kind}`)
  openInner(turn, sealed, { call, kind: KIND.fine, prevState: stateBefore(turn, sealed, call) })
  const payer = sideNotMovedLast(sealed.tournament.height)
  refund(turn, { budgetGas: GAS_BUDGET.sealCoarse, payers: [fromSpent(turn, sealed.match, payer)] })
}

/** Decides a match by executing one instruction. @throws {GameRuleError} @see spec/06-dispute.md §5 */
export function sealFine(turn: Turn, call: SealFineAction): void {
  const sealed = checkSeal(turn, call)
  const { tournament, matchId } = sealed
  checkOrigin(sealed, call.origin)
  require(innerKind(turn, tournament) === null, 'wrongKind', `kind=${tournament.kind}`)
  const prev = stateBefore(turn, sealed, call)
  const next = turn.game.machine.step(tournament.task, prev, call.witness)
  require(next !== null, 'badWitness')
  turn.events.push({ kind: 'Stepped', matchId, prevState: prev, next, time: turn.context.time })
  decide(turn, sealed, { call, truth: next, reason: MATCH_END.step, budgetGas: sealFineGas(tournament.height) })
}

/** Decides a match by a rule, or opens the tournament about the block in dispute. @throws {GameRuleError} @see spec/06-dispute.md §5 */
export function sealGraph(turn: Turn, call: SealGraphAction): void {
  const sealed = checkSeal(turn, call)
  const { matchId, match, tournament } = sealed
  require(tournament.kind === KIND.graph, 'wrongKind', `kind=${tournament.kind}`)
  const { root: traceRoot } = storedClaim(turn.game, call.inB ? match.claimIdB : match.claimIdA)
  const { evidence } = call
  const judgement = turn.game.machine.judge(tournament.task, { traceRoot, index: match.index, evidence })
  require(judgement !== null, 'badJudgement')
  const { isDecided, answer } = judgement
  const budgetGas = GAS_BUDGET.sealGraph + wordsGas(tournament.words)
  if (isDecided) {
    turn.events.push({ kind: 'Judged', matchId, answer, time: turn.context.time })
    decide(turn, sealed, { call, truth: answer, reason: MATCH_END.rule, budgetGas })
    return
  }
  openInner(turn, sealed, { call, kind: KIND.block, prevState: answer })
  const payer = sideNotMovedLast(tournament.height)
  refund(turn, { budgetGas, payers: [fromSpent(turn, match, payer)] })
}

type SealAction = SealCoarseAction | SealFineAction | SealGraphAction

/** A match at a leaf, with what belongs to it. */
interface Sealed {
  readonly matchId: Bytes32
  readonly match: Match
  readonly tournament: Tournament
}

/** What all seals demand: phase 3, both clocks running, and the two leaves. */
function checkSeal(turn: Turn, call: SealAction): Sealed {
  const matchId = matchIdOf(call.match)
  const match = knownMatch(turn.game, matchId)
  const { time } = turn.context
  require(match.phase === PHASE.sealable, 'wrongPhase', `phase=${match.phase}`)
  require(!isExpired(match, 'a', time) && !isExpired(match, 'b', time), 'expired')
  require(hashWords(call.leafA, call.leafB) === match.pairHash, 'leavesMismatch')
  return { matchId, match, tournament: liveTournament(turn.game, match.tournamentId) }
}

/** A root tournament stores what it is about: its origin is ignored. */
function checkOrigin({ match, tournament }: Sealed, origin: Origin): void {
  if (isRootKind(tournament.kind)) return
  require(innerTournamentId(origin) === match.tournamentId, 'originMismatch')
}

function innerKind(turn: Turn, { task, kind }: Tournament): Kind | null {
  return innerKindOf(turn.game.machine.levels(task.modelId), kind)
}

/** The tournament below the leaf in dispute comes into being; the clocks of the match stand still. */
function openInner(
  turn: Turn,
  { matchId, match, tournament }: Sealed,
  p: { call: SealAction; kind: Kind; prevState: Bytes32 },
): void {
  const { time } = turn.context
  const { allowance } = turn.game.parameters
  const { leafA, leafB } = p.call
  const { kind, prevState } = p
  chargeBoth(match, time)
  match.phase = PHASE.inner
  const initialClock = innerInitialClock({ clockA: match.clockA, clockB: match.clockB, allowance })
  const { rootId, task, market } = tournament
  const window = initialClock
  const inner = newTournament(turn, {
    rootId,
    task,
    market,
    kind,
    parentMatch: matchId,
    prevState,
    window,
    initialClock,
  })
  const tournamentId = innerTournamentId({ parentMatch: matchId, modelId: task.modelId, prevState })
  addTournament(turn, tournamentId, inner)
  turn.events.push({ kind: 'InnerOpened', matchId, tournamentId, prevState, leafA, leafB, time })
}

/** Ends a match whose true leaf is known: a claim that has another one loses; both may. */
function decide(
  turn: Turn,
  sealed: Sealed,
  p: { call: SealAction; truth: Bytes32; reason: number; budgetGas: bigint },
): void {
  const { call, truth, reason, budgetGas } = p
  chargeBoth(sealed.match, turn.context.time)
  const winner: Side | null = truth === call.leafA ? 'a' : truth === call.leafB ? 'b' : null
  endMatch(turn, { ...sealed, winner, reason, budgetGas, pairedBudgetGas: budgetGas })
}

/** The agreed state before the leaf in dispute. */
function stateBefore(turn: Turn, { match, tournament }: Sealed, call: SealCoarseAction | SealFineAction): Bytes32 {
  return match.index === 0n ? initialState(turn, tournament, call) : agreedState(turn, match, tournament, call)
}

/** The state before leaf 0: derived at kind coarse, the one that the tournament was opened with below, whatever the call says. */
function initialState(turn: Turn, tournament: Tournament, call: SealCoarseAction | SealFineAction): Bytes32 {
  if (tournament.kind !== KIND.coarse) return tournament.prevState
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
