import type { Bytes32 } from '../core/bytes.ts'
import { bondWei } from './bond.ts'
import type { ViewedClaim, ViewedTournament } from './gameView.ts'
import { matchIn, originIn } from './gameView.ts'
import { KIND, KIND_NAMES } from './kinds.ts'
import { commitmentOf } from './names.ts'
import type { Plan } from './plan.ts'
import { descentDepth, lastPosition } from './position.ts'
import type { TraceProvider } from './traceProvider.ts'
import type { JoinData } from './types.ts'
import { ZERO_WORD } from './types.ts'

/** Everything a join of `trace`'s root posts. */
export async function joinDataOf(trace: TraceProvider): Promise<JoinData> {
  const { height } = trace
  const depth = descentDepth(height)
  return {
    root: await trace.root(),
    opened: await trace.descendants({ height, index: 0n }, depth),
    ...(await lastLeafOf(trace, height - depth)),
    evidence: await trace.joinEvidence(),
  }
}

/** The last leaf and its first `numSiblings` siblings; what a graph claim stands for is not in its last leaf. */
async function lastLeafOf(
  trace: TraceProvider,
  numSiblings: number,
): Promise<Pick<JoinData, 'lastLeaf' | 'lastLeafSiblings'>> {
  if (trace.kind === KIND.graph) return { lastLeaf: ZERO_WORD, lastLeafSiblings: [] }
  const last = lastPosition(trace.height)
  const [lastLeaf] = await trace.descendants({ height: 0, index: last }, 0)
  if (lastLeaf === undefined) throw new RangeError('A trace opened its last leaf to nothing.')
  return { lastLeaf, lastLeafSiblings: (await trace.proveLeaf(last)).slice(0, numSiblings) }
}

/** Joins with the own root, or takes it back from one who copied it, or shows that it was ours before we joined; if the window allows. */
export async function planJoin(
  plan: Plan,
  p: { tournament: ViewedTournament; trace: TraceProvider; ownId: Bytes32 },
): Promise<void> {
  const { tournament, trace, ownId } = p
  if (plan.now + plan.options.inclusionSeconds >= tournament.windowEnd) return
  const claim = plan.view.claims.get(ownId)
  if (claim !== undefined) return planDisplace(plan, tournament, claim)
  if (tournament.parentMatch === null && !plan.options.joinRoot) return
  const root = await trace.root()
  if (commitFirst(plan, tournament, root)) return
  const join = await joinDataOf(trace)
  const valueWei = tournamentBondWei(plan, tournament)
  const reason = `our root ${root.slice(0, 10)} is missing in a ${KIND_NAMES[tournament.kind]} tournament`
  if (tournament.parentMatch === null) {
    plan.actions.push({ kind: 'joinRoot', tournamentId: tournament.id, join, valueWei, reason })
    return
  }
  const parent = matchIn(plan.view, tournament.parentMatch)
  plan.actions.push({
    kind: 'joinInner',
    origin: originIn(plan.view, tournament.id),
    leafA: parent.nodeA,
    leafB: parent.nodeB,
    join,
    valueWei,
    reason,
  })
}

/** @returns true when the join has to wait for the commitment, which is then proposed. */
function commitFirst(plan: Plan, tournament: ViewedTournament, root: Bytes32): boolean {
  const salt = plan.options.commitSalt
  if (salt === null || !plan.options.commitFirst) return false
  const commitment = commitmentOf({ tournamentId: tournament.id, root, sender: plan.me, salt })
  if (plan.view.commitments.has(commitment)) return false
  plan.actions.push({ kind: 'commit', commitment, valueWei: 0n, reason: 'before our join becomes visible' })
  return true
}

function planDisplace(plan: Plan, tournament: ViewedTournament, claim: ViewedClaim): void {
  const { me, view, options } = plan
  const salt = options.commitSalt
  if (salt === null || (claim.status !== 'free' && claim.status !== 'inMatch')) return
  const { id: tournamentId } = tournament
  const own = commitmentOf({ tournamentId, root: claim.root, sender: me, salt })
  const committed = view.commitments.get(own)
  if (committed === undefined || committed >= claim.ownedSince) return
  const isOurs = claim.owner === me
  if (isOurs && !hasRival(plan, { own, committed, ownedSince: claim.ownedSince })) return
  plan.actions.push({
    kind: 'displace',
    tournamentId,
    claim: { root: claim.root, outcome: claim.outcome },
    salt,
    valueWei: isOurs ? 0n : tournamentBondWei(plan, tournament),
    reason: isOurs ? 'we had committed before we joined' : `${claim.owner} copied our join`,
  })
}

/**
 * Whether a commitment from between ours and our join could, unless ours is shown, take the claim over in the last second of the window.
 * What a commitment is for cannot be seen, so any one counts; mostly there is none, and showing ours would be gas for nothing.
 */
function hasRival(plan: Plan, p: { own: Bytes32; committed: number; ownedSince: number }): boolean {
  for (const [commitment, time] of plan.view.commitments)
    if (commitment !== p.own && time >= p.committed && time < p.ownedSince) return true
  return false
}

function tournamentBondWei(plan: Plan, { kind }: ViewedTournament): bigint {
  return plan.bondsWei?.[kind] ?? bondWei({ levels: plan.levels, kind, priceCapWei: plan.params.priceCapWei })
}
