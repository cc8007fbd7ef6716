import { PHASE, isRunning } from '../clock.ts'
import type { GameView } from '../gameView.ts'
import type { PlannedAction } from '../types.ts'
import type { Agent, Decision } from './agent.ts'
import type { Arena } from './arena.ts'
import { AuditError } from './audit.ts'
import type { SeededRandom } from '../../core/seededRandom.ts'

/** More calls than any finite game of a few dozen claims makes. */
const MAX_CALLS = 50_000

/**
 * Plays the arena's root tournament to its end: whoever reacts first acts first (ties by lot), everybody looks again after each event,
 * and when all are idle time jumps to the next deadline.
 *
 * @throws {AuditError} when an honest call is refused, the game does not end, or an audit of the arena fails.
 */
export async function playGame(p: {
  arena: Arena
  agents: readonly Agent[]
  random: SeededRandom
  /** Called before every call that an agent sends. */
  before?: (action: PlannedAction) => void
}): Promise<void> {
  const { arena, agents } = p
  const wakes = agents.map((agent) => arena.time + agent.latency())
  let announced = arena.time
  while (!isFinished(arena.view)) {
    if (arena.played.length > MAX_CALLS) throw new AuditError(`No end after ${MAX_CALLS} calls.`)
    const first = Math.min(...wakes)
    const deadline = nextDeadline(arena.view, announced)
    if (deadline !== null && deadline <= first) {
      announced = deadline
      wakeAll(agents, wakes, deadline)
      continue
    }
    if (first === Number.POSITIVE_INFINITY)
      throw new AuditError(`Nobody acts after ${arena.time}, and no deadline is left.`)
    const awake = p.random.pick(wakes.flatMap((time, i) => (time === first ? [i] : [])))
    arena.time = Math.max(arena.time, first)
    announced = Math.max(announced, arena.time)
    const hasActed = await wake({ arena, agents, wakes, awake, before: p.before ?? ignore })
    if (hasActed) wakeAll(agents, wakes, arena.time)
  }
}

function ignore(): void {}

async function wake(p: {
  arena: Arena
  agents: readonly Agent[]
  wakes: number[]
  awake: number
  before: (action: PlannedAction) => void
}): Promise<boolean> {
  const { arena, wakes, awake } = p
  const agent = p.agents[awake]
  wakes[awake] = Number.POSITIVE_INFINITY
  if (agent === undefined) return false
  const decision = await agent.decide(arena.view, arena.time)
  if (decision.wakeAt !== null) wakes[awake] = Math.max(decision.wakeAt, arena.time + 1)
  return act(arena, agent, decision, p.before) > 0
}

/** @returns how many events the agent's calls made. */
function act(arena: Arena, agent: Agent, decision: Decision, before: (action: PlannedAction) => void): number {
  let numEvents = 0
  for (const action of decision.calls) {
    before(action)
    const { valueWei, reason, ...call } = action
    const refused = arena.send({ payer: agent.address, call, valueWei })
    if (refused === null) {
      numEvents += 1
      continue
    }
    agent.refused()
    if (agent.isHonest) throw new AuditError(`Honest ${agent.name}: ${call.kind} (${reason}): ${refused.message}`)
  }
  return numEvents
}

function isFinished(view: GameView): boolean {
  return view.tournaments.get(view.rootId)?.finished === true
}

function wakeAll(agents: readonly Agent[], wakes: number[], from: number): void {
  agents.forEach((agent, i) => {
    wakes[i] = Math.min(wakes[i] ?? Number.POSITIVE_INFINITY, from + agent.latency())
  })
}

/** The next time at which something changes by itself: a window closes or a clock runs out. */
export function nextDeadline(view: GameView, now: number): number | null {
  const times: number[] = []
  for (const tournament of view.tournaments.values()) if (!tournament.finished) times.push(tournament.windowEnd)
  for (const match of view.matches.values()) {
    if (match.phase === PHASE.over) continue
    if (isRunning(match.phase, 'a')) times.push(match.since + match.clockA)
    if (isRunning(match.phase, 'b')) times.push(match.since + match.clockB)
  }
  const later = times.filter((time) => time > now)
  return later.length === 0 ? null : Math.min(...later)
}
