import { ZERO_WORD, buildGameView, nextActions } from 'opml/dispute'
import { STORY_PARAMETERS, openDispute, toyWorld } from 'opml/dispute/simulation'
import { describe, expect, test } from 'vitest'
import {
  LEVELS,
  ALICE,
  BOB,
  CAROL,
  truth,
  lie,
  otherLie,
  newArena,
  join,
  act,
  plan,
  twoClaims,
  sealed,
} from './duel.ts'

describe('views', () => {
  test('view: after a reorganisation the view is what the remaining events say, and the plan is the same as then', async () => {
    const arena = await twoClaims()
    const planned = await plan(arena, BOB, lie)
    const events = arena.played.flatMap((call) => call.events)
    await act(arena, BOB, lie)
    await act(arena, ALICE, truth)
    const view = buildGameView({ rootId: arena.rootId, parameters: STORY_PARAMETERS, events })
    const input = { view, me: BOB, trace: lie, params: STORY_PARAMETERS, levels: LEVELS, now: arena.time }
    expect(await nextActions(input)).toEqual(planned)
  })

  test('view: a player that restarts from all events plans what it planned before', async () => {
    const arena = await sealed()
    const events = arena.played.flatMap((call) => call.events)
    const view = buildGameView({ rootId: arena.rootId, parameters: STORY_PARAMETERS, events })
    expect(view).toEqual(arena.view)
    const input = { view, me: ALICE, trace: truth, params: STORY_PARAMETERS, levels: LEVELS, now: arena.time }
    expect(await nextActions(input)).toEqual(await plan(arena, ALICE, truth))
  })

  test('view: events of another dispute are passed over', async () => {
    const arena = await sealed()
    const other = newArena('another task')
    await openDispute(other, { trace: lie, opener: BOB })
    await join(other, ALICE, truth)
    await act(other, BOB, lie)
    const mixed = [other, arena, other].flatMap((one) => one.played.flatMap((call) => call.events))
    expect(buildGameView({ rootId: arena.rootId, parameters: STORY_PARAMETERS, events: mixed })).toEqual(arena.view)
  })
})

describe('plans', () => {
  test('plan: an action that may come too late is not proposed', async () => {
    const arena = await twoClaims()
    arena.time += 1000
    const input = { view: arena.view, me: BOB, trace: lie, params: STORY_PARAMETERS, levels: LEVELS, now: arena.time }
    expect(await nextActions({ ...input, options: { inclusionSeconds: 19 } })).toHaveLength(1)
    expect(await nextActions({ ...input, options: { inclusionSeconds: 20 } })).toEqual([])
  })

  test('plan: without sweeping, matches of others are left alone', async () => {
    const arena = newArena()
    await openDispute(arena, { trace: lie, opener: BOB })
    await join(arena, CAROL, otherLie)
    arena.time += 1020
    const input = {
      view: arena.view,
      me: ALICE,
      trace: truth,
      params: STORY_PARAMETERS,
      levels: LEVELS,
      now: arena.time,
    }
    expect(await nextActions({ ...input, options: { sweep: false } })).toEqual([])
    expect((await nextActions(input)).map((action) => action.kind)).toEqual(['timeout'])
  })

  test('plan: bonds that the contract tells are the ones sent', async () => {
    const arena = newArena()
    await openDispute(arena, { trace: lie, opener: BOB })
    const input = {
      view: arena.view,
      me: ALICE,
      trace: truth,
      params: STORY_PARAMETERS,
      levels: LEVELS,
      now: arena.time,
    }
    const [action] = await nextActions({ ...input, bondsWei: [5n, 3n] })
    expect(action?.valueWei).toBe(5n)
  })

  test('error: a trace that contradicts what the chain shows for its root stops the player', async () => {
    const arena = await twoClaims()
    const [match] = [...arena.view.matches.values()]
    if (match === undefined) throw new RangeError('No match.')
    match.nodeA = ZERO_WORD
    await expect(plan(arena, BOB, lie)).rejects.toThrow('the own trace has another node 0 at height 5')
  })

  test('error: a trace of another height than the tournament stops the player', async () => {
    const arena = await twoClaims()
    const short = toyWorld({ coarseHeight: 4, fineHeight: 4 }).truth()
    await expect(plan(arena, BOB, short)).rejects.toThrow('the own trace is VM coarse of height 4')
  })
})
