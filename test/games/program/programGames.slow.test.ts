import { expect, test } from 'vitest'
import { checkRandomGames } from './checkGame.ts'
import { FAULTS } from './programLies.ts'

/** `OPML_GAMES_SEED` plays other games, `OPML_GAMES` more or fewer. */
const { OPML_GAMES_SEED = '2026', OPML_GAMES = '500' } = process.env
const TEST_MS = 1_200_000
const [SEED, GAMES] = [Number(OPML_GAMES_SEED), Number(OPML_GAMES)]

test(
  `property: ${GAMES} games about random tensor programs, seed ${SEED} — the truth wins, the honest lose nothing, the fault is found`,
  async () => {
    const counts = await checkRandomGames({ seed: SEED, numGames: GAMES, testMs: TEST_MS })
    console.log(`${GAMES} games, seed ${SEED}: ${JSON.stringify(counts, null, 1)}`)
    if (GAMES < 100) return
    for (const fault of FAULTS) expect([fault, counts[`liar with ${fault}`]]).toEqual([fault, expect.any(Number)])
    for (const what of [
      'fault found at graph',
      'fault found at block',
      'leaf decided by rule',
      'leaf decided by machine',
      'sealFine',
    ])
      expect(counts[what], what).toBeGreaterThan(GAMES / 10)
  },
  TEST_MS,
)
