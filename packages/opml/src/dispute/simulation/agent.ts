import type { GameView } from '../gameView.ts'
import type { ModelLevels } from '../kinds.ts'
import { nextActions } from '../player.ts'
import type { PlayerOptions } from '../plan.ts'
import type { TraceProvider } from '../traceProvider.ts'
import type { Address, GameParameters, PlannedAction } from '../types.ts'

/** What an agent decides on seeing a view: the calls it sends now, and when it wants to look again although nothing happened. */
export interface Decision {
  readonly calls: readonly PlannedAction[]
  readonly wakeAt: number | null
}

/** A participant of a simulated game. */
export interface Agent {
  readonly name: string
  readonly address: Address
  /** Whether its calls must never be refused and its money never shrink. */
  readonly isHonest: boolean
  /** Seconds from an event to its reaction; may vary. */
  latency(): number
  decide(view: GameView, now: number): Promise<Decision>
  /** One of its calls was refused. */
  refused(): void
}

/** What a strategy makes of one action of the honest plan: send it (perhaps changed), leave it, or wait until a time. */
export type Habit = (action: PlannedAction, view: GameView, now: number) => Choice | Promise<Choice>

/** The action itself or another one in its place; nothing; or the time at which to look again. */
export type Choice = PlannedAction | 'drop' | { until: number }

/** Plays a trace, honest or not, with a habit: the honest plan for that trace, of which each action may be changed, dropped or delayed. */
export function playerAgent(p: {
  name: string
  address: Address
  isHonest: boolean
  trace: TraceProvider
  params: GameParameters
  levels: ModelLevels
  latency: () => number
  habit?: Habit
  options?: PlayerOptions
  /** After so many refused calls it gives up. */
  maxRefusals?: number
}): Agent {
  let refusals = 0
  const { name, address, isHonest, latency, trace, params, levels } = p
  return {
    name,
    address,
    isHonest,
    latency,
    refused: () => {
      refusals += 1
    },
    decide: async (view, now) => {
      if (refusals >= (p.maxRefusals ?? 3)) return { calls: [], wakeAt: null }
      const options = p.options ?? {}
      const plan = await nextActions({ view, me: address, trace, params, levels, now, options })
      return p.habit === undefined ? { calls: plan, wakeAt: null } : applyHabit(p.habit, { plan, view, now })
    },
  }
}

async function applyHabit(
  habit: Habit,
  p: { plan: readonly PlannedAction[]; view: GameView; now: number },
): Promise<Decision> {
  const calls: PlannedAction[] = []
  let wakeAt: number | null = null
  for (const action of p.plan) {
    const choice = await habit(action, p.view, p.now)
    if (choice === 'drop') continue
    if ('until' in choice) wakeAt = wakeAt === null ? choice.until : Math.min(wakeAt, choice.until)
    else calls.push(choice)
  }
  return { calls, wakeAt }
}
