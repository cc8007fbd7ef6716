import { ZERO_WORD, claimIdOf, matchIdOf, originIn } from 'opml/dispute'
import { STORY_PARAMETERS, STORY_START } from 'opml/dispute/simulation'
import type { GameCall } from 'opml/dispute'
import { describe, expect, test } from 'vitest'
import {
  ALICE,
  BOB,
  CAROL,
  truth,
  lie,
  act,
  plan,
  send,
  sendCall,
  innerIdOf,
  keyOf,
  matchOf,
  leafOf,
  twoClaims,
  sealed,
} from './duel.ts'

const { initialClock, allowance } = STORY_PARAMETERS

describe('clocks', () => {
  test('clock: a claim that joins 250 s late enters its match with 900 − 250 + 120 s, one in time with 900 + 120', async () => {
    const match = await matchOf(await twoClaims(250), lie, truth)
    expect([match.clockA, match.clockB]).toEqual([1020, 770])
  })

  test('clock: only the mover’s clock is charged, once', async () => {
    const arena = await twoClaims()
    arena.time += 100
    await act(arena, BOB, lie)
    arena.time += 30
    await act(arena, ALICE, truth)
    const match = await matchOf(arena, lie, truth)
    expect([match.clockA, match.clockB]).toEqual([1020 - 100, 1020 - 30])
    expect(match.since).toBe(STORY_START + 130)
  })

  test('clock: lastSecondMove — allowed one second before since + clock, refused at it', async () => {
    const arena = await twoClaims()
    const [move] = await plan(arena, BOB, lie)
    if (move === undefined) throw new RangeError('No move planned.')
    arena.time += 1020
    expect(send(arena, BOB, move)).toBe('expired')
    arena.time -= 1
    expect(send(arena, BOB, move)).toBeNull()
  })

  test('clock: a time-out is refused one second early, allowed at since + clock, and a year later', async () => {
    for (const late of [0, 365 * 86_400]) {
      const arena = await twoClaims()
      const call: GameCall = { kind: 'timeout', match: await keyOf(arena, lie, truth) }
      arena.time += 1019
      expect(sendCall(arena, CAROL, call)).toBe('notExpired')
      arena.time += 1 + late
      expect(sendCall(arena, CAROL, call)).toBeNull()
      const survivor = claimIdOf(arena.rootId, (await keyOf(arena, lie, truth)).b)
      expect(arena.game.tournaments.get(arena.rootId)?.freeClaim).toBe(survivor)
    }
  })

  test('clock: the winner of a time-out keeps its own clock untouched', async () => {
    const arena = await twoClaims(250)
    arena.time += 1020
    sendCall(arena, CAROL, { kind: 'timeout', match: await keyOf(arena, lie, truth) })
    const survivor = claimIdOf(arena.rootId, (await keyOf(arena, lie, truth)).b)
    expect(arena.game.claims.get(survivor)?.clock).toBe(770)
  })

  test('clock: while a seal is due both burn — the one that runs out first loses, the other pays the time', async () => {
    const arena = await twoClaims(250)
    await act(arena, BOB, lie)
    const [move] = (await plan(arena, ALICE, truth)).filter((action) => action.kind === 'move')
    if (move === undefined) throw new RangeError('No move planned.')
    expect(send(arena, ALICE, move)).toBeNull()
    const sealing = (await plan(arena, ALICE, truth)).find((action) => action.kind === 'sealCoarse')
    if (sealing === undefined) throw new RangeError('No seal planned.')
    arena.time += 770
    expect(send(arena, ALICE, sealing)).toBe('expired')
    const key = await keyOf(arena, lie, truth)
    expect(sendCall(arena, CAROL, { kind: 'timeout', match: key })).toBeNull()
    const winner = claimIdOf(arena.rootId, key.a)
    expect(arena.game.tournaments.get(arena.rootId)?.freeClaim).toBe(winner)
    expect(arena.game.claims.get(winner)?.clock).toBe(1020 - 770)
  })

  test('clock: both out while a seal is due — both lose, and what is left is for the market', async () => {
    const arena = await twoClaims()
    await act(arena, BOB, lie)
    const [move] = await plan(arena, ALICE, truth)
    if (move === undefined) throw new RangeError('No move planned.')
    expect(send(arena, ALICE, move)).toBeNull()
    arena.time += 1020
    expect(sendCall(arena, CAROL, { kind: 'timeout', match: await keyOf(arena, lie, truth) })).toBeNull()
    const end: GameCall = {
      kind: 'finishRoot',
      tournamentId: arena.rootId,
      winner: { root: ZERO_WORD, outcome: ZERO_WORD },
    }
    expect(sendCall(arena, CAROL, end)).toBeNull()
    const tournament = arena.game.tournaments.get(arena.rootId)
    expect(tournament?.outcome).toEqual({ winner: null, result: ZERO_WORD, uncoveredWei: 0n })
    expect(arena.game.creditsWei.get(arena.market)).toBe(arena.game.balanceWei)
  })

  test('clock: an inner game starts with the larger remainder, at least one allowance; parent clocks stand still', async () => {
    const arena = await twoClaims()
    arena.time += 1010
    await act(arena, BOB, lie)
    arena.time += 1015
    await act(arena, ALICE, truth)
    // Sealed in the same second: 10 s and 5 s are left, so the allowance of 120 s is the larger.
    await act(arena, ALICE, truth)
    const key = await keyOf(arena, lie, truth)
    const inner = arena.game.tournaments.get(innerIdOf(arena, matchIdOf(key)))
    expect(inner?.initialClock).toBe(120)
    expect(inner?.windowEnd).toBe(arena.time + 120)
    arena.time += 100_000
    expect(sendCall(arena, CAROL, { kind: 'timeout', match: key })).toBe('wrongPhase')
    const match = await matchOf(arena, lie, truth)
    expect([match.clockA, match.clockB]).toEqual([10, 5])
  })

  test('clock: nobody joins the inner game — both parents lose when its window has closed', async () => {
    const arena = await sealed()
    const key = await keyOf(arena, lie, truth)
    const match = await matchOf(arena, lie, truth)
    const leaves = { leafA: await leafOf(lie, match.index), leafB: await leafOf(truth, match.index) }
    const nobody = { root: ZERO_WORD, outcome: ZERO_WORD }
    const { modelId, prevState } = originIn(arena.view, innerIdOf(arena, matchIdOf(key)))
    const end: GameCall = { kind: 'finishInner', parent: key, ...leaves, modelId, prevState, winner: nobody }
    arena.time += 1019
    expect(sendCall(arena, CAROL, end)).toBe('windowOpen')
    arena.time += 1
    expect(sendCall(arena, CAROL, end)).toBeNull()
    expect(arena.game.claims.get(claimIdOf(arena.rootId, key.a))?.status).toBe('dead')
    expect(arena.game.claims.get(claimIdOf(arena.rootId, key.b))?.status).toBe('dead')
  })

  test('clock: a claim that wins again and again never has more than initial clock and one allowance', async () => {
    const arena = await twoClaims()
    arena.time += 1020
    sendCall(arena, CAROL, { kind: 'timeout', match: await keyOf(arena, lie, truth) })
    // The window has closed, so the truth stays free; its clock was 1020 and stays there.
    const id = claimIdOf(arena.rootId, (await keyOf(arena, lie, truth)).b)
    expect(arena.game.claims.get(id)?.clock).toBe(initialClock + allowance)
  })
})
