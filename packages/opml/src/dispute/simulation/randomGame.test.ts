import { expect, test } from 'vitest'
import { measureDelay, PRODUCTION_PARAMETERS } from './measureDelay.ts'
import { playRandomGame } from './randomGame.ts'
import { seededRandom } from '../../core/seededRandom.ts'

const GAMES = 500

test(`property: ${GAMES} random games — the true claim wins, the honest lose nothing, funds add up, delays are bounded, the leaf found is the false one`, async () => {
  let numLocated = 0
  let numInjected = 0
  for (let seed = 1; seed <= GAMES; seed++) {
    const report = await playRandomGame(seed, { maxLiars: 8 })
    expect(report.honestWon, `seed ${seed}`).toBe(true)
    for (const gainWei of report.honestGainsWei) expect(gainWei, `seed ${seed}`).toBeGreaterThanOrEqual(0n)
    expect(report.seconds, `seed ${seed}`).toBeLessThanOrEqual(report.boundSeconds)
    expect(report.arena.shortRefunds, `seed ${seed}`).toEqual([])
    for (const { found, expected } of [...report.located, ...report.injected])
      expect(found, `seed ${seed}`).toBe(expected)
    numLocated += report.located.length
    numInjected += report.injected.length
  }
  expect(numLocated).toBeGreaterThan(1_000)
  expect(numInjected).toBeGreaterThan(300)
})

test('property: the same seed plays the same game', async () => {
  const [first, second] = [await playRandomGame(5, { maxLiars: 8 }), await playRandomGame(5, { maxLiars: 8 })]
  expect(second.arena.played).toEqual(first.arena.played)
})

test('default: the choices of seed 1 stay what they are, so that a seed names a game for ever', () => {
  const random = seededRandom(1)
  expect(Array.from({ length: 8 }, () => random.below(100))).toMatchInlineSnapshot(`
    [
      26,
      80,
      33,
      9,
      64,
      12,
      0,
      49,
    ]
  `)
})

test('default: 16 claims, coarse and fine, all lies stalling, stay within the bound and 4 matches', async () => {
  const delay = await measureDelay({
    numClaims: 16,
    model: { coarseHeight: 2, fineHeight: 2 },
    parameters: PRODUCTION_PARAMETERS,
    reactionSeconds: 60,
    seed: 1,
  })
  expect(delay.honestMatches).toBeLessThanOrEqual(4)
  expect(delay.seconds).toBeLessThanOrEqual(delay.boundSeconds)
  expect(delay.afterLastJoinSeconds).toBeLessThanOrEqual(4 * delay.longestMatchSeconds + 60)
})
