import { seededRandom } from 'opml/core'
import { GameRuleError, KIND, bondWei, hashText, joinDataOf, machineLevels, matchIdOf, nextActions } from 'opml/dispute'
import {
  Arena,
  STORY_PARAMETERS,
  STORY_START,
  addressOf,
  openDispute,
  toyMachine,
  toyWorld,
} from 'opml/dispute/simulation'
import type { GameCall, MatchKey, PlannedAction } from 'opml/dispute'
import type { ToyTraceProvider } from 'opml/dispute/simulation'
import { expect } from 'vitest'

/** What every duel is about. */
const MODEL = { coarseHeight: 5, fineHeight: 3 }
export const LEVELS = machineLevels(MODEL)
/** The truth about it and the lies. */
const WORLD = toyWorld(MODEL)
/** Plays the truth. */
export const ALICE = addressOf(1)
/** Plays a lie. */
export const BOB = addressOf(2)
/** A bystander. */
export const CAROL = addressOf(3)
const { priceCapWei } = STORY_PARAMETERS
/** Bond of the root tournament. Wei. */
export const ROOT_BOND = bondWei({ levels: LEVELS, kind: KIND.coarse, priceCapWei })
/** Bond of the inner tournament. Wei. */
export const INNER_BOND = bondWei({ levels: LEVELS, kind: KIND.fine, priceCapWei })

/** The true trace. */
export const truth = WORLD.truth()
/** False from step 97 on. */
export const lie = WORLD.lying({ kind: 'once', from: 97, seed: 'lie' })
/** False from step 33 on. */
export const otherLie = WORLD.lying({ kind: 'once', from: 33, seed: 'other' })

/** A contract without games. */
export function newArena(task = 'rules'): Arena {
  return new Arena({
    parameters: STORY_PARAMETERS,
    machine: toyMachine(MODEL),
    market: addressOf(0),
    taskId: hashText(task),
    time: STORY_START,
    startWei: 10n ** 21n,
    random: seededRandom(7),
  })
}

/** The lie has opened the dispute; the truth has joined at `joinAt` seconds after. */
export async function twoClaims(joinAt = 0): Promise<Arena> {
  const arena = newArena()
  await openDispute(arena, { trace: lie, opener: BOB })
  arena.time += joinAt
  await join(arena, ALICE, truth)
  return arena
}

/** Joins the root tournament with all that `trace` posts. */
export async function join(arena: Arena, payer: `0x${string}`, trace: ToyTraceProvider): Promise<GameRuleError | null> {
  const call = { kind: 'joinRoot' as const, tournamentId: arena.rootId, join: await joinDataOf(trace) }
  return arena.send({ payer, call, valueWei: ROOT_BOND })
}

/** All that the plan of `trace` proposes now, sent in order. */
export async function act(arena: Arena, payer: `0x${string}`, trace: ToyTraceProvider): Promise<PlannedAction[]> {
  const actions = await plan(arena, payer, trace)
  for (const action of actions) expect(send(arena, payer, action)).toBeNull()
  return actions
}

/** What the player of `trace` would do now. */
export function plan(arena: Arena, me: `0x${string}`, trace: ToyTraceProvider): Promise<PlannedAction[]> {
  return nextActions({ view: arena.view, me, trace, params: STORY_PARAMETERS, levels: LEVELS, now: arena.time })
}

/** Sends a planned action; the rule that refused it, else null. */
export function send(arena: Arena, payer: `0x${string}`, action: PlannedAction): string | null {
  const { valueWei, reason: _reason, ...call } = action
  return arena.send({ payer, call, valueWei })?.rule ?? null
}

/** Sends a call; the rule that refused it, else null. */
export function sendCall(arena: Arena, payer: `0x${string}`, call: GameCall, valueWei = 0n): string | null {
  return arena.send({ payer, call, valueWei })?.rule ?? null
}

/** The key of the match of two traces in the root tournament. */
export async function keyOf(arena: Arena, a: ToyTraceProvider, b: ToyTraceProvider): Promise<MatchKey> {
  return {
    tournamentId: arena.rootId,
    a: { root: await a.root(), outcome: await a.outcome() },
    b: { root: await b.root(), outcome: await b.outcome() },
  }
}

/** The match of two traces, in storage. */
export async function matchOf(arena: Arena, a: ToyTraceProvider, b: ToyTraceProvider) {
  const match = arena.game.matches.get(matchIdOf(await keyOf(arena, a, b)))
  if (match === undefined) throw new RangeError('These two have not met.')
  return match
}

/** The tournament that match `matchId` has opened. */
export function innerIdOf(arena: Arena, matchId: `0x${string}`): `0x${string}` {
  const id = arena.view.matches.get(matchId)?.innerId
  if (id === undefined || id === null) throw new RangeError('No inner game.')
  return id
}

/** Plays until the inner game is open. */
export async function sealed(): Promise<Arena> {
  const arena = await twoClaims()
  await act(arena, BOB, lie)
  await act(arena, ALICE, truth)
  const seal = (await plan(arena, ALICE, truth)).find((action) => action.kind === 'sealCoarse')
  if (seal === undefined) throw new RangeError('No seal planned.')
  expect(send(arena, ALICE, seal)).toBeNull()
  return arena
}

/** A leaf of a trace. */
export async function leafOf(trace: ToyTraceProvider, index: bigint): Promise<`0x${string}`> {
  const [leaf] = await trace.descendants({ height: 0, index }, 0)
  if (leaf === undefined) throw new RangeError('No leaf.')
  return leaf
}
