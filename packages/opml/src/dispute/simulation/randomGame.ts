import { GWEI } from '../bond.ts'
import { claimIdOf } from '../names.ts'
import type { ToyHistory } from './toyTrace.ts'
import { ToyTrace, honestHistory, liesBetween, liesFrom, liesInUnusedState, liesOnce, toyMachine } from './toyTrace.ts'
import type { GameParameters } from '../types.ts'
import { hashText } from '../words.ts'
import type { Agent, Habit } from './agent.ts'
import { playerAgent } from './agent.ts'
import { Arena } from './arena.ts'
import { rootSurvivor } from './audit.ts'
import { delayBound } from './delayBound.ts'
import * as habits from './habits.ts'
import { TOY_INPUT_ROOT, addressOf, claimsByLevel, openDispute } from './openDispute.ts'
import { playGame } from './playGame.ts'
import type { SeededRandom } from '../../core/seededRandom.ts'
import { seededRandom } from '../../core/seededRandom.ts'

const MARKET = addressOf(0)
const START_TIME = 1_700_000_000
const START_WEI = 1_000n * 10n ** 18n

/** Level heights that random games are played on: 1 to 3 levels, heights of every residue mod 4, 0 among them. */
const HEIGHTS: readonly (readonly number[])[] = [
  [5],
  [1, 1],
  [2, 3],
  [4, 1],
  [5, 2],
  [3, 4],
  [4, 4],
  [6, 2],
  [0, 3],
  [3, 0],
  [2, 2, 2],
  [1, 5, 1],
]

/** Deployment parameters of random games. */
const PARAMETERS: readonly GameParameters[] = [
  { ...timesOf(86_400, 86_400, 129_600, 14_400), priceCapWei: 200n * GWEI, tipWei: 2n * GWEI },
  { ...timesOf(600, 600, 900, 120), priceCapWei: 200n * GWEI, tipWei: 2n * GWEI },
  { ...timesOf(60, 300, 300, 60), priceCapWei: 7n * GWEI, tipWei: 0n },
]

/** How a random game went. */
export interface GameReport {
  readonly seed: number
  readonly heights: readonly number[]
  readonly honestWon: boolean
  /** What each honest player gained, unrefunded calls not charged. Wei. */
  readonly honestGainsWei: readonly bigint[]
  readonly seconds: number
  readonly boundSeconds: number
  readonly numCalls: number
  readonly numRefused: number
  readonly numClaims: number
  /** Matches at level 0. */
  readonly numMatches: number
  readonly arena: Arena
}

/** A game of at least one honest player against up to `maxLiars` others of all habits, the same for the same seed. */
export async function playRandomGame(seed: number, p: { maxLiars: number }): Promise<GameReport> {
  const random = seededRandom(seed)
  const heights = random.pick(HEIGHTS)
  const params = random.pick(PARAMETERS)
  const honest = honestHistory(TOY_INPUT_ROOT, heights)
  const arena = new Arena({
    parameters: params,
    machine: toyMachine(heights),
    market: MARKET,
    taskId: hashText(`task ${seed}`),
    time: START_TIME,
    startWei: START_WEI,
    random,
  })
  const cast = { random, heights, params, honest }
  const maxLatency = Math.max(1, Math.floor(params.allowance / 12))
  const heroes = Array.from({ length: random.chance(4, 5) ? 1 : 2 }, (_, i) => honestAgent(cast, i + 1, maxLatency))
  const liars = Array.from({ length: 1 + random.below(p.maxLiars) }, (_, i) => lyingAgent(cast, i + 10, maxLatency))
  const agents = [...heroes, ...liars]
  const start = arena.time
  const opener = random.pick(agents)
  await openDispute(arena, { trace: opener.trace, opener: opener.agent.address, heights })
  await playGame({ arena, agents: agents.map((one) => one.agent), random })
  return reportOf(arena, { seed, start, heights, honest, heroes: heroes.map((one) => one.agent), maxLatency })
}

interface Cast {
  readonly random: SeededRandom
  readonly heights: readonly number[]
  readonly params: GameParameters
  readonly honest: ToyHistory
}

interface Role {
  readonly agent: Agent
  readonly trace: ToyTrace
}

function honestAgent(cast: Cast, index: number, maxLatency: number): Role {
  const { random, heights, params, honest } = cast
  const trace = new ToyTrace({ inputRoot: TOY_INPUT_ROOT, history: honest, heights })
  const options = random.chance(1, 4) ? { commitSalt: hashText(`salt ${index}`) } : {}
  const latency = (): number => random.below(maxLatency + 1)
  const agent = playerAgent({
    name: `honest ${index}`,
    address: addressOf(index),
    isHonest: true,
    trace,
    params,
    heights,
    latency,
    options,
  })
  return { agent, trace }
}

function lyingAgent(cast: Cast, index: number, maxLatency: number): Role {
  const { random, heights, params } = cast
  const trace = lyingTrace(cast, index)
  const latency = (): number => (random.chance(1, 3) ? 0 : random.below(4 * maxLatency + 1))
  const habit = randomHabit(cast, trace)
  const agent = playerAgent({
    name: `liar ${index}`,
    address: addressOf(index),
    isHonest: false,
    trace,
    params,
    heights,
    latency,
    ...(habit === null ? {} : { habit }),
    options: { sweep: random.chance(1, 2), ...(random.chance(1, 6) ? { commitSalt: hashText(`salt ${index}`) } : {}) },
  })
  return { agent, trace }
}

/** A lie of any kind: in the history, only in the insides of the truth, or the truth itself, copied. */
function lyingTrace(cast: Cast, index: number): ToyTrace {
  const { random, heights, honest } = cast
  const seed = `${index}`
  const history = random.chance(1, 8) ? honest : lyingHistory(cast, seed)
  const innerOf = random.chance(1, 3) ? lyingInsides(cast, seed) : undefined
  return new ToyTrace({ inputRoot: TOY_INPUT_ROOT, history, heights, ...(innerOf === undefined ? {} : { innerOf }) })
}

function lyingHistory(cast: Cast, seed: string): ToyHistory {
  const { random, honest } = cast
  const last = honest.length - 1
  const from = 1 + random.below(last)
  switch (random.below(4)) {
    case 0:
      return liesOnce(honest, { from, seed })
    case 1:
      return liesFrom(honest, { from, seed })
    case 2:
      return liesInUnusedState(honest, seed)
    default:
      return liesBetween(honest, { from, until: from + 1 + random.below(last), seed })
  }
}

/** Insides that do not fit the outside: another way to the same leaf, or to none. */
function lyingInsides(cast: Cast, seed: string): (position: bigint, own: ToyTrace) => ToyTrace {
  const { random, heights } = cast
  const fits = random.chance(3, 4)
  return (_position, own) => {
    const states = own.states()
    const last = states.length - 1
    const from = 1 + random.below(last)
    const history = liesBetween(states, { from, until: fits ? last : last + 1, seed })
    return new ToyTrace({ inputRoot: TOY_INPUT_ROOT, history, heights, level: 1 })
  }
}

function randomHabit(cast: Cast, trace: ToyTrace): Habit | null {
  const { random } = cast
  switch (random.below(12)) {
    case 0:
      return habits.silent
    case 1:
      return habits.joinsOnly
    case 2:
      return habits.lastSecond
    case 3:
      return habits.stalls
    case 4:
      return habits.joinsLate
    case 5:
      return habits.fallsSilentAfter(1 + random.below(4))
    case 6:
      return habits.garbage
    case 7:
      return habits.opensAnother
    case 8:
      return habits.skipsToALaterDifference(trace)
    case 9:
      return habits.pointsAtWhatAgrees(trace)
    default:
      return null
  }
}

async function reportOf(
  arena: Arena,
  p: {
    seed: number
    start: number
    heights: readonly number[]
    honest: ToyHistory
    heroes: readonly Agent[]
    maxLatency: number
  },
): Promise<GameReport> {
  const trace = new ToyTrace({ inputRoot: TOY_INPUT_ROOT, history: p.honest, heights: p.heights })
  const ownId = claimIdOf(arena.rootId, { root: await trace.root(), outcome: await trace.outcome() })
  const claims = claimsByLevel(arena, p.heights.length)
  const root = arena.view.tournaments.get(arena.rootId)
  return {
    seed: p.seed,
    heights: p.heights,
    honestWon: rootSurvivor(arena.game, arena.rootId) === ownId,
    honestGainsWei: p.heroes.map((hero) => arena.gainWei(hero.address)),
    seconds: arena.time - p.start,
    boundSeconds: delayBound({ parameters: arena.game.parameters, claims, latency: p.maxLatency }),
    numCalls: arena.played.length,
    numRefused: arena.played.filter((call) => call.refusedBy !== null).length,
    numClaims: root?.claimIds.length ?? 0,
    numMatches: root?.matchIds.length ?? 0,
    arena,
  }
}

function timesOf(challengeWindow: number, rootWindow: number, initialClock: number, allowance: number) {
  return { challengeWindow, rootWindow, initialClock, allowance }
}
