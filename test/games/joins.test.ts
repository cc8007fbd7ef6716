import {
  GameRuleError,
  STORY_PARAMETERS,
  STORY_START,
  claimIdOf,
  commitmentOf,
  hashText,
  openDispute,
} from 'opml/dispute'
import type { GameCall } from 'opml/dispute'
import { describe, expect, test } from 'vitest'
import {
  HEIGHTS,
  ALICE,
  BOB,
  CAROL,
  ROOT_BOND,
  INNER_BOND,
  truth,
  lie,
  otherLie,
  newArena,
  join,
  act,
  plan,
  send,
  sendCall,
  keyOf,
  matchOf,
  twoClaims,
  sealed,
} from './duel.ts'

const { rootWindow } = STORY_PARAMETERS

describe('joins', () => {
  test('join: the last second of the window is in time, its end is not', async () => {
    const arena = newArena()
    await openDispute(arena, { trace: lie, opener: BOB, heights: HEIGHTS })
    arena.time += rootWindow
    expect((await join(arena, ALICE, truth))?.rule).toBe('windowClosed')
    arena.time -= 1
    expect(await join(arena, ALICE, truth)).toBeNull()
  })

  test('join: the same claim is refused while alive and when dead', async () => {
    const arena = await twoClaims()
    expect((await join(arena, CAROL, lie))?.rule).toBe('claimUsed')
    const inner = await sealed()
    const [first] = (await plan(inner, BOB, lie)).filter((action) => action.kind === 'joinInner')
    if (first === undefined) throw new RangeError('No join planned.')
    expect(send(inner, BOB, first)).toBeNull()
    await act(inner, ALICE, truth)
    await act(inner, BOB, lie)
    await act(inner, ALICE, truth)
    // One instruction has convicted the lie inside, well within the inner window.
    expect(inner.played.at(-1)?.call.kind).toBe('sealFine')
    expect(send(inner, CAROL, first)).toBe('claimUsed')
  })

  test('join: a second opening of the same task is refused', async () => {
    const arena = await twoClaims()
    await expect(openDispute(arena, { trace: otherLie, opener: CAROL, heights: HEIGHTS })).rejects.toThrow(
      GameRuleError,
    )
  })

  test('join: the inner game takes no claim from a parent match that is not at a leaf', async () => {
    const arena = await sealed()
    const [action] = (await plan(arena, ALICE, truth)).filter((one) => one.kind === 'joinInner')
    if (action === undefined || action.kind !== 'joinInner') throw new RangeError('No join planned.')
    const early = await twoClaims()
    const call: GameCall = {
      kind: 'joinInner',
      parent: action.parent,
      leafA: action.leafA,
      leafB: action.leafB,
      join: action.join,
    }
    expect(sendCall(early, ALICE, call, INNER_BOND)).toBe('wrongPhase')
  })

  test('join: the earlier one is A and moves first; a third waits', async () => {
    const arena = await twoClaims()
    const match = await matchOf(arena, lie, truth)
    expect(match.phase).toBe(1)
    expect(await join(arena, CAROL, otherLie)).toBeNull()
    const waiting = claimIdOf(arena.rootId, { root: await otherLie.root(), outcome: await otherLie.outcome() })
    expect(arena.game.tournaments.get(arena.rootId)?.freeClaim).toBe(waiting)
  })
})

describe('ownership', () => {
  test('ownership: a commitment as old as the claim takes nothing over, one a second older does', async () => {
    for (const [older, refusedBy] of [
      [0, 'commitmentTooLate'],
      [1, null],
    ] as const) {
      const arena = newArena()
      await openDispute(arena, { trace: lie, opener: BOB, heights: HEIGHTS })
      arena.time += 50
      const salt = hashText('salt')
      const { b } = await keyOf(arena, lie, truth)
      const commitment = commitmentOf({ tournamentId: arena.rootId, root: b.root, sender: CAROL, salt })
      expect(sendCall(arena, CAROL, { kind: 'commit', commitment })).toBeNull()
      arena.time += older
      await join(arena, ALICE, truth)
      const { a } = await keyOf(arena, lie, truth)
      const call: GameCall = {
        kind: 'displace',
        tournamentId: arena.rootId,
        claim: b,
        salt,
        opponent: a,
        claimIsA: false,
      }
      expect(sendCall(arena, CAROL, call, ROOT_BOND)).toBe(refusedBy)
    }
  })

  test('ownership: repeating a commitment does not make it younger', async () => {
    const arena = newArena()
    const commitment = hashText('a commitment')
    sendCall(arena, CAROL, { kind: 'commit', commitment })
    arena.time += 9
    expect(sendCall(arena, ALICE, { kind: 'commit', commitment })).toBeNull()
    expect(arena.game.commitments.get(commitment)).toBe(STORY_START)
    expect(arena.view.commitments.get(commitment)).toBe(STORY_START)
  })

  test('ownership: a displaced owner is credited what its claim has not spent; clock and match stay', async () => {
    const arena = newArena()
    await openDispute(arena, { trace: lie, opener: BOB, heights: HEIGHTS })
    const salt = hashText('salt')
    const { a, b } = await keyOf(arena, lie, truth)
    const commitment = commitmentOf({ tournamentId: arena.rootId, root: b.root, sender: CAROL, salt })
    sendCall(arena, CAROL, { kind: 'commit', commitment })
    arena.time += 10
    await join(arena, ALICE, truth)
    await act(arena, BOB, lie)
    const [move] = await plan(arena, ALICE, truth)
    if (move === undefined) throw new RangeError('No move planned.')
    expect(send(arena, ALICE, move)).toBeNull()
    const spent = arena.played
      .filter((call) => call.sender === ALICE)
      .flatMap((call) => call.events)
      .reduce((sum, event) => (event.kind === 'Refunded' ? sum + event.amountWei : sum), 0n)
    const before = structuredClone(await matchOf(arena, lie, truth))
    const call: GameCall = {
      kind: 'displace',
      tournamentId: arena.rootId,
      claim: b,
      salt,
      opponent: a,
      claimIsA: false,
    }
    expect(sendCall(arena, CAROL, call, ROOT_BOND)).toBeNull()
    expect(arena.game.creditsWei.get(ALICE)).toBe(ROOT_BOND - spent)
    expect(await matchOf(arena, lie, truth)).toEqual({ ...before, spentBWei: 0n })
    expect(arena.game.claims.get(claimIdOf(arena.rootId, b))).toMatchObject({ owner: CAROL, bondWei: ROOT_BOND })
  })

  test('ownership: displace needs the sender’s own commitment', async () => {
    const arena = await twoClaims()
    const key = await keyOf(arena, lie, truth)
    const call: GameCall = {
      kind: 'displace',
      tournamentId: arena.rootId,
      claim: key.b,
      salt: hashText('none'),
      opponent: key.a,
      claimIsA: false,
    }
    expect(sendCall(arena, CAROL, call, ROOT_BOND)).toBe('noCommitment')
  })
})
