import { GWEI } from '../bond.ts'
import { claimIdOf } from '../names.ts'
import type { Bytes32 } from '../../core/bytes.ts'
import { isRootKind } from '../kinds.ts'
import type { Located } from './locate.ts'
import { locate } from './locate.ts'
import type { ToyModel, ToySection } from './toyModel.ts'
import { toyLevels } from './toyModel.ts'
import { toyMachine } from './toyReferee.ts'
import type { ToyInsides, ToyTraceProvider } from './toyTrace.ts'
import { ToyTrace, liesBetween } from './toyTrace.ts'
import type { ToyLie, ToyWorld } from './toyWorld.ts'
import { toyWorld } from './toyWorld.ts'
import type { GameParameters } from '../types.ts'
import { hashText } from '../words.ts'
import type { Agent, Habit } from './agent.ts'
import { playerAgent } from './agent.ts'
import { Arena } from './arena.ts'
import { rootSurvivor } from './audit.ts'
import { delayBound } from './delayBound.ts'
import { HABITS } from './habits.ts'
import { addressOf, claimsByKind, openDispute } from './openDispute.ts'
import { playGame } from './playGame.ts'
import type { SeededRandom } from '../../core/seededRandom.ts'
import { seededRandom } from '../../core/seededRandom.ts'

const MARKET = addressOf(0)
const START_TIME = 1_700_000_000
const START_WEI = 1_000n * 10n ** 18n

/** What random games are about: one to three phases, tree heights of every residue mod 4, programs with and without a halt. */
const MODELS: readonly ToyModel[] = [
  { coarseHeight: 5, fineHeight: 0 },
  { coarseHeight: 8, fineHeight: 0 },
  { coarseHeight: 1, fineHeight: 1 },
  { coarseHeight: 2, fineHeight: 3 },
  { coarseHeight: 4, fineHeight: 1 },
  { coarseHeight: 5, fineHeight: 2 },
  { coarseHeight: 3, fineHeight: 4 },
  { coarseHeight: 4, fineHeight: 4 },
  { coarseHeight: 6, fineHeight: 2 },
]

/** Deployment parameters of random games. */
export const RANDOM_GAME_PARAMETERS: readonly GameParameters[] = [
  { ...timesOf(86_400, 86_400, 129_600, 14_400), priceCapWei: 200n * GWEI, tipWei: 2n * GWEI },
  { ...timesOf(600, 600, 900, 120), priceCapWei: 200n * GWEI, tipWei: 2n * GWEI },
  { ...timesOf(60, 300, 300, 60), priceCapWei: 7n * GWEI, tipWei: 0n },
]

/** How a random game went. */
export interface GameReport {
  readonly seed: number
  readonly model: ToyModel
  readonly honestWon: boolean
  /** What each honest player gained, unrefunded calls not charged. Wei. */
  readonly honestGainsWei: readonly bigint[]
  readonly seconds: number
  readonly boundSeconds: number
  readonly numCalls: number
  readonly numRefused: number
  readonly numClaims: number
  /** Matches in the root tournament. */
  readonly numMatches: number
  /** Every match at a leaf whose traces are known: found and expected leaf must agree. */
  readonly located: readonly Located[]
  /** Of those in the root tournament against the truth, where the fault was put in. */
  readonly injected: readonly { readonly found: number; readonly expected: number }[]
  readonly arena: Arena
}

/** A game of at least one honest player against up to `maxLiars` others of all habits, the same for the same seed. */
export async function playRandomGame(seed: number, p: { maxLiars: number }): Promise<GameReport> {
  const random = seededRandom(seed)
  const model = random.chance(1, 3) ? random.pick(MODELS) : randomProgramModel(random)
  const params = random.pick(RANDOM_GAME_PARAMETERS)
  const world = toyWorld(model)
  const arena = new Arena({
    parameters: params,
    machine: toyMachine(model),
    market: MARKET,
    taskId: hashText(`task ${seed}`),
    time: START_TIME,
    startWei: START_WEI,
    random,
  })
  const cast = { random, params, world }
  const maxLatency = Math.max(1, Math.floor(params.allowance / 12))
  const heroes = Array.from({ length: random.chance(4, 5) ? 1 : 2 }, (_, i) => honestAgent(cast, i + 1, maxLatency))
  const liars = Array.from({ length: 1 + random.below(p.maxLiars) }, (_, i) => lyingAgent(cast, i + 10, maxLatency))
  const agents = [...heroes, ...liars]
  const start = arena.time
  const opener = random.pick(agents)
  await openDispute(arena, { trace: opener.trace, opener: opener.agent.address })
  await playGame({ arena, agents: agents.map((one) => one.agent), random })
  return await reportOf(arena, { seed, start, world, heroes, liars, maxLatency })
}

interface Cast {
  readonly random: SeededRandom
  readonly params: GameParameters
  readonly world: ToyWorld
}

interface Role {
  readonly agent: Agent
  readonly trace: ToyTraceProvider
  /** Where its root tree is false at first, null where that is not known beforehand. */
  readonly injected: number | null
}

function honestAgent(cast: Cast, index: number, maxLatency: number): Role {
  const { random, params, world } = cast
  const trace = world.truth()
  const options = random.chance(1, 4) ? { commitSalt: hashText(`salt ${index}`) } : {}
  const latency = (): number => random.below(maxLatency + 1)
  const agent = playerAgent({
    name: `honest ${index}`,
    address: addressOf(index),
    isHonest: true,
    trace,
    params,
    levels: toyLevels(world.model),
    latency,
    options,
  })
  return { agent, trace, injected: null }
}

function lyingAgent(cast: Cast, index: number, maxLatency: number): Role {
  const { random, params, world } = cast
  const { trace, injected } = lyingTrace(cast, index)
  const latency = (): number => (random.chance(1, 3) ? 0 : random.below(4 * maxLatency + 1))
  const habit = randomHabit(cast, trace)
  const agent = playerAgent({
    name: `liar ${index}`,
    address: addressOf(index),
    isHonest: false,
    trace,
    params,
    levels: toyLevels(world.model),
    latency,
    ...(habit === null ? {} : { habit }),
    options: { sweep: random.chance(1, 2), ...(random.chance(1, 6) ? { commitSalt: hashText(`salt ${index}`) } : {}) },
  })
  return { agent, trace, injected }
}

/** A lie of any kind: in the history, only in the insides of the truth, or the truth itself, copied. */
function lyingTrace(cast: Cast, index: number): Pick<Role, 'trace' | 'injected'> {
  const { random, world } = cast
  const seed = `${index}`
  const lie = random.chance(1, 8) ? null : randomLie(cast, seed)
  const innerOf = random.chance(1, 3) ? lyingInsides(cast, seed) : undefined
  if (lie === null) return { trace: world.truth(innerOf), injected: null }
  const injected = lie.kind === 'once' || lie.kind === 'from' ? world.placeOfStep(lie.from).leaf : null
  return { trace: world.lying(lie, innerOf), injected: lie.kind === 'leaf' ? lie.index : injected }
}

function randomLie(cast: Cast, seed: string): ToyLie {
  const { random, world } = cast
  const { numSteps } = world
  const from = 1 + random.below(numSteps)
  const { program } = world.model
  switch (random.below(program === undefined ? 4 : 7)) {
    case 0:
      return { kind: 'once', from, seed }
    case 1:
      return { kind: 'from', from, seed }
    case 2:
      return { kind: 'unused', seed }
    case 3:
      return { kind: 'between', from, until: from + 1 + random.below(numSteps), seed }
    case 4:
      return { kind: 'halt', position: random.below(2 ** (program?.stepHeight ?? 0)), isHalted: random.chance(1, 2) }
    default:
      return { kind: 'leaf', index: random.below(2 ** toyLevels(world.model).rootHeight), seed }
  }
}

/** Insides that do not fit the outside: another way to the same leaf, or to none. */
function lyingInsides(cast: Cast, seed: string): ToyInsides {
  const { random } = cast
  const fits = random.chance(3, 4)
  return (_position, own) => {
    const states = own.states()
    const last = states.length - 1
    const from = 1 + random.below(last)
    const history = liesBetween(states, { from, until: fits ? last : last + 1, seed })
    return new ToyTrace({ model: own.model, kind: own.kind, history })
  }
}

/** Trees of up to 2^8 leaves, one to four sections, some of which may halt, and a machine of one or two phases. */
function randomProgramModel(random: SeededRandom): ToyModel {
  const stepHeight = random.below(4)
  const nodeHeight = random.below(3)
  const blockHeight = random.below(4)
  const sections: ToySection[] = []
  let positions = 2 ** stepHeight - (random.chance(1, 2) ? 0 : random.below(2 ** stepHeight))
  while (positions > 0) {
    const steps = 1 + random.below(positions)
    const nodes = 1 + random.below(2 ** nodeHeight)
    const halt = steps > 1 && random.chance(1, 2) ? { haltNode: random.below(nodes) } : {}
    sections.push({ nodes, steps, ...halt })
    positions -= steps
  }
  const coarseHeight = 1 + random.below(3)
  const fineHeight = random.chance(1, 3) ? 0 : 1 + random.below(2)
  return { coarseHeight, fineHeight, program: { stepHeight, nodeHeight, blockHeight, sections } }
}

/** One of the habits, or none: the plan as it is. */
function randomHabit({ random }: Cast, trace: ToyTraceProvider): Habit | null {
  const make = Object.values(HABITS)[random.below(Object.keys(HABITS).length + 2)]
  return make?.(trace, () => 1 + random.below(4)) ?? null
}

async function reportOf(
  arena: Arena,
  p: {
    seed: number
    start: number
    world: ToyWorld
    heroes: readonly Role[]
    liars: readonly Role[]
    maxLatency: number
  },
): Promise<GameReport> {
  const { world, heroes, liars } = p
  const trace = world.truth()
  const trueRoot = await trace.root()
  const ownId = claimIdOf(arena.rootId, { root: trueRoot, outcome: await trace.outcome() })
  const claims = claimsByKind(arena, toyLevels(world.model))
  const root = arena.view.tournaments.get(arena.rootId)
  const located = await locate(
    arena.view,
    [...heroes, ...liars].map((role) => role.trace),
  )
  return {
    seed: p.seed,
    model: world.model,
    honestWon: rootSurvivor(arena.game, arena.rootId) === ownId,
    honestGainsWei: heroes.map(({ agent }) => arena.gainWei(agent.address)),
    seconds: arena.time - p.start,
    boundSeconds: delayBound({ parameters: arena.game.parameters, claims, latency: p.maxLatency }),
    numCalls: arena.played.length,
    numRefused: arena.played.filter((call) => call.refusedBy !== null).length,
    numClaims: root?.claimIds.length ?? 0,
    numMatches: root?.matchIds.length ?? 0,
    located,
    injected: await injectedFaults(located, trueRoot, liars),
    arena,
  }
}

/** Where the root matches of the truth against known faults ended, and where the faults are. */
async function injectedFaults(
  located: readonly Located[],
  trueRoot: Bytes32,
  liars: readonly Role[],
): Promise<GameReport['injected']> {
  const faults = new Map<Bytes32, number>()
  for (const { trace, injected } of liars) if (injected !== null) faults.set(await trace.root(), injected)
  return located.flatMap(({ kind, rootA, rootB, found }) => {
    const other = rootA === trueRoot ? rootB : rootB === trueRoot ? rootA : null
    const expected = other === null || !isRootKind(kind) ? undefined : faults.get(other)
    return expected === undefined ? [] : [{ found, expected }]
  })
}

function timesOf(challengeWindow: number, rootWindow: number, initialClock: number, allowance: number) {
  return { challengeWindow, rootWindow, initialClock, allowance }
}
