import type { Game } from 'opml/dispute'
import { playRandomGame, toyMachine } from 'opml/dispute/simulation'
import type { GameReport } from 'opml/dispute/simulation'
import { expect, test } from 'vitest'
import { tournamentAbi } from '../../packages/opml/src/chain/abis.ts'
import type { GameChain } from './gameChain.ts'
import { gameVectorNames, readGameVector } from './gameVector.ts'
import { FAULT_GAMES, TAMPERED_GAMES, faultGame } from './program/faultGames.ts'
import { playProgramGame } from './program/programGame.ts'
import type { ProgramGameReport } from './program/programGame.ts'
import { startProgramChain } from './program/programChain.ts'
import { acceptedTampers } from './program/tamperedCalls.ts'
import { replayGame, toldEvents } from './replay.ts'
import { startToyChain } from './toyChain.ts'

/** Zero bytes of a word that is a toy result or the leaf of a toy block: hashes have none to speak of. */
const TOY_RESULT_ZEROS = 16n

/** Zero bytes in toy results among the words of calldata. */
function toyZeroBytes(_call: unknown, data: string): bigint {
  const words = data.slice(10).match(/.{64}/g) ?? []
  return BigInt(words.filter((word) => /^(?!0{8}).{32}0{32}$/.test(word)).length) * TOY_RESULT_ZEROS
}

/** The chain’s outcome of a root tournament is the rules’. */
async function compareOutcome(chain: GameChain, game: Game, rootId: `0x${string}`): Promise<void> {
  const expected = game.tournaments.get(rootId)?.outcome
  const outcome = await chain.client.readContract({
    address: chain.tournament,
    abi: tournamentAbi,
    functionName: 'outcomeOf',
    args: [rootId],
  })
  expect(outcome).toMatchObject({ result: expected?.result, uncoveredWei: expected?.uncoveredWei })
  expect(outcome.winner.toLowerCase()).toBe(expected?.winner)
}

test.each(gameVectorNames())('differential: the contract plays games/%s as the reference rules do', async (name) => {
  const vector = readGameVector(name)
  const chain = await startToyChain(vector)
  try {
    const game = await replayGame(chain, { ...vector, machine: toyMachine(vector.model), numZeroBytes: toyZeroBytes })
    await compareOutcome(chain, game, vector.rootTournamentId)
    const { winner, result } = vector.outcome
    expect(game.tournaments.get(vector.rootTournamentId)?.outcome).toMatchObject({ winner, result })
  } finally {
    await chain.stop()
  }
})

/** Random games of all kinds, of up to 6 liars. */
const SEEDS = Array.from({ length: 24 }, (_, i) => 500 + i)
const games: GameReport[] = []
for (const seed of SEEDS) games.push(await playRandomGame(seed, { maxLiars: 6 }))

test.each(games)('differential: the contract plays random game $seed as the reference rules do', async (report) => {
  const { arena, model } = report
  const { parameters, machine } = arena.game
  const calls = arena.played.map((call) => ({ ...call, events: toldEvents(call.events) }))
  const chain = await startToyChain({ model, parameters })
  try {
    const game = await replayGame(chain, { parameters, machine, calls, numZeroBytes: toyZeroBytes })
    await compareOutcome(chain, game, arena.rootId)
  } finally {
    await chain.stop()
  }
})

/** Plays a game about a tensor program on the chain, after it was played by the rules. */
async function compareProgramGame({ arena, world }: ProgramGameReport): Promise<void> {
  const { parameters, machine } = arena.game
  const calls = arena.played.map((call) => ({ ...call, events: toldEvents(call.events) }))
  const chain = await startProgramChain(world, parameters)
  try {
    const game = await replayGame(chain, { parameters, machine, calls, numZeroBytes: evidenceZeroBytes })
    await compareOutcome(chain, game, arena.rootId)
  } finally {
    await chain.stop()
    world.close()
  }
}

test.each(FAULT_GAMES)(
  'differential: the contracts play a tensor program with fault $fault, machine $machine, liars $habits, as the reference does',
  async (about) => await compareProgramGame(await playProgramGame(await faultGame(about))),
)

test.each(TAMPERED_GAMES)(
  'differential: the contracts refuse every other word of evidence about a tensor program with fault $fault, machine $machine',
  async (about) => {
    const before = (...call: Parameters<typeof acceptedTampers>): void => void acceptedTampers(...call)
    await compareProgramGame(await playProgramGame(await faultGame(about), before))
  },
)

/** Zero bytes of calldata: those of evidence, witness and key are among them. */
function evidenceZeroBytes(_call: unknown, data: string): bigint {
  return BigInt((data.slice(2).match(/../g) ?? []).filter((byte) => byte === '00').length)
}
