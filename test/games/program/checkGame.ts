import fc from 'fast-check'
import { KIND } from 'opml/dispute'
import { expect } from 'vitest'
import { arbitraryGame } from './arbitraryGame.ts'
import type { ProgramGameReport } from './programGame.ts'
import { eventsWithoutRefunds, isNotMoney, playProgramGame } from './programGame.ts'

/** What every game must hold. That funds add up to the wei after each call, and no honest call is refused, was checked on the way. */
export function checkGame(report: ProgramGameReport): void {
  const { arena, located, injected, decided } = report
  expect(report.honestWon, 'the true claim wins').toBe(true)
  for (const gainWei of report.honestGainsWei) expect(gainWei, 'the honest lose nothing').toBeGreaterThanOrEqual(0n)
  expect(arena.shortRefunds, 'a bond covers every refund').toEqual([])
  expect(report.seconds, 'the delay is bounded').toBeLessThanOrEqual(report.boundSeconds)
  for (const match of located)
    expect(match, 'the leaf found is the first difference').toMatchObject({ found: match.expected })
  for (const match of injected)
    expect(match, 'the leaf found is the false one').toMatchObject({ found: match.expected })
  for (const { by, expected } of decided) expect(by, 'a rule decides what needs no machine').toBe(expected)
  const told = arena.played.flatMap(({ events }) => events).filter(isNotMoney)
  expect(eventsWithoutRefunds(arena), 'refunds change nothing else').toEqual(told)
}

/** How often something happened in some games: `fault weight`, `truth found at graph`, … */
export type GameCounts = Readonly<Record<string, number>>

/** Some time before the test itself is stopped: what was found until then is told. */
const SHARE_OF_TIME = 0.8

/**
 * Plays `numGames` games and checks each. A failure tells the seed, the path to the game, and the smallest game found that fails too;
 * `playProgramGame` plays it again.
 */
export async function checkRandomGames(p: { seed: number; numGames: number; testMs: number }): Promise<GameCounts> {
  const counts: Record<string, number> = {}
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1
  }
  const property = fc.asyncProperty(arbitraryGame, async (spec) => {
    const report = await playProgramGame(spec)
    try {
      checkGame(report)
      for (const fault of report.faults) count(`liar with ${fault}`)
      for (const { kind } of report.injected) count(`fault found at ${kind === KIND.graph ? 'graph' : 'block'}`)
      for (const { by } of report.decided) count(`leaf decided by ${by}`)
      for (const { call, refusedBy } of report.arena.played) count(refusedBy === null ? call.kind : 'refused')
    } finally {
      report.world.close()
    }
  })
  await fc.assert(property, {
    seed: p.seed,
    numRuns: p.numGames,
    interruptAfterTimeLimit: SHARE_OF_TIME * p.testMs,
    markInterruptAsFailure: true,
  })
  return counts
}
