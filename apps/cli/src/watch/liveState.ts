import type { KnownModel } from '@opml/node'
import type { Deployment, TaskView } from 'opml/chain'
import {
  KIND_NAMES,
  PHASE,
  type GameEvent,
  type GameView,
  type Kind,
  type ViewedMatch,
  type ViewedTournament,
} from 'opml/dispute'
import { formatEther, formatSeconds } from '../amounts.ts'
import { whereInDispute } from '../whereInDispute.ts'
import { short } from './describeEvent.ts'

/** What the state of a dispute is made from. */
export interface LiveStateInput {
  readonly task: TaskView
  readonly view: GameView
  readonly known: KnownModel | null
  readonly deployment: Deployment
  readonly events: readonly GameEvent[]
  /** Of a model's tournaments, by kind. */
  readonly bondsWei: Readonly<Partial<Record<Kind, bigint>>>
  /** Chain time in seconds. */
  readonly now: number
}

/** The open parts of a dispute, for people: who stands where, clocks as they run, money at stake. */
export function liveState(p: LiveStateInput): string {
  const { view, task, now } = p
  const open = [...view.tournaments.values()].filter(({ finished }) => !finished)
  return [
    ...open.flatMap((tournament) => tournamentLines(p, tournament)),
    ...moneyLines(p),
    `task ${short(task.taskId)} is ${task.status}, chain time ${new Date(now * 1000).toISOString().slice(0, 19)}Z`,
  ].join('\n')
}

function tournamentLines(p: LiveStateInput, tournament: ViewedTournament): string[] {
  const { view, now } = p
  const claims = tournament.claimIds.map((id) => view.claims.get(id)).filter((claim) => claim !== undefined)
  const matches = tournament.matchIds.map((id) => view.matches.get(id)).filter((match) => match !== undefined)
  const left = tournament.windowEnd - now
  const window = left > 0 ? `joins for ${formatSeconds(left)} more` : 'joins closed'
  const alive = claims.filter(({ status }) => status !== 'dead')
  return [
    `${KIND_NAMES[tournament.kind]}  ${claims.length} claims, ${alive.length} alive, ${window}`,
    ...matches.filter(({ phase }) => phase !== PHASE.over).map((match) => matchLine(p, tournament, match)),
  ]
}

function matchLine(p: LiveStateInput, tournament: ViewedTournament, match: ViewedMatch): string {
  const { view, now, known } = p
  const [a, b] = [match.claimIdA, match.claimIdB].map((id) => short(view.claims.get(id)?.owner ?? '?'))
  const elapsed = Math.max(0, now - match.since)
  const clock = (seconds: number, isRunning: boolean): string =>
    formatSeconds(Math.max(0, seconds - (isRunning ? elapsed : 0)))
  const isSealable = match.phase === PHASE.sealable
  const clocks = `${a} ${clock(match.clockA, isSealable || match.phase === PHASE.moveA)}, ${b} ${clock(match.clockB, isSealable || match.phase === PHASE.moveB)}`
  return `  ${turn(match, { a, b })}: ${whereInDispute(view, tournament, { subtree: match, known })}  (${clocks})`
}

function turn({ phase }: ViewedMatch, p: { a: string | undefined; b: string | undefined }): string {
  if (phase === PHASE.moveA) return `${p.a} to move`
  if (phase === PHASE.moveB) return `${p.b} to move`
  return phase === PHASE.sealable ? 'to be sealed' : 'one phase down'
}

function moneyLines(p: LiveStateInput): string[] {
  const { task, view, deployment, bondsWei, events } = p
  const bonds = [...view.tournaments.values()].reduce(
    (sum, { kind, claimIds }) => sum + (bondsWei[kind] ?? 0n) * BigInt(claimIds.length),
    0n,
  )
  const stake = `fee ${formatEther(task.feeWei)}, submit bond ${formatEther(deployment.parameters.submitBondWei)}, bonds ${formatEther(bonds)} ether`
  const refunds = new Map<string, bigint>()
  for (const event of events)
    if (event.kind === 'Refunded' && event.time >= (task.dispute?.time ?? 0))
      refunds.set(event.to, (refunds.get(event.to) ?? 0n) + event.amountWei)
  const refunded = [...refunds].map(([to, wei]) => `${short(to)} ${formatEther(wei)}`)
  return [`at stake: ${stake}`, ...(refunded.length === 0 ? [] : [`gas refunded: ${refunded.join(', ')} ether`])]
}
