import { seededRandom } from 'opml/core'
import type { Bytes32, SeededRandom } from 'opml/core'
import { KIND, MATCH_END, applyCall, claimIdOf, hashText, newGame } from 'opml/dispute'
import type { GameEvent, GameParameters, Kind, PlannedAction, TraceProvider } from 'opml/dispute'
import {
  Arena,
  RANDOM_GAME_PARAMETERS,
  addressOf,
  claimsByKind,
  delayBound,
  habits,
  openDispute,
  playGame,
  playerAgent,
  rootSurvivor,
} from 'opml/dispute/simulation'
import type { Agent } from 'opml/dispute/simulation'
import type { KeptTrace } from './keptTrace.ts'
import type { MachineLie } from './machineLies.ts'
import type { Fault, ProgramLie } from './programLies.ts'
import { programLie } from './programLies.ts'
import { programReferee, registeredProgram } from './programReferee.ts'
import { ProgramWorld } from './programWorld.ts'

const MARKET = addressOf(0)
const START_TIME = 1_700_000_000
const START_WEI = 1_000n * 10n ** 18n

/** One liar: what is false, and how it plays. */
export interface LiarSpec {
  readonly fault: Fault
  readonly machine: MachineLie
  /** Where the fault is, and whatever else is drawn for this liar. Liars of equal numbers and faults tell the same lie. */
  readonly seed: number
  readonly habit: habits.HabitName | 'plays'
}

/** A game about a random program, complete: the same one always goes the same way. */
export interface ProgramGameSpec {
  /** The program, its heights, its inputs. */
  readonly programSeed: number
  /** Of sections and of their nodes. */
  readonly size: number
  readonly liars: readonly LiarSpec[]
  readonly numHonest: number
  /** Latencies, gas prices, who opens, and who is first where several are. */
  readonly orderSeed: number
}

/** A match that came down to a leaf, or ought to have: what it found, and what reading both histories says. */
interface LocatedMatch {
  readonly kind: Kind
  readonly found: number
  readonly expected: number
}

/** How a game went. */
export interface ProgramGameReport {
  readonly spec: ProgramGameSpec
  readonly world: ProgramWorld
  readonly arena: Arena
  readonly parameters: GameParameters
  /** The faults of the liars, as far as the program has places for them. */
  readonly faults: readonly Fault[]
  readonly honestWon: boolean
  /** What each honest player gained, unrefunded calls not charged. Wei. */
  readonly honestGainsWei: readonly bigint[]
  readonly seconds: number
  readonly boundSeconds: number
  /** Every match at a leaf of two known histories: the first leaf at which they differ, read from the left. */
  readonly located: readonly LocatedMatch[]
  /** Of those with the truth on one side: where the fault was put in. */
  readonly injected: readonly LocatedMatch[]
  /** Leaves of the program that a rule or the machine decided, and what had to. */
  readonly decided: readonly { readonly by: 'rule' | 'machine'; readonly expected: 'rule' | 'machine' | null }[]
  /** Games that one instruction decided. */
  readonly numSteps: number
}

interface Role {
  readonly agent: Agent
  readonly trace: KeptTrace
  readonly lie: ProgramLie | null
}

/**
 * Plays a game to its end. The caller closes the report's world.
 *
 * @param before - called before every call that an agent sends.
 * @throws {AuditError} when a check on the way fails.
 */
export async function playProgramGame(
  spec: ProgramGameSpec,
  before: (arena: Arena, action: PlannedAction) => void = () => undefined,
): Promise<ProgramGameReport> {
  const world = new ProgramWorld({ seed: spec.programSeed, size: spec.size })
  const random = seededRandom(spec.orderSeed)
  const parameters = random.pick(RANDOM_GAME_PARAMETERS)
  const { levels, modelId, inputRoot } = world
  const arena = new Arena({
    parameters,
    machine: programReferee(registeredProgram(world.program, world.model, levels)),
    market: MARKET,
    taskId: hashText(`task ${spec.programSeed} ${spec.orderSeed}`),
    time: START_TIME,
    startWei: START_WEI,
    random,
  })
  const cast = { world, parameters, random, maxLatency: Math.max(1, Math.floor(parameters.allowance / 12)) }
  const heroes = Array.from({ length: spec.numHonest }, (_, i) => honestRole(cast, i + 1))
  const liars: Role[] = []
  for (const [i, liar] of spec.liars.entries()) liars.push(await lyingRole(cast, liar, i + 10))
  const roles = [...heroes, ...liars]
  const opener = random.pick(roles)
  await openDispute(arena, { trace: opener.trace, opener: opener.agent.address, task: { modelId, inputRoot } })
  const agents = roles.map(({ agent }) => agent)
  await playGame({ arena, agents, random, before: (action) => before(arena, action) })
  return await reportOf(spec, { arena, world, heroes, liars, maxLatency: cast.maxLatency })
}

interface Cast {
  readonly world: ProgramWorld
  readonly parameters: GameParameters
  readonly random: SeededRandom
  readonly maxLatency: number
}

function honestRole({ world, parameters, random, maxLatency }: Cast, index: number): Role {
  const trace = world.truth()
  const agent = playerAgent({
    name: `honest ${index}`,
    address: addressOf(index),
    isHonest: true,
    trace,
    params: parameters,
    levels: world.levels,
    latency: () => random.below(maxLatency + 1),
    options: random.chance(1, 4) ? { commitSalt: hashText(`salt ${index}`) } : {},
  })
  return { agent, trace, lie: null }
}

async function lyingRole(
  { world, parameters, random, maxLatency }: Cast,
  spec: LiarSpec,
  index: number,
): Promise<Role> {
  const own = seededRandom(spec.seed)
  const lie = await programLie(world, { ...spec, random: own })
  const habit = spec.habit === 'plays' ? undefined : habits.HABITS[spec.habit](lie.trace, () => 1 + own.below(4))
  const agent = playerAgent({
    name: `liar ${index}`,
    address: addressOf(index),
    isHonest: false,
    trace: lie.trace,
    params: parameters,
    levels: world.levels,
    latency: () => (random.chance(1, 3) ? 0 : random.below(4 * maxLatency + 1)),
    ...(habit !== undefined && { habit }),
    options: { sweep: own.chance(1, 2), ...(own.chance(1, 6) && { commitSalt: hashText(`salt ${index}`) }) },
  })
  return { agent, trace: lie.trace, lie }
}

async function reportOf(
  spec: ProgramGameSpec,
  p: { arena: Arena; world: ProgramWorld; heroes: readonly Role[]; liars: readonly Role[]; maxLatency: number },
): Promise<ProgramGameReport> {
  const { arena, world, heroes, liars } = p
  const trace = world.truth()
  const ownId = claimIdOf(arena.rootId, { root: await trace.root(), outcome: await trace.outcome() })
  const claims = claimsByKind(arena, world.levels)
  const lies = liars.flatMap(({ lie }) => lie ?? [])
  return {
    spec,
    world,
    arena,
    parameters: arena.game.parameters,
    faults: lies.map(({ fault }) => fault),
    honestWon: rootSurvivor(arena.game, arena.rootId) === ownId,
    honestGainsWei: heroes.map(({ agent }) => arena.gainWei(agent.address)),
    seconds: arena.time - START_TIME,
    boundSeconds: delayBound({ parameters: arena.game.parameters, claims, latency: p.maxLatency }),
    ...(await matchesOf(arena, { world, lies })),
    numSteps: arena.played.filter(({ call, refusedBy }) => call.kind === 'sealFine' && refusedBy === null).length,
  }
}

/** Histories by their roots; the truth's last, for a liar's may be the same. */
async function byRoot(traces: readonly KeptTrace[]): Promise<Map<Bytes32, KeptTrace>> {
  const found = new Map<Bytes32, KeptTrace>()
  for (const trace of traces) for (const one of await trace.opened()) found.set(await one.root(), one)
  return found
}

async function matchesOf(
  arena: Arena,
  { world, lies }: { world: ProgramWorld; lies: readonly ProgramLie[] },
): Promise<Pick<ProgramGameReport, 'located' | 'injected' | 'decided'>> {
  const truths = await byRoot([world.truth()])
  const traces = new Map([...(await byRoot(lies.map(({ trace }) => trace))), ...truths])
  const lieOf = new Map<Bytes32, ProgramLie>()
  for (const lie of lies) lieOf.set(await lie.trace.root(), lie)
  const falseSteps = new Map(lies.flatMap((lie) => [...lie.falseSteps]))
  const located: LocatedMatch[] = []
  const injected: LocatedMatch[] = []
  const decided: ProgramGameReport['decided'][number][] = []
  const endings = endingsOf(arena)
  for (const match of arena.view.matches.values()) {
    const { view } = arena
    const [rootA, rootB] = [match.claimIdA, match.claimIdB].map((id) => view.claims.get(id)?.root ?? '0x')
    const [a, b] = [traces.get(rootA), traces.get(rootB)]
    const tournament = view.tournaments.get(match.tournamentId)
    if (tournament === undefined || match.height > 0 || a === undefined || b === undefined) continue
    const { kind } = tournament
    const found = Number(match.index)
    located.push({ kind, found, expected: await firstDifference(a, b) })
    const other = truths.has(rootA) ? b : truths.has(rootB) ? a : null
    if (other === null) continue
    const lie = lieOf.get(await other.root())
    if (kind === KIND.graph && lie !== undefined) {
      injected.push({ kind, found, expected: lie.leaf ?? -1 })
      const by = match.innerId !== null ? 'machine' : endings.get(match.id) === MATCH_END.rule ? 'rule' : null
      if (by !== null) decided.push({ by, expected: lie.decidedBy })
    }
    const step = falseSteps.get(other.own)
    if (kind === KIND.block && step !== undefined)
      injected.push({ kind, found, expected: Math.floor((step - 1) / 2 ** world.levels.fineHeight) })
  }
  return { located, injected, decided }
}

/** Reasons of the matches that are over. */
function endingsOf(arena: Arena): Map<Bytes32, number> {
  const events = arena.played.flatMap((call) => call.events)
  return new Map(
    events.flatMap((event) => (event.kind === 'MatchEnded' ? [[event.matchId, event.reason] as const] : [])),
  )
}

/** The first leaf at which two histories differ, read from the left; −1 if there is none. */
async function firstDifference(a: TraceProvider, b: TraceProvider): Promise<number> {
  const depth = Math.min(4, a.height)
  for (let index = 0n; index < 2n ** BigInt(a.height - depth); index++) {
    const [mine, theirs] = [
      await a.descendants({ height: depth, index }, depth),
      await b.descendants({ height: depth, index }, depth),
    ]
    const first = mine.findIndex((word, i) => word !== theirs[i])
    if (first >= 0) return Number(index) * 2 ** depth + first
  }
  return -1
}

/** All that the calls of a game told, refunds and credits aside, when no call is paid anything back. */
export function eventsWithoutRefunds(arena: Arena): GameEvent[] {
  const game = newGame(arena.game.parameters, arena.game.machine)
  return arena.played.flatMap(({ refusedBy, ...played }) =>
    refusedBy === null ? applyCall(game, { ...played, gasMeasured: 0n }, played.call).events.filter(isNotMoney) : [],
  )
}

/** Whether an event tells of the game and not of who is paid what. */
export function isNotMoney(event: GameEvent): boolean {
  return !('amountWei' in event)
}
