import { expect, test } from 'vitest'
import { checkGame, checkRandomGames } from './checkGame.ts'
import { FAULT_GAMES, TAMPERED_GAMES, faultGame } from './faultGames.ts'
import { playProgramGame } from './programGame.ts'
import { acceptedTampers } from './tamperedCalls.ts'

const TEST_MS = 120_000

test(
  'property: 15 games about random tensor programs, seed 1',
  async () => {
    const counts = await checkRandomGames({ seed: 1, numGames: 15, testMs: TEST_MS })
    expect(counts['fault found at graph']).toBeGreaterThan(10)
  },
  TEST_MS,
)

test.each(FAULT_GAMES)(
  'default: $fault, the machine $machine, is found where it was put, liars $habits',
  async (game) => {
    const report = await playProgramGame(await faultGame(game))
    try {
      checkGame(report)
      expect(report.faults[0]).toBe(game.fault)
      expect(report.located.length).toBeGreaterThan(0)
    } finally {
      report.world.close()
    }
  },
)

test.each(TAMPERED_GAMES)(
  'default: no word of any call can be another, fault $fault, machine $machine',
  async (game) => {
    const accepted: string[] = []
    const report = await playProgramGame(await faultGame(game), (arena, action) => {
      accepted.push(...acceptedTampers(arena, action))
    })
    report.world.close()
    expect(accepted).toEqual([])
    expect(report.honestWon).toBe(true)
    expect(report.arena.played.filter(({ refusedBy }) => refusedBy !== null).length).toBeGreaterThan(100)
  },
)

test('property: the same game goes the same way', async () => {
  const spec = await faultGame({ fault: 'haltEarly', machine: 'wild', habits: ['plays', 'stalls', 'garbage'] })
  const [first, second] = [await playProgramGame(spec), await playProgramGame(spec)]
  expect(second.arena.played).toEqual(first.arena.played)
  for (const { world } of [first, second]) world.close()
})
