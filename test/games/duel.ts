import { seededRandom } from 'opml/core'
import { GameRuleError, bondWei, hashText, joinDataOf, matchIdOf, nextActions } from 'opml/dispute'
import {
  Arena,
  STORY_PARAMETERS,
  STORY_START,
  TOY_INPUT_ROOT,
  ToyTrace,
  addressOf,
  honestHistory,
  liesOnce,
  openDispute,
  toyMachine,
} from 'opml/dispute/simulation'
import type { GameCall, MatchKey, PlannedAction } from 'opml/dispute'
import type { ToyHistory } from 'opml/dispute/simulation'
import { expect } from 'vitest'

/** Heights of the two levels of every duel. */
export const HEIGHTS = [5, 3]
/** The true history. */
export const TRUTH = honestHistory(TOY_INPUT_ROOT, HEIGHTS)
/** Plays the truth. */
export const ALICE = addressOf(1)
/** Plays a lie. */
export const BOB = addressOf(2)
/** A bystander. */
export const CAROL = addressOf(3)
const { priceCapWei } = STORY_PARAMETERS
/** Bond of level 0. Wei. */
export const ROOT_BOND = bondWei({ level: 0, height: 5, hasInner: true, priceCapWei })
/** Bond of level 1. Wei. */
export const INNER_BOND = bondWei({ level: 1, height: 3, hasInner: false, priceCapWei })

function traceOf(history: ToyHistory): ToyTrace {
  return new ToyTrace({ inputRoot: TOY_INPUT_ROOT, history, heights: HEIGHTS })
}

/** The true trace. */
export const truth = traceOf(TRUTH)
/** False from step 97 on. */
export const lie = traceOf(liesOnce(TRUTH, { from: 97, seed: 'lie' }))
/** False from step 33 on. */
export const otherLie = traceOf(liesOnce(TRUTH, { from: 33, seed: 'other' }))

/** A contract without games. */
export function newArena(task = 'rules'): Arena {
  return new Arena({
    parameters: STORY_PARAMETERS,
    machine: toyMachine(HEIGHTS),
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
  await openDispute(arena, { trace: lie, opener: BOB, heights: HEIGHTS })
  arena.time += joinAt
  await join(arena, ALICE, truth)
  return arena
}

/** Joins the root tournament with all that `trace` posts. */
export async function join(arena: Arena, payer: `0x${string}`, trace: ToyTrace): Promise<GameRuleError | null> {
  const call = { kind: 'joinRoot' as const, tournamentId: arena.rootId, join: await joinDataOf(trace) }
  return arena.send({ payer, call, valueWei: ROOT_BOND })
}

/** All that the plan of `trace` proposes now, sent in order. */
export async function act(arena: Arena, payer: `0x${string}`, trace: ToyTrace): Promise<PlannedAction[]> {
  const actions = await plan(arena, payer, trace)
  for (const action of actions) expect(send(arena, payer, action)).toBeNull()
  return actions
}

/** What the player of `trace` would do now. */
export function plan(arena: Arena, me: `0x${string}`, trace: ToyTrace): Promise<PlannedAction[]> {
  return nextActions({ view: arena.view, me, trace, params: STORY_PARAMETERS, heights: HEIGHTS, now: arena.time })
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
export async function keyOf(arena: Arena, a: ToyTrace, b: ToyTrace): Promise<MatchKey> {
  return {
    tournamentId: arena.rootId,
    a: { root: await a.root(), outcome: await a.outcome() },
    b: { root: await b.root(), outcome: await b.outcome() },
  }
}

/** The match of two traces, in storage. */
export async function matchOf(arena: Arena, a: ToyTrace, b: ToyTrace) {
  const match = arena.game.matches.get(matchIdOf(await keyOf(arena, a, b)))
  if (match === undefined) throw new RangeError('These two have not met.')
  return match
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
export async function leafOf(trace: ToyTrace, index: bigint): Promise<`0x${string}`> {
  const [leaf] = await trace.descendants({ height: 0, index }, 0)
  if (leaf === undefined) throw new RangeError('No leaf.')
  return leaf
}
