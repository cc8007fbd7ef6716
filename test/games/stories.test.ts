import { KIND, matchIn } from 'opml/dispute'
import type { Kind } from 'opml/dispute'
import { ALL_STORIES, AuditError, STORIES, STORY_START_WEI, playScenario } from 'opml/dispute/simulation'
import type { Scenario, ScenarioReport } from 'opml/dispute/simulation'
import { describe, expect, test } from 'vitest'

const played = new Map<string, Promise<ScenarioReport>>()

function story(name: string): Promise<ScenarioReport> {
  const scenario = ALL_STORIES.find((one) => one.name === name)
  if (scenario === undefined) throw new RangeError(`No story "${name}".`)
  const report = played.get(name) ?? playScenario(scenario)
  played.set(name, report)
  return report
}

function refusals(report: ScenarioReport): string[] {
  return report.arena.played.flatMap((call) => (call.refusedBy === null ? [] : [call.refusedBy]))
}

function callsOf(report: ScenarioReport, role: string): string[] {
  const address = report.addresses[role]
  return report.arena.played.filter((call) => call.sender === address).map((call) => call.call.kind)
}

/** What went out of a role's purse and what came back, all in wei. */
function moneyOf(report: ScenarioReport, role: string) {
  const { arena } = report
  const address = report.addresses[role]
  if (address === undefined) throw new RangeError(`No role "${role}".`)
  const calls = arena.played.filter((call) => call.sender === address)
  const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, wei) => total + wei, 0n)
  const received = (kind: 'Refunded' | 'Credited' | 'Paid'): bigint =>
    sum(
      arena.played
        .flatMap((call) => call.events)
        .flatMap((event) => (event.kind === kind && event.to === address ? [event.amountWei] : [])),
    )
  const accepted = calls.filter((call) => call.refusedBy === null)
  return {
    hadWei: STORY_START_WEI,
    ownsWei: arena.purse(address).inHandWei + (arena.game.creditsWei.get(address) ?? 0n),
    gasWei: sum(calls.map((call) => call.gasMeasured * call.gasPriceWei)),
    sentWei: sum(accepted.map((call) => call.valueWei)),
    innerBondsWei: sum(accepted.filter((call) => call.call.kind === 'joinInner').map((call) => call.valueWei)),
    refundedWei: received('Refunded'),
    creditedWei: received('Credited') + received('Paid'),
  }
}

function matchesOf(report: ScenarioReport, kind: Kind): number {
  const { view } = report.arena
  const tournaments = [...view.tournaments.values()].filter((one) => one.kind === kind)
  return tournaments.reduce((sum, one) => sum + one.matchIds.length, 0)
}

describe('every story', () => {
  test.each(ALL_STORIES.map((one): [string, Scenario] => [one.name, one]))(
    'story: %s — the true claim survives, the honest lose nothing, funds add up, in time, each leaf found is the first false one',
    async (name, scenario) => {
      const report = await story(name)
      expect(report.survivorId).toBe(report.trueClaimId)
      for (const role of scenario.roles) {
        if (role.isHonest === true) expect(report.gainsWei[role.name], role.name).toBeGreaterThanOrEqual(0n)
      }
      expect(report.seconds).toBeLessThanOrEqual(report.boundSeconds)
      for (const { found, expected } of report.located) expect(found).toBe(expected)
      // No refund was cut short: the bonds cover every call.
      expect(report.arena.shortRefunds).toEqual([])
    },
  )
})

describe('what the stories show', () => {
  test('story: lyingServer is convicted by step 97: state 97 is what the contract computed', async () => {
    const report = await story('lyingServer')
    const stepped = report.arena.played.flatMap((call) => call.events).filter((event) => event.kind === 'Stepped')
    expect(stepped).toHaveLength(1)
    const [match] = [...report.arena.view.matches.values()].filter(
      (one) => report.arena.view.tournaments.get(one.tournamentId)?.kind === KIND.fine,
    )
    // Stride 8: step 97 is leaf 12 of the upper tree (states 97 to 104) and leaf 0 below it.
    expect(match?.index).toBe(0n)
    const [upper] = [...report.arena.view.matches.values()].filter((one) => one.tournamentId === report.arena.rootId)
    expect(upper?.index).toBe(12n)
    expect(refusals(report)).toEqual([])
  })

  test('story: lyingServer takes 2 + 1 moves for heights 5 and 3, and 11 calls in all', async () => {
    const report = await story('lyingServer')
    const kinds = report.arena.played.map((call) => call.call.kind)
    expect(kinds.filter((kind) => kind === 'move')).toHaveLength(3)
    expect(kinds).toEqual([
      'openRoot',
      'joinRoot',
      'move',
      'move',
      'sealCoarse',
      'joinInner',
      'joinInner',
      'move',
      'sealFine',
      'finishInner',
      'finishRoot',
    ])
  })

  test('story: skipsToALaterDifference is refused by the shared left sibling', async () => {
    const report = await story('skipsToALaterDifference')
    expect(refusals(report).filter((rule) => rule === 'pairMismatch').length).toBeGreaterThan(0)
  })

  test('story: pointsAtWhatAgrees is refused: the two children must differ', async () => {
    expect(refusals(await story('pointsAtWhatAgrees'))).toContain('equalChildren')
  })

  test('story: opensAnotherSubtree and garbageProofs are refused', async () => {
    expect(new Set(refusals(await story('opensAnotherSubtree')))).toEqual(new Set(['pairMismatch']))
    expect(refusals(await story('garbageProofs')).length).toBeGreaterThan(0)
  })

  test('story: contradictsItsOwnClaim cannot join the inner game', async () => {
    expect(new Set(refusals(await story('contradictsItsOwnClaim')))).toEqual(new Set(['lastLeafNotDisputed']))
  })

  test('story: copiesTheJoin — the copier owns the claim, the honest player pays and gains nothing', async () => {
    const report = await story('copiesTheJoin')
    expect(report.winner).toBe(report.addresses['copier'])
    expect(callsOf(report, 'honest')).not.toContain('joinRoot')
    expect(callsOf(report, 'honest')).toContain('move')
  })

  test('story: copiesTheJoinOfOneWhoCommitted — the committed player takes claim and pot, the copier has its bond back and no wei more', async () => {
    const report = await story('copiesTheJoinOfOneWhoCommitted')
    expect(callsOf(report, 'honest')).toContain('displace')
    expect(callsOf(report, 'copier')).toEqual(['joinRoot'])
    expect(report.winner).toBe(report.addresses['honest'])
    const honest = moneyOf(report, 'honest')
    const copier = moneyOf(report, 'copier')
    // Its only call, the join, was refunded by the claim: bond and refund came back, gas went out.
    expect(copier.creditedWei).toBe(copier.sentWei)
    expect(copier.ownsWei).toBe(copier.hadWei - copier.gasWei + copier.refundedWei)
    // The honest player paid the copier's bond and one inner bond, and has them back, with the liar's.
    expect(honest.sentWei).toBe(copier.sentWei + honest.innerBondsWei)
    expect(honest.creditedWei).toBeGreaterThan(honest.sentWei)
    expect(report.gainsWei['honest']).toBeGreaterThan(0n)
    expect(report.gainsWei['server']).toBeLessThan(0n)
  })

  test('story: displacedByAnOlderCommitment — the honest player loses the prize, not a wei of its bond', async () => {
    const report = await story('displacedByAnOlderCommitment')
    expect(report.winner).toBe(report.addresses['older'])
    const [displaced] = report.arena.played
      .flatMap((call) => call.events)
      .filter((event) => event.kind === 'Displaced' && event.formerOwner === report.addresses['honest'])
    expect(displaced).toBeDefined()
    const { sentWei, creditedWei, ownsWei, hadWei, gasWei, refundedWei } = moneyOf(report, 'honest')
    expect(creditedWei).toBe(sentWei)
    expect(ownsWei).toBe(hadWei - gasWei + refundedWei)
  })

  test('story: showsItsOlderCommitment — a younger commitment waits for the last second in vain', async () => {
    const report = await story('showsItsOlderCommitment')
    expect(callsOf(report, 'younger')).toContain('commit')
    const displaced = report.arena.played.filter(({ call }) => call.kind === 'displace')
    // Once in each tournament.
    const shown = { sender: report.addresses['honest'], valueWei: 0n, refusedBy: null }
    expect(displaced).toMatchObject([shown, shown])
    expect(report.winner).toBe(report.addresses['honest'])
  })

  test('default: an owner whose commitment nobody else’s followed before the join does not show it', async () => {
    const scenario = STORIES.find((one) => one.name === 'showsItsOlderCommitment')
    if (scenario === undefined) throw new RangeError('The story is gone.')
    const roles = scenario.roles.filter((role) => role.name !== 'younger')
    const report = await playScenario({ ...scenario, name: 'noRival', roles })
    expect(callsOf(report, 'honest').filter((kind) => kind === 'commit').length).toBe(2)
    expect(callsOf(report, 'honest')).not.toContain('displace')
    expect(report.winner).toBe(report.addresses['honest'])
  })

  test('story: sybilLosesOnPurpose — the lie wins its friend’s match and still does not become final', async () => {
    const report = await story('sybilLosesOnPurpose')
    expect(matchesOf(report, KIND.coarse)).toBe(2)
    expect(report.winner).toBe(report.addresses['honest'])
  })

  test('story: sixteenClaims — the true claim plays at most 4 matches and is done in 4 match times', async () => {
    const report = await story('sixteenClaims')
    const { view, rootId, played: calls } = report.arena
    const own = [...view.matches.values()].filter(
      (one) =>
        one.tournamentId === rootId && (one.claimIdA === report.trueClaimId || one.claimIdB === report.trueClaimId),
    )
    expect(own.length).toBeLessThanOrEqual(4)
    expect(matchesOf(report, KIND.coarse)).toBe(15)
    const times = new Map<string, number>()
    let longest = 0
    let lastJoin = 0
    for (const event of calls.flatMap((call) => call.events)) {
      if (event.kind === 'Joined' && event.tournamentId === rootId) lastJoin = event.time
      if (event.kind === 'MatchStarted' && event.tournamentId === rootId) times.set(event.matchId, event.time)
      if (event.kind === 'MatchEnded' && times.has(event.matchId)) {
        longest = Math.max(longest, event.time - (times.get(event.matchId) ?? 0))
      }
    }
    expect(report.arena.time - lastJoin).toBeLessThanOrEqual(4 * longest + 20)
  })

  test('story: sixteenInnerClaims — the honest claim plays at most 4 matches inside', async () => {
    const report = await story('sixteenInnerClaims')
    const { view } = report.arena
    const inner = [...view.tournaments.values()].find((one) => one.kind === KIND.fine)
    expect(inner?.claimIds).toHaveLength(16)
    const survivor = inner?.freeClaim
    const own = (inner?.matchIds ?? [])
      .map((id) => matchIn(view, id))
      .filter((one) => one.claimIdA === survivor || one.claimIdB === survivor)
    expect(own.length).toBeLessThanOrEqual(4)
  })

  test('story: fallsSilentInTheInnerGame — the inner match ends by the clock, no instruction is executed', async () => {
    const report = await story('fallsSilentInTheInnerGame')
    const kinds = report.arena.played.map((call) => call.call.kind)
    expect(kinds).toContain('timeout')
    expect(kinds).not.toContain('sealFine')
  })

  test('story: nobodyElseActs — the honest player sends every call after the joins', async () => {
    const report = await story('nobodyElseActs')
    expect(callsOf(report, 'server')).toEqual([])
    expect(callsOf(report, 'other')).toEqual(['joinRoot'])
    expect(report.gainsWei['honest']).toBeGreaterThan(0n)
  })

  test('story: twoHonestPlayers — the second does not join again, and neither is refused', async () => {
    const report = await story('twoHonestPlayers')
    expect(callsOf(report, 'second')).not.toContain('joinRoot')
    expect(refusals(report)).toEqual([])
  })

  test('error: an audit stops a game in which an honest call is refused', async () => {
    const scenario = STORIES[0]
    if (scenario === undefined) throw new RangeError('No stories.')
    const [first, ...rest] = scenario.roles
    if (first === undefined) throw new RangeError('No roles.')
    const wrong: Scenario = {
      ...scenario,
      roles: [{ ...first, isHonest: true, habit: () => (action) => ({ ...action, valueWei: 1n }) }, ...rest],
    }
    await expect(playScenario(wrong)).rejects.toThrow(AuditError)
  })
})
