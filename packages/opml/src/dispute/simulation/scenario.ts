import type { Bytes32 } from '../../core/bytes.ts'
import { GWEI } from '../bond.ts'
import { claimIdOf } from '../names.ts'
import type { PlayerOptions } from '../plan.ts'
import type { ToyModel } from './toyModel.ts'
import { toyLevels } from './toyModel.ts'
import { toyMachine } from './toyReferee.ts'
import type { ToyInsides, ToyTraceProvider } from './toyTrace.ts'
import type { ToyLie, ToyWorld } from './toyWorld.ts'
import { toyWorld } from './toyWorld.ts'
import type { Located } from './locate.ts'
import { locate } from './locate.ts'
import type { Address, GameParameters, PlannedAction } from '../types.ts'
import { hashText } from '../words.ts'
import type { Agent, Habit } from './agent.ts'
import { playerAgent } from './agent.ts'
import { Arena } from './arena.ts'
import { rootSurvivor } from './audit.ts'
import { delayBound } from './delayBound.ts'
import { addressOf, claimsByKind, openDispute } from './openDispute.ts'
import { playGame } from './playGame.ts'
import { seededRandom } from '../../core/seededRandom.ts'

/** Local play of spec/07 §3: the times that stories are told in. */
export const STORY_PARAMETERS: GameParameters = {
  challengeWindow: 600,
  rootWindow: 600,
  initialClock: 900,
  allowance: 120,
  priceCapWei: 200n * GWEI,
  tipWei: 2n * GWEI,
}

/** When every story begins: seconds. */
export const STORY_START = 1_700_000_000

/** What everybody in a story has at first. Wei. */
export const STORY_START_WEI = 10n ** 21n

/** One participant of a story. */
export interface Role {
  readonly name: string
  /** Its calls must never be refused, its money never shrink, and its root must survive. */
  readonly isHonest?: boolean
  /** What it claims falsely (default: nothing, it has the true history). */
  readonly lie?: ToyLie
  /** Replaces what lies below a leaf: its own insides are given. */
  readonly innerOf?: ToyInsides
  readonly habit?: (trace: ToyTraceProvider) => Habit
  readonly options?: PlayerOptions
  /** Seconds that it needs for everything. */
  readonly latency: number
}

/** A scripted game. */
export interface Scenario {
  readonly name: string
  /** What happens, one or two sentences. */
  readonly tells: string
  readonly model: ToyModel
  /** The first role opens the dispute and owns its first claim. */
  readonly roles: readonly Role[]
  /** Called before every call that a role sends. */
  readonly before?: (arena: Arena, action: PlannedAction) => void
}

/** How a scenario ended. */
export interface ScenarioReport {
  readonly arena: Arena
  /** Id of the true claim in the root tournament. */
  readonly trueClaimId: Bytes32
  /** Id of the surviving claim, null when void. */
  readonly survivorId: Bytes32 | null
  readonly winner: Address | null
  readonly result: Bytes32
  /** By role, in wei, credits included; what no rule refunds is not charged. */
  readonly gainsWei: Readonly<Record<string, bigint>>
  readonly addresses: Readonly<Record<string, Address>>
  /** What the matches of known traces came to. */
  readonly located: readonly Located[]
  readonly seconds: number
  readonly boundSeconds: number
}

/** Plays a scenario to its end. The same scenario always gives the same calls. @throws {AuditError} when a rule check fails. */
export async function playScenario(scenario: Scenario): Promise<ScenarioReport> {
  const { model, roles } = scenario
  const world = toyWorld(model)
  const random = seededRandom(1)
  const arena = new Arena({
    parameters: STORY_PARAMETERS,
    machine: toyMachine(model),
    market: addressOf(0),
    taskId: hashText(`task ${scenario.name}`),
    time: STORY_START,
    startWei: STORY_START_WEI,
    random,
  })
  const cast = roles.map((role, i) => castRole(role, { world, address: addressOf(i + 1) }))
  const [opener] = cast
  if (opener === undefined) throw new RangeError(`Scenario "${scenario.name}" has no roles.`)
  await openDispute(arena, { trace: opener.trace, opener: opener.agent.address })
  const { before } = scenario
  await playGame({
    arena,
    agents: cast.map((one) => one.agent),
    random,
    ...(before === undefined ? {} : { before: (action: PlannedAction) => before(arena, action) }),
  })
  return await reportOf(arena, { world, cast, latency: Math.min(...roles.map((role) => role.latency)) })
}

interface CastRole {
  readonly agent: Agent
  readonly trace: ToyTraceProvider
}

function castRole(role: Role, p: { world: ToyWorld; address: Address }): CastRole {
  const { world, address } = p
  const { lie, innerOf, options } = role
  const trace = lie === undefined ? world.truth(innerOf) : world.lying(lie, innerOf)
  const habit = role.habit?.(trace)
  const agent = playerAgent({
    name: role.name,
    address,
    isHonest: role.isHonest ?? false,
    trace,
    params: STORY_PARAMETERS,
    levels: toyLevels(world.model),
    latency: () => role.latency,
    ...(habit === undefined ? {} : { habit }),
    ...(options === undefined ? {} : { options }),
  })
  return { agent, trace }
}

async function reportOf(
  arena: Arena,
  p: { world: ToyWorld; cast: readonly CastRole[]; latency: number },
): Promise<ScenarioReport> {
  const trace = p.world.truth()
  const outcome = arena.game.tournaments.get(arena.rootId)?.outcome
  const agents = p.cast.map((one) => one.agent)
  const claims = claimsByKind(arena, toyLevels(p.world.model))
  return {
    arena,
    trueClaimId: claimIdOf(arena.rootId, { root: await trace.root(), outcome: await trace.outcome() }),
    survivorId: rootSurvivor(arena.game, arena.rootId),
    winner: outcome?.winner ?? null,
    result: outcome?.result ?? '0x',
    gainsWei: Object.fromEntries(agents.map((agent) => [agent.name, arena.gainWei(agent.address)])),
    addresses: Object.fromEntries(agents.map((agent) => [agent.name, agent.address])),
    located: await locate(arena.view, [trace, ...p.cast.map((one) => one.trace)]),
    seconds: arena.time - STORY_START,
    boundSeconds: delayBound({ parameters: STORY_PARAMETERS, claims, latency: p.latency }),
  }
}
