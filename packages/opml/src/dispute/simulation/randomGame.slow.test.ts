import { expect, test } from 'vitest'
import { playRandomGame } from './randomGame.ts'

const GAMES = 4_000
const FIRST_SEED = 10_000

test(`property: ${GAMES} random games from seed ${FIRST_SEED}, up to 15 liars`, async () => {
  let numCalls = 0
  let numRefused = 0
  let numInjected = 0
  for (let seed = FIRST_SEED; seed < FIRST_SEED + GAMES; seed++) {
    const report = await playRandomGame(seed, { maxLiars: 15 })
    expect(report.honestWon, `seed ${seed}`).toBe(true)
    for (const gainWei of report.honestGainsWei) expect(gainWei, `seed ${seed}`).toBeGreaterThanOrEqual(0n)
    expect(report.seconds, `seed ${seed}`).toBeLessThanOrEqual(report.boundSeconds)
    expect(report.arena.shortRefunds, `seed ${seed}`).toEqual([])
    for (const { found, expected } of [...report.located, ...report.injected])
      expect(found, `seed ${seed}`).toBe(expected)
    numInjected += report.injected.length
    numCalls += report.numCalls
    numRefused += report.numRefused
  }
  console.log(
    `${GAMES} games from seed ${FIRST_SEED}: ${numCalls} calls, of which ${numRefused} refused; ${numInjected} faults found where they were put.`,
  )
})
