import { expect, test } from 'vitest'
import { playRandomGame } from './randomGame.ts'

const GAMES = 3_000
const FIRST_SEED = 10_000

test(`property: ${GAMES} random games from seed ${FIRST_SEED}, up to 15 liars`, async () => {
  let numCalls = 0
  let numRefused = 0
  for (let seed = FIRST_SEED; seed < FIRST_SEED + GAMES; seed++) {
    const report = await playRandomGame(seed, { maxLiars: 15 })
    expect(report.honestWon, `seed ${seed}`).toBe(true)
    for (const gainWei of report.honestGainsWei) expect(gainWei, `seed ${seed}`).toBeGreaterThanOrEqual(0n)
    expect(report.seconds, `seed ${seed}`).toBeLessThanOrEqual(report.boundSeconds)
    expect(report.arena.shortRefunds, `seed ${seed}`).toEqual([])
    numCalls += report.numCalls
    numRefused += report.numRefused
  }
  console.log(`${GAMES} games from seed ${FIRST_SEED}: ${numCalls} calls, of which ${numRefused} refused.`)
})
