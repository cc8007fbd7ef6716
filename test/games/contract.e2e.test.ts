import { playCall } from 'opml/chain'
import type { Deployment } from 'opml/chain'
import { PHASE, ZERO_WORD, applyCall, newGame } from 'opml/dispute'
import { playRandomGame, toyMachine } from 'opml/dispute/simulation'
import type { Game, GameCall, GameEvent } from 'opml/dispute'
import type { GameReport } from 'opml/dispute/simulation'
import { encodeFunctionData, parseEventLogs } from 'viem'
import type { Log, TransactionReceipt } from 'viem'
import { expect, test } from 'vitest'
import { tournamentAbi } from '../../packages/opml/src/chain/abis.ts'
import { gameVectorNames, plain, readGameVector } from './gameVector.ts'
import type { GameVector, VectorCall } from './gameVector.ts'
import type { ToyChain } from './toyChain.ts'
import { startToyChain } from './toyChain.ts'

const GAS = 3_000_000n
const RICH = 10n ** 24n
const GWEI = 10n ** 9n
/** The bound of the spec. */
const SLACK_GAS = 1_000n
/** A zero byte of a word of the call, counted as another one, at the calldata floor: 3 tokens of 10. */
const ZERO_BYTE_GAS = 30n
/** Zero bytes of a word that is a toy result or the leaf of a toy block: hashes have none to speak of. */
const TOY_RESULT_ZEROS = 16n

/** Toy results among the words of calldata. */
function numToyResults(data: string): bigint {
  const words = data.slice(10).match(/.{64}/g) ?? []
  return BigInt(words.filter((word) => /^(?!0{8}).{32}0{32}$/.test(word)).length)
}

const names = gameVectorNames()

function dataOf(tournament: `0x${string}`, call: GameCall, valueWei: bigint): `0x${string}` {
  const abi = tournamentAbi
  if (call.kind === 'openRoot') {
    const { taskId, modelId, inputRoot, owner, join } = call
    return encodeFunctionData({ abi, functionName: 'openRoot', args: [taskId, modelId, inputRoot, owner, join] })
  }
  if (call.kind === 'withdraw') return encodeFunctionData({ abi, functionName: 'withdraw', args: [call.to] })
  // Only the address is read.
  return playCall({ tournament } as Deployment, { ...call, valueWei }).data
}

/** Events as the vectors have them. */
function eventsOf(logs: Log[]): unknown {
  const parsed = parseEventLogs({ abi: tournamentAbi, logs })
  const told = parsed.filter(
    ({ eventName }) => eventName !== 'Refunded' && eventName !== 'Credited' && eventName !== 'Paid',
  )
  return lowerCase(
    plain(
      told.map(({ eventName, args }) => {
        const fields: Record<string, unknown> = { ...args, kind: eventName }
        delete fields['time']
        if ('kind' in args) fields['tournamentKind'] = args.kind
        return fields
      }),
    ),
  )
}

function lowerCase(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(/"0x[0-9a-fA-F]+"/g, (text) => text.toLowerCase()))
}

/** Sends the calls of one second in one block, in order. */
async function sendSecond(
  chain: ToyChain,
  calls: readonly VectorCall[],
  nonces: Map<string, number>,
): Promise<TransactionReceipt[]> {
  const { client, tournament } = chain
  const hashes: `0x${string}`[] = []
  for (const { sender, call, valueWei } of calls) {
    if (!nonces.has(sender)) await client.setBalance({ address: sender, value: RICH })
    const nonce = nonces.get(sender) ?? 0
    nonces.set(sender, nonce + 1)
    const data = dataOf(tournament, call, valueWei)
    const price = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n }
    hashes.push(
      await client.sendTransaction({
        account: sender,
        to: tournament,
        data,
        value: valueWei,
        nonce,
        gas: GAS,
        ...price,
      }),
    )
  }
  await client.setNextBlockTimestamp({ timestamp: BigInt(calls[0]?.time ?? 0) })
  await client.mine({ blocks: 1 })
  return await Promise.all(hashes.map((hash) => client.getTransactionReceipt({ hash })))
}

/** Plays all calls on the chain and by the reference rules, and compares after each second. */
async function replay(chain: ToyChain, vector: Pick<GameVector, 'model' | 'parameters' | 'calls'>): Promise<void> {
  const game = newGame(vector.parameters, toyMachine(vector.model))
  const nonces = new Map<string, number>()
  let next = 0
  while (next < vector.calls.length) {
    const time = vector.calls[next]?.time
    const rest = vector.calls.slice(next)
    const until = rest.findIndex((call) => call.time !== time)
    const calls = until < 0 ? rest : rest.slice(0, until)
    const receipts = await sendSecond(chain, calls, nonces)
    for (const [i, call] of calls.entries()) {
      const at = `call ${next + i}: ${call.call.kind}, ${call.refusedBy ?? 'allowed'}`
      const receipt = receipts[i]
      expect(receipt?.transactionIndex, at).toBe(i)
      expect(receipt?.status, at).toBe(call.refusedBy === null ? 'success' : 'reverted')
      expect(eventsOf(receipt?.logs ?? []), at).toEqual(call.events)
      if (receipt !== undefined && call.call.kind !== 'openRoot')
        expectNoProfit(receipt, at, dataOf(chain.tournament, call.call, call.valueWei))
      if (call.refusedBy === null)
        applyCall(game, { ...call, baseFeeWei: 1n, gasPriceWei: 1n, gasMeasured: 21_000n }, call.call)
    }
    await compareMatches(chain, game)
    next += calls.length
  }
}

/** The sender is refunded what it paid, give or take zero bytes among the words of its call (spec/06 §8). */
function expectNoProfit(receipt: TransactionReceipt, at: string, data: string): void {
  const slackGas = SLACK_GAS + numToyResults(data) * TOY_RESULT_ZEROS * ZERO_BYTE_GAS
  const refunds = parseEventLogs({ abi: tournamentAbi, logs: receipt.logs, eventName: 'Refunded' })
  const refundedWei = refunds.reduce((sum, { args }) => sum + args.amountWei, 0n)
  expect(refundedWei, at).toBeLessThanOrEqual((receipt.gasUsed + slackGas) * receipt.effectiveGasPrice + GWEI)
}

/** Open matches: node hashes, position, phase and clocks are the same in both. */
async function compareMatches(chain: ToyChain, game: Game): Promise<void> {
  for (const [id, match] of game.matches) {
    if (match.phase === PHASE.over) continue
    const { index, height, phase, since, clockA, clockB } = match
    // Before the first move, or the seal of a tree without any, the pair are the claims' roots: nothing is stored.
    const pairHash = match.hasMoved || phase === PHASE.inner ? match.pairHash : ZERO_WORD
    const stored = await chain.client.readContract({
      address: chain.tournament,
      abi: tournamentAbi,
      functionName: 'matchOf',
      args: [id],
    })
    expect(stored, id).toMatchObject({ pairHash, index, height, phase, since, clockA, clockB })
  }
}

async function outcomeOf(chain: ToyChain, rootTournamentId: `0x${string}`) {
  return await chain.client.readContract({
    address: chain.tournament,
    abi: tournamentAbi,
    functionName: 'outcomeOf',
    args: [rootTournamentId],
  })
}

test.each(names)('differential: the contract plays games/%s as the reference rules do', async (name) => {
  const vector = readGameVector(name)
  const chain = await startToyChain(vector)
  try {
    await replay(chain, vector)
    const outcome = await outcomeOf(chain, vector.rootTournamentId)
    expect(outcome.winner.toLowerCase()).toBe(vector.outcome.winner)
    expect(outcome.result).toBe(vector.outcome.result)
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
  const calls = arena.played.map((call) => ({ ...call, events: toldOf(call.events) }))
  const chain = await startToyChain({ model, parameters: arena.game.parameters })
  try {
    await replay(chain, { model, parameters: arena.game.parameters, calls })
    const outcome = await outcomeOf(chain, arena.rootId)
    const expected = arena.game.tournaments.get(arena.rootId)?.outcome
    expect(outcome.winner.toLowerCase()).toBe(expected?.winner)
    expect(outcome.result).toBe(expected?.result)
  } finally {
    await chain.stop()
  }
})

/** Events of the rules as the vectors have them. */
function toldOf(events: readonly GameEvent[]): unknown[] {
  const told = events.filter(({ kind }) => kind !== 'Refunded' && kind !== 'Credited' && kind !== 'Paid')
  return told.map(({ time: _time, ...event }) => plain(event))
}
