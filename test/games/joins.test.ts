import { GameRuleError, PHASE, claimIdOf, commitmentOf, hashText, matchIdOf, nextActions } from 'opml/dispute'
import { STORY_PARAMETERS, STORY_START, addressOf, openDispute } from 'opml/dispute/simulation'
import type { Claim, GameCall, PlannedAction, TraceProvider } from 'opml/dispute'
import type { Arena } from 'opml/dispute/simulation'
import { describe, expect, test } from 'vitest'
import {
  LEVELS,
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
  innerIdOf,
  keyOf,
  matchOf,
  twoClaims,
  sealed,
} from './duel.ts'

const { rootWindow } = STORY_PARAMETERS

/** The trace under a leaf that has one. */
async function innerOf(trace: TraceProvider, leaf: bigint): Promise<TraceProvider> {
  const inner = await trace.inner(leaf)
  if (inner === null) throw new RangeError(`No trace lies under leaf ${leaf}.`)
  return inner
}

/** Another bystander. */
const DAVE = addressOf(4)

describe('joins', () => {
  test('join: the last second of the window is in time, its end is not', async () => {
    const arena = newArena()
    await openDispute(arena, { trace: lie, opener: BOB })
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
    await expect(openDispute(arena, { trace: otherLie, opener: CAROL })).rejects.toThrow(GameRuleError)
  })

  test('join: the inner game takes no claim from a parent match that is not at a leaf', async () => {
    const arena = await sealed()
    const [action] = (await plan(arena, ALICE, truth)).filter((one) => one.kind === 'joinInner')
    if (action === undefined || action.kind !== 'joinInner') throw new RangeError('No join planned.')
    const early = await twoClaims()
    const call: GameCall = {
      kind: 'joinInner',
      origin: action.origin,
      leafA: action.leafA,
      leafB: action.leafB,
      join: action.join,
    }
    expect(sendCall(early, ALICE, call, INNER_BOND)).toBe('unknownTournament')
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

/** The salt of every commitment here. */
const SALT = hashText('salt')

/** `sender` commits to the root that `trace` would join a tournament with. */
async function commitTo(arena: Arena, sender: `0x${string}`, trace: TraceProvider, tournamentId = arena.rootId) {
  const commitment = commitmentOf({ tournamentId, root: await trace.root(), sender, salt: SALT })
  expect(sendCall(arena, sender, { kind: 'commit', commitment })).toBeNull()
}

/** `sender` displaces the owner of the claim of `trace`; the rule that refused it, else null. */
async function displace(
  arena: Arena,
  sender: `0x${string}`,
  trace: TraceProvider,
  p: { tournamentId?: `0x${string}`; salt?: `0x${string}`; valueWei?: bigint } = {},
): Promise<string | null> {
  const { tournamentId = arena.rootId, salt = SALT, valueWei = ROOT_BOND } = p
  const claim = { root: await trace.root(), outcome: await trace.outcome() }
  return sendCall(arena, sender, { kind: 'displace', tournamentId, claim, salt }, valueWei)
}

/** The claim of `trace`, in storage. */
async function claimOf(arena: Arena, trace: TraceProvider, tournamentId = arena.rootId): Promise<Claim> {
  const id = claimIdOf(tournamentId, { root: await trace.root(), outcome: await trace.outcome() })
  const claim = arena.game.claims.get(id)
  if (claim === undefined) throw new RangeError('No such claim.')
  return claim
}

/** The lie has opened the dispute; Carol, and after her Alice, have committed to the truth, with which Alice has joined. */
async function committedBeforeTheJoin(): Promise<Arena> {
  const arena = newArena()
  await openDispute(arena, { trace: lie, opener: BOB })
  await commitTo(arena, CAROL, truth)
  arena.time += 5
  await commitTo(arena, ALICE, truth)
  arena.time += 5
  expect(await join(arena, ALICE, truth)).toBeNull()
  return arena
}

/** What a player of the truth that commits plans now. */
function planOfCommitter(arena: Arena, me: `0x${string}`): Promise<PlannedAction[]> {
  const options = { commitSalt: SALT }
  const { view, time: now } = arena
  return nextActions({ view, me, trace: truth, params: STORY_PARAMETERS, levels: LEVELS, now, options })
}

describe('ownership', () => {
  test('ownership: a commitment as old as the claim takes nothing over, one a second older does', async () => {
    for (const [older, refusedBy] of [
      [0, 'commitmentTooLate'],
      [1, null],
    ] as const) {
      const arena = newArena()
      await openDispute(arena, { trace: lie, opener: BOB })
      arena.time += 50
      await commitTo(arena, CAROL, truth)
      arena.time += older
      await join(arena, ALICE, truth)
      expect(await displace(arena, CAROL, truth)).toBe(refusedBy)
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

  test('ownership: a displaced owner is credited a full bond; the claim keeps bond, spending, clock and match', async () => {
    const arena = await committedBeforeTheJoin()
    await act(arena, BOB, lie)
    const [move] = await plan(arena, ALICE, truth)
    if (move === undefined) throw new RangeError('No move planned.')
    expect(send(arena, ALICE, move)).toBeNull()
    const match = structuredClone(await matchOf(arena, lie, truth))
    const claim = structuredClone(await claimOf(arena, truth))
    // The refunds of Alice's join and move have made the claim poorer: what Carol pays for it is the full bond all the same.
    expect(claim.bondWei - match.spentBWei).toBeLessThan(claim.bondWei)
    expect(claim.bondWei).toBeLessThan(ROOT_BOND)
    expect(await displace(arena, CAROL, truth)).toBeNull()
    expect(arena.game.creditsWei).toEqual(new Map([[ALICE, ROOT_BOND]]))
    expect(await matchOf(arena, lie, truth)).toEqual(match)
    expect(await claimOf(arena, truth)).toEqual({ ...claim, owner: CAROL, ownedSince: STORY_START })
  })

  test('ownership: nobody is the poorer for being displaced in turn, and the oldest commitment stays', async () => {
    const arena = newArena()
    await openDispute(arena, { trace: lie, opener: BOB })
    await commitTo(arena, CAROL, truth)
    arena.time += 1
    await commitTo(arena, DAVE, truth)
    arena.time += 1
    await join(arena, ALICE, truth)
    expect(await displace(arena, DAVE, truth)).toBeNull()
    expect(await displace(arena, CAROL, truth)).toBeNull()
    expect(await displace(arena, DAVE, truth)).toBe('commitmentTooLate')
    expect(arena.game.creditsWei.get(ALICE)).toBe(ROOT_BOND)
    expect(arena.game.creditsWei.get(DAVE)).toBe(ROOT_BOND)
    expect(arena.gainWei(ALICE)).toBeGreaterThanOrEqual(0n)
    expect(arena.gainWei(DAVE)).toBeGreaterThanOrEqual(0n)
  })

  test('ownership: a stranger pays the full bond, the owner nothing', async () => {
    const arena = await committedBeforeTheJoin()
    for (const valueWei of [0n, ROOT_BOND - 1n, ROOT_BOND + 1n, INNER_BOND]) {
      expect(await displace(arena, CAROL, truth, { valueWei })).toBe('wrongBond')
    }
    for (const valueWei of [1n, ROOT_BOND]) {
      expect(await displace(arena, ALICE, truth, { valueWei })).toBe('wrongBond')
    }
    expect(await displace(arena, ALICE, truth, { valueWei: 0n })).toBeNull()
    expect(await displace(arena, CAROL, truth)).toBeNull()
  })

  test('ownership: an owner shows its older commitment for nothing; younger ones, its own among them, are refused', async () => {
    const arena = newArena()
    await openDispute(arena, { trace: lie, opener: BOB })
    await commitTo(arena, ALICE, truth)
    arena.time += 1
    await commitTo(arena, CAROL, truth)
    arena.time += 1
    await join(arena, ALICE, truth)
    const claim = structuredClone(await claimOf(arena, truth))
    expect(await displace(arena, ALICE, truth, { valueWei: 0n })).toBeNull()
    expect(await claimOf(arena, truth)).toEqual({ ...claim, ownedSince: STORY_START })
    expect(arena.game.creditsWei.size).toBe(0)
    const told = arena.played.at(-1)?.events
    expect(told).toMatchObject([{ kind: 'Displaced', newOwner: ALICE, formerOwner: ALICE, ownedSince: STORY_START }])
    expect(await displace(arena, ALICE, truth, { valueWei: 0n })).toBe('commitmentTooLate')
    expect(await displace(arena, CAROL, truth)).toBe('commitmentTooLate')
  })

  test('ownership: a claim that waits again after a match is displaced, the match that is over stays; the loser is not', async () => {
    const arena = await sealed()
    const { index } = await matchOf(arena, lie, truth)
    const tournamentId = innerIdOf(arena, matchIdOf(await keyOf(arena, lie, truth)))
    const inner = { truth: await innerOf(truth, index), lie: await innerOf(lie, index) }
    await commitTo(arena, CAROL, inner.truth, tournamentId)
    await commitTo(arena, CAROL, inner.lie, tournamentId)
    arena.time += 1
    for (let i = 0; i < 2; i++) {
      await act(arena, BOB, lie)
      await act(arena, ALICE, truth)
    }
    // One instruction has convicted the lie inside, well within the inner window.
    expect(arena.played.at(-1)?.call.kind).toBe('sealFine')
    const [matchId, match] = [...arena.game.matches].find(([, one]) => one.tournamentId === tournamentId) ?? []
    if (matchId === undefined) throw new RangeError('No inner match.')
    expect(match?.phase).toBe(PHASE.over)
    const before = structuredClone(match)
    const claim = structuredClone(await claimOf(arena, inner.truth, tournamentId))
    expect(claim.status).toBe('free')
    expect(await displace(arena, CAROL, inner.lie, { tournamentId, valueWei: INNER_BOND })).toBe('claimNotLive')
    expect(await displace(arena, CAROL, inner.truth, { tournamentId, valueWei: INNER_BOND })).toBeNull()
    expect(arena.game.matches.get(matchId)).toEqual(before)
    const ownedSince = arena.time - 1
    expect(await claimOf(arena, inner.truth, tournamentId)).toEqual({ ...claim, owner: CAROL, ownedSince })
    expect(arena.game.creditsWei).toEqual(new Map([[ALICE, INNER_BOND]]))
  })

  test('ownership: the last second of the window is in time, its end is not', async () => {
    const arena = await committedBeforeTheJoin()
    arena.time = STORY_START + rootWindow
    expect(await displace(arena, CAROL, truth)).toBe('windowClosed')
    arena.time -= 1
    expect(await displace(arena, CAROL, truth)).toBeNull()
  })

  test('ownership: displace needs the sender’s own commitment', async () => {
    const arena = await committedBeforeTheJoin()
    expect(await displace(arena, BOB, truth)).toBe('noCommitment')
    expect(await displace(arena, CAROL, truth, { salt: hashText('none') })).toBe('noCommitment')
  })

  test('plan: an owner that had committed shows it once, for nothing, so that no younger commitment takes the claim', async () => {
    const arena = newArena()
    await openDispute(arena, { trace: lie, opener: BOB })
    await commitTo(arena, ALICE, truth)
    arena.time += 1
    await commitTo(arena, CAROL, truth)
    arena.time += 1
    await join(arena, ALICE, truth)
    const [action, ...rest] = await planOfCommitter(arena, ALICE)
    expect(action).toMatchObject({ kind: 'displace', valueWei: 0n, salt: SALT })
    expect(rest).toEqual([])
    if (action === undefined) return
    expect(send(arena, ALICE, action)).toBeNull()
    expect(await planOfCommitter(arena, ALICE)).toEqual([])
    expect(await planOfCommitter(arena, CAROL)).toEqual([])
    arena.time = STORY_START + rootWindow - 1
    expect(await displace(arena, CAROL, truth)).toBe('commitmentTooLate')
  })

  test('plan: one that had committed before pays a bond to the copier; one that is out or too young sends nothing', async () => {
    const arena = await committedBeforeTheJoin()
    const [action] = await planOfCommitter(arena, CAROL)
    expect(action).toMatchObject({ kind: 'displace', valueWei: ROOT_BOND, salt: SALT })
    arena.time = STORY_START + rootWindow
    expect((await planOfCommitter(arena, CAROL)).filter(({ kind }) => kind === 'displace')).toEqual([])
    const late = await twoClaims()
    await commitTo(late, CAROL, truth)
    expect(await planOfCommitter(late, CAROL)).toEqual([])
  })
})
