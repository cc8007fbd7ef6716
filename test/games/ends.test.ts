import { ZERO_WORD, claimIdOf } from 'opml/dispute'
import { STORY_PARAMETERS, openDispute } from 'opml/dispute/simulation'
import type { GameCall } from 'opml/dispute'
import type { Arena } from 'opml/dispute/simulation'
import { describe, expect, test } from 'vitest'
import {
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
  twoClaims,
  sealed,
} from './duel.ts'

const { rootWindow } = STORY_PARAMETERS

/** What an account was paid at once for claims that were left. Wei. */
function paidWei(arena: Arena, account: `0x${string}`): bigint {
  const events = arena.played.flatMap((call) => call.events)
  return events.reduce(
    (sum, event) => (event.kind === 'Paid' && event.to === account ? sum + event.amountWei : sum),
    0n,
  )
}

/** The last call that `play` made. */
async function lastAfter(arena: Arena, play: () => Promise<unknown>): Promise<Arena['played'][number]> {
  await play()
  const last = arena.played.at(-1)
  if (last === undefined) throw new RangeError('Nothing was played.')
  return last
}

describe('ends', () => {
  test('end: not before the window has closed, not while a match is open, not for another winner', async () => {
    const arena = await twoClaims()
    const key = await keyOf(arena, lie, truth)
    const end = (winner = key.b): GameCall => ({ kind: 'finishRoot', tournamentId: arena.rootId, winner })
    arena.time += rootWindow - 1
    expect(sendCall(arena, CAROL, end())).toBe('windowOpen')
    arena.time += 1
    expect(sendCall(arena, CAROL, end())).toBe('matchOpen')
    arena.time += 1020
    sendCall(arena, CAROL, { kind: 'timeout', match: key })
    expect(sendCall(arena, CAROL, end(key.a))).toBe('wrongWinner')
    expect(sendCall(arena, CAROL, end({ root: ZERO_WORD, outcome: ZERO_WORD }))).toBe('wrongWinner')
    expect(sendCall(arena, CAROL, end())).toBeNull()
  })

  test('end: a finished game refuses everything', async () => {
    const arena = await twoClaims()
    const [move] = await plan(arena, BOB, lie)
    const key = await keyOf(arena, lie, truth)
    arena.time += 1020
    sendCall(arena, CAROL, { kind: 'timeout', match: key })
    await act(arena, ALICE, truth)
    expect((await join(arena, CAROL, otherLie))?.rule).toBe('tournamentFinished')
    if (move === undefined) throw new RangeError('No move planned.')
    expect(send(arena, BOB, move)).toBe('wrongPhase')
    expect(sendCall(arena, CAROL, { kind: 'timeout', match: key })).toBe('wrongPhase')
    expect(sendCall(arena, CAROL, { kind: 'finishRoot', tournamentId: arena.rootId, winner: key.b })).toBe(
      'tournamentFinished',
    )
    expect(await plan(arena, ALICE, truth)).toEqual([])
  })

  test('end: the inner survivor’s outcome names the parent that wins', async () => {
    const arena = await sealed()
    // Only the lie joins below: it wins the match above although the truth stands there.
    await act(arena, BOB, lie)
    arena.time += 1020
    await act(arena, BOB, lie)
    const key = await keyOf(arena, lie, truth)
    expect(arena.game.claims.get(claimIdOf(arena.rootId, key.b))?.status).toBe('dead')
    expect(arena.game.claims.get(claimIdOf(arena.rootId, key.a))?.status).not.toBe('dead')
  })
})

describe('money', () => {
  test('money: bonds at heights 5 and 3 and 200 gwei are 0.301 and 0.182 ether', () => {
    // Gas: 300k + 210k joins, 90k and 65k moves, 190k end, 250k seal, 210k inner join, 190k inner end = 1,505k.
    expect(ROOT_BOND).toBe(301_000_000_000_000_000n)
    // 2 · 210k joins, 90k move, 190k end, 210k seal = 910k.
    expect(INNER_BOND).toBe(182_000_000_000_000_000n)
  })

  test('money: a call is refunded to its sender, whoever owns the claim', async () => {
    const arena = await twoClaims()
    const [move] = await plan(arena, BOB, lie)
    if (move === undefined) throw new RangeError('No move planned.')
    expect(send(arena, CAROL, move)).toBeNull()
    const last = arena.played.at(-1)
    expect(last?.events.at(-1)).toMatchObject({ kind: 'Refunded', to: CAROL })
    expect(arena.gainWei(CAROL)).toBeGreaterThanOrEqual(0n)
  })

  test('money: the loser’s bond pays the end of the match, refills the winner’s to a full one, and the rest is the pot', async () => {
    const arena = await twoClaims()
    await act(arena, BOB, lie)
    const [move] = await plan(arena, ALICE, truth)
    if (move === undefined) throw new RangeError('No move planned.')
    expect(send(arena, ALICE, move)).toBeNull()
    await act(arena, ALICE, truth)
    await act(arena, ALICE, truth)
    arena.time += 1020
    // Nobody but the truth has joined below, so it wins above.
    await act(arena, ALICE, truth)
    const { a, b } = await keyOf(arena, lie, truth)
    expect(arena.game.claims.get(claimIdOf(arena.rootId, b))?.bondWei).toBe(ROOT_BOND)
    expect(arena.game.claims.get(claimIdOf(arena.rootId, a))?.bondWei).toBe(0n)
    const refunds = arena.played.flatMap((call) => call.events).filter((event) => event.kind === 'Refunded')
    const spentWei = refunds.reduce((sum, event) => sum + event.amountWei, 0n)
    // Two root bonds and one inner bond came in; the inner one went back whole.
    expect(paidWei(arena, ALICE)).toBe(INNER_BOND)
    expect(arena.game.tournaments.get(arena.rootId)?.potWei).toBe(ROOT_BOND - spentWei)
  })

  test('money: value on a call that takes none is refused', async () => {
    const arena = await twoClaims()
    const [move] = await plan(arena, BOB, lie)
    if (move === undefined) throw new RangeError('No move planned.')
    expect(send(arena, BOB, { ...move, valueWei: 1n })).toBe('unexpectedValue')
  })

  test('money: a claim without any opponent gets its bond back, what it lacks is reported to the market', async () => {
    const arena = newArena()
    await openDispute(arena, { trace: truth, opener: ALICE })
    arena.time += rootWindow
    await act(arena, ALICE, truth)
    const outcome = arena.game.tournaments.get(arena.rootId)?.outcome
    expect(outcome?.uncoveredWei).toBe(ROOT_BOND - paidWei(arena, ALICE))
    expect(outcome?.uncoveredWei).toBeGreaterThan(0n)
    expect(arena.gainWei(ALICE)).toBeGreaterThanOrEqual(0n)
  })

  test('money: a survivor is paid at once, its credit is nothing', async () => {
    const arena = newArena()
    await openDispute(arena, { trace: truth, opener: ALICE })
    arena.time += rootWindow
    const before = arena.purse(ALICE).inHandWei
    const { gasMeasured, gasPriceWei } = await lastAfter(arena, () => act(arena, ALICE, truth))
    const refund = arena.played.at(-1)?.events.find((event) => event.kind === 'Refunded')
    const received = paidWei(arena, ALICE) + (refund?.amountWei ?? 0n)
    expect(arena.purse(ALICE).inHandWei - before).toBe(received - gasMeasured * gasPriceWei)
    expect(sendCall(arena, CAROL, { kind: 'withdraw', to: ALICE })).toBe('nothingToWithdraw')
    expect(arena.game.balanceWei).toBe(0n)
  })

  test('money: credit is paid once, to its owner, whoever asks', async () => {
    const arena = await twoClaims()
    await act(arena, BOB, lie)
    await act(arena, ALICE, truth)
    arena.time += 5000
    // Nobody has sealed: both lose, and the pot is the market's.
    expect(sendCall(arena, CAROL, { kind: 'timeout', match: await keyOf(arena, lie, truth) })).toBeNull()
    const winner = { root: ZERO_WORD, outcome: ZERO_WORD }
    expect(sendCall(arena, CAROL, { kind: 'finishRoot', tournamentId: arena.rootId, winner })).toBeNull()
    const creditWei = arena.game.creditsWei.get(arena.market) ?? 0n
    expect(creditWei).toBeGreaterThan(0n)
    const before = arena.purse(arena.market).inHandWei
    expect(sendCall(arena, CAROL, { kind: 'withdraw', to: arena.market })).toBeNull()
    expect(arena.purse(arena.market).inHandWei - before).toBe(creditWei)
    expect(sendCall(arena, CAROL, { kind: 'withdraw', to: arena.market })).toBe('nothingToWithdraw')
    expect(arena.game.balanceWei).toBe(0n)
  })
})
