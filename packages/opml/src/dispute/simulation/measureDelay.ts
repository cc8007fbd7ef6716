import { GWEI } from '../bond.ts'
import { kindsOf } from '../kinds.ts'
import { claimIdOf } from '../names.ts'
import type { ToyModel } from './toyModel.ts'
import { toyLevels } from './toyModel.ts'
import { toyMachine } from './toyReferee.ts'
import type { ToyTraceProvider } from './toyTrace.ts'
import { toyWorld } from './toyWorld.ts'
import type { GameParameters } from '../types.ts'
import { hashText } from '../words.ts'
import type { Agent } from './agent.ts'
import { playerAgent } from './agent.ts'
import { Arena } from './arena.ts'
import { AuditError, rootSurvivor } from './audit.ts'
import { delayBound } from './delayBound.ts'
import { stalls } from './habits.ts'
import { playGame } from './playGame.ts'
import { addressOf, openDispute } from './openDispute.ts'
import { seededRandom } from '../../core/seededRandom.ts'

/** Production values of spec/07 §3. */
export const PRODUCTION_PARAMETERS: GameParameters = {
  challengeWindow: 86_400,
  rootWindow: 86_400,
  initialClock: 129_600,
  allowance: 14_400,
  priceCapWei: 200n * GWEI,
  tipWei: 2n * GWEI,
}

/** One measurement of {@link measureDelay}. Seconds. */
export interface Delay {
  readonly seconds: number
  readonly boundSeconds: number
  /** How many matches the honest claim played in the root tournament. */
  readonly honestMatches: number
  /** The longest match of the root tournament, inner games included. */
  readonly longestMatchSeconds: number
  /** From the last join of the root tournament to the end. */
  readonly afterLastJoinSeconds: number
}

/**
 * Plays one honest player, who needs `reactionSeconds` for everything, against `numClaims − 1` lies that join at once and then leave
 * every move and seal to the last second, in every tournament.
 *
 * @throws {AuditError} when the honest claim does not survive.
 */
export async function measureDelay(p: {
  numClaims: number
  model: ToyModel
  parameters: GameParameters
  reactionSeconds: number
  seed: number
}): Promise<Delay> {
  const { model, parameters } = p
  const world = toyWorld(model)
  const levels = toyLevels(model)
  const random = seededRandom(p.seed)
  const arena = new Arena({
    parameters,
    machine: toyMachine(model),
    market: addressOf(0),
    taskId: hashText(`delay ${p.seed}`),
    time: 1_000_000,
    startWei: 10n ** 21n,
    random,
  })
  const trace = world.truth()
  const player = { params: parameters, levels }
  const latency = (): number => p.reactionSeconds
  const hero = playerAgent({ ...player, name: 'honest', address: addressOf(1), isHonest: true, trace, latency })
  const agents: Agent[] = [hero]
  const lies: ToyTraceProvider[] = []
  while (agents.length < p.numClaims) {
    const name = `liar ${agents.length}`
    const lie = world.lying({ kind: 'once', from: 1 + random.below(world.numSteps), seed: name })
    lies.push(lie)
    const address = addressOf(1 + agents.length)
    agents.push(playerAgent({ ...player, name, address, isHonest: false, trace: lie, latency: () => 0, habit: stalls }))
  }
  const start = arena.time
  await openDispute(arena, { trace: lies[0] ?? trace, opener: addressOf(2) })
  await playGame({ arena, agents, random })
  const ownId = claimIdOf(arena.rootId, { root: await trace.root(), outcome: await trace.outcome() })
  if (rootSurvivor(arena.game, arena.rootId) !== ownId) throw new AuditError(`Seed ${p.seed}: the honest claim lost.`)
  return {
    seconds: arena.time - start,
    boundSeconds: delayBound({
      parameters,
      claims: [p.numClaims, 2, 2].slice(0, kindsOf(levels).length),
      latency: p.reactionSeconds,
    }),
    ...matchTimes(arena, ownId),
  }
}

function matchTimes(
  arena: Arena,
  ownId: string,
): { honestMatches: number; longestMatchSeconds: number; afterLastJoinSeconds: number } {
  const started = new Map<string, number>()
  let honestMatches = 0
  let longestMatchSeconds = 0
  let lastJoin = 0
  for (const event of arena.played.flatMap((call) => call.events)) {
    if (event.kind === 'Joined' && event.tournamentId === arena.rootId) lastJoin = event.time
    if (event.kind === 'MatchStarted' && event.tournamentId === arena.rootId) {
      started.set(event.matchId, event.time)
      if (event.claimIdA === ownId || event.claimIdB === ownId) honestMatches += 1
    }
    const since = event.kind === 'MatchEnded' ? started.get(event.matchId) : undefined
    if (since !== undefined) longestMatchSeconds = Math.max(longestMatchSeconds, event.time - since)
  }
  return { honestMatches, longestMatchSeconds, afterLastJoinSeconds: arena.time - lastJoin }
}
