import { expect, test } from 'vitest'
import { playRandomGame } from './randomGame.ts'

test('property: in 300 random games the honest result wins, honest players lose nothing, funds add up, the delay is bounded', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const report = await playRandomGame(seed, { maxLiars: 8 })
    expect(report.honestWon, `seed ${seed}`).toBe(true)
    for (const gainWei of report.honestGainsWei) expect(gainWei, `seed ${seed}`).toBeGreaterThanOrEqual(0n)
    expect(report.seconds, `seed ${seed}`).toBeLessThanOrEqual(report.boundSeconds)
  }
})
