import type { KnownModel } from '@opml/node'
import type { Deployment, TaskView } from 'opml/chain'
import { KIND_NAMES, PHASE, type GameView, type Kind, type ViewedMatch, type ViewedTournament } from 'opml/dispute'
import { formatEther, formatSeconds } from '../amounts.ts'
import { placeInDispute } from '../whereInDispute.ts'
import type { DisputedPlace } from '../whereInDispute.ts'
import { type Clocks, clocksOf, clocksText, short } from './clocks.ts'

/** What the state of a dispute is made from. */
export interface LiveStateInput {
  readonly task: TaskView
  readonly view: GameView
  readonly known: KnownModel | null
  readonly deployment: Deployment
  /** Gas sent back to the senders of this dispute's calls so far, by account. */
  readonly refundedWei: ReadonlyMap<string, bigint>
  /** Of a model's tournaments, by kind. */
  readonly bondsWei: Readonly<Partial<Record<Kind, bigint>>>
  /** Chain time in seconds. */
  readonly now: number
}

/** The open parts of a dispute: who stands where, clocks as they run, money at stake. Amounts in wei. */
export interface LiveState {
  readonly event: 'state'
  readonly time: number
  readonly taskId: string
  readonly status: string
  readonly phases: readonly LivePhase[]
  readonly feeWei: bigint
  readonly submitBondWei: bigint
  /** Of all claims of the dispute. */
  readonly bondsWei: bigint
  readonly refundedWei: Readonly<Record<string, bigint>>
}

interface LivePhase {
  readonly phase: string
  readonly claims: number
  readonly alive: number
  /** Until which nobody can join any more; 0 when over. */
  readonly joinSeconds: number
  readonly matches: readonly LiveMatch[]
}

interface LiveMatch extends DisputedPlace {
  /** What is to be done, and by whom. */
  readonly turn: string
  readonly clocks: Clocks
}

/** The state of a dispute. */
export function liveState(p: LiveStateInput): LiveState {
  const { view, task, now, deployment, bondsWei } = p
  const open = [...view.tournaments.values()].filter(({ finished }) => !finished)
  return {
    event: 'state',
    time: now,
    taskId: task.taskId,
    status: task.status,
    phases: open.map((tournament) => livePhase(p, tournament)),
    feeWei: task.feeWei,
    submitBondWei: deployment.parameters.submitBondWei,
    bondsWei: [...view.tournaments.values()].reduce(
      (sum, { kind, claimIds }) => sum + (bondsWei[kind] ?? 0n) * BigInt(claimIds.length),
      0n,
    ),
    refundedWei: Object.fromEntries(p.refundedWei),
  }
}

function livePhase(p: LiveStateInput, tournament: ViewedTournament): LivePhase {
  const { view, now } = p
  const claims = tournament.claimIds.map((id) => view.claims.get(id)).filter((claim) => claim !== undefined)
  const matches = tournament.matchIds.map((id) => view.matches.get(id)).filter((match) => match !== undefined)
  return {
    phase: KIND_NAMES[tournament.kind],
    claims: claims.length,
    alive: claims.filter(({ status }) => status !== 'dead').length,
    joinSeconds: Math.max(0, tournament.windowEnd - now),
    matches: matches.filter(({ phase }) => phase !== PHASE.over).map((match) => liveMatch(p, tournament, match)),
  }
}

function liveMatch({ view, now, known }: LiveStateInput, tournament: ViewedTournament, match: ViewedMatch): LiveMatch {
  const place = placeInDispute(view, tournament, { subtree: match, known })
  return { turn: turnOf(view, match), ...place, clocks: clocksOf(view, match, now) }
}

function turnOf(view: GameView, { phase, claimIdA, claimIdB }: ViewedMatch): string {
  const owner = (id: ViewedMatch['claimIdA']): string => short(view.claims.get(id)?.owner ?? '?')
  if (phase === PHASE.moveA) return `${owner(claimIdA)} to move`
  if (phase === PHASE.moveB) return `${owner(claimIdB)} to move`
  return phase === PHASE.sealable ? 'to be sealed' : 'one phase down'
}

/** A state for people. */
export function liveText(state: LiveState): string {
  const { phases, feeWei, submitBondWei, bondsWei, refundedWei, taskId, status, time } = state
  const stake = `fee ${formatEther(feeWei)}, submit bond ${formatEther(submitBondWei)}, bonds ${formatEther(bondsWei)} ether`
  const refunded = Object.entries(refundedWei).map(([to, wei]) => `${short(to)} ${formatEther(wei)}`)
  return [
    ...phases.flatMap(phaseLines),
    `at stake: ${stake}`,
    ...(refunded.length === 0 ? [] : [`gas refunded: ${refunded.join(', ')} ether`]),
    `task ${short(taskId)} is ${status}, chain time ${new Date(time * 1000).toISOString().slice(0, 19)}Z`,
  ].join('\n')
}

function phaseLines({ phase, claims, alive, joinSeconds, matches }: LivePhase): string[] {
  const joins = joinSeconds > 0 ? `joins for ${formatSeconds(joinSeconds)} more` : 'joins closed'
  return [
    `${phase}  ${claims} claims, ${alive} alive, ${joins}`,
    ...matches.map(({ turn, where, clocks }) => `  ${turn}: ${where}  (${clocksText(clocks)})`),
  ]
}
