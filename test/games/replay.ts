import { playCall } from 'opml/chain'
import type { Deployment } from 'opml/chain'
import { seededRandom } from 'opml/core'
import type { SeededRandom } from 'opml/core'
import { GameRuleError, PHASE, ZERO_WORD, applyCall, newGame } from 'opml/dispute'
import type { Address, Claim, Game, GameCall, GameEvent, GameParameters, RefereeMachine } from 'opml/dispute'
import { encodeFunctionData, parseEventLogs } from 'viem'
import type { Log, TransactionReceipt } from 'viem'
import { expect } from 'vitest'
import { tournamentAbi } from '../../packages/opml/src/chain/abis.ts'
import type { GameChain } from './gameChain.ts'
import { plain } from './gameVector.ts'
import type { VectorCall } from './gameVector.ts'

const GAS = 3_000_000n
const RICH = 10n ** 24n
const GWEI = 10n ** 9n
/** What spec/06 §8 lets a count be above the gas used, and below it. */
const SLACK_GAS = 1_000n
const SHORT_GAS = 100n
/** A zero byte of a word of the call, counted as another one, at the calldata floor: 3 tokens of 10. */
const ZERO_BYTE_GAS = 30n

/** One call of a game that was played before, with what it told; what it paid is left aside. */
type ReplayedCall = Pick<VectorCall, 'time' | 'sender' | 'valueWei' | 'call' | 'refusedBy' | 'events'>

/** What is replayed. */
export interface ReplayedGame {
  readonly parameters: GameParameters
  readonly machine: RefereeMachine
  readonly calls: readonly ReplayedCall[]
  /** Zero bytes among the words of a call that the contract counts as others (spec/06 §8). */
  readonly numZeroBytes: (call: GameCall, data: string) => bigint
}

/** Events as the vectors have them. */
export function toldEvents(events: readonly GameEvent[]): unknown[] {
  return events.map(({ time: _time, ...event }) => plain(event))
}

/**
 * Plays all calls on the chain and by the reference rules, and compares after each call what both tell, and after each second all
 * matches, claims, pots, credits and balances, to the wei. The gas that a refund counts is read from the refund itself and held
 * against the receipt: never below the gas used, above it by no more than spec/06 §8 allows.
 */
export async function replayGame(chain: GameChain, replayed: ReplayedGame): Promise<Game> {
  const replay = new Replay(chain, replayed)
  await replay.start()
  const { calls } = replayed
  for (let next = 0; next < calls.length; ) {
    const time = calls[next]?.time
    const rest = calls.slice(next)
    const until = rest.findIndex((call) => call.time !== time)
    const second = until < 0 ? rest : rest.slice(0, until)
    await replay.second(second, next)
    next += second.length
  }
  return replay.game
}

class Replay {
  readonly game: Game
  readonly #chain: GameChain
  readonly #replayed: ReplayedGame
  /** Prices of gas, always the same ones. */
  readonly #random: SeededRandom = seededRandom(1)
  readonly #nonces = new Map<Address, number>()
  readonly #balancesWei = new Map<Address, bigint>()

  constructor(chain: GameChain, replayed: ReplayedGame) {
    this.#chain = chain
    this.#replayed = replayed
    this.game = newGame(replayed.parameters, replayed.machine)
  }

  /** Makes everybody rich. */
  async start(): Promise<void> {
    for (const { sender, call } of this.#replayed.calls) {
      const others = call.kind === 'openRoot' ? [call.owner] : call.kind === 'withdraw' ? [call.to] : []
      for (const account of [sender, ...others]) this.#balancesWei.set(account, RICH)
    }
    for (const address of this.#balancesWei.keys()) await this.#chain.client.setBalance({ address, value: RICH })
  }

  /** The calls of one second, in one block. */
  async second(calls: readonly ReplayedCall[], first: number): Promise<void> {
    const baseFeeWei = this.#baseFee()
    const receipts = await this.#send(calls, baseFeeWei)
    for (const [i, call] of calls.entries()) {
      const at = `call ${first + i}: ${call.call.kind}, ${call.refusedBy ?? 'allowed'}`
      const receipt = receipts[i]
      if (receipt === undefined) throw new RangeError(`No receipt of ${at}.`)
      expect(receipt.transactionIndex, at).toBe(i)
      expect(receipt.status, at).toBe(call.refusedBy === null ? 'success' : 'reverted')
      const told = this.#apply(call, { receipt, baseFeeWei, at })
      expect(eventsOf(receipt.logs), at).toEqual(toldEvents(told))
      expect(toldEvents(told.filter(isNotMoney)), at).toEqual(call.events.filter(isNotMoney))
      this.#book(call, receipt, told)
    }
    await this.#compare(`after ${first + calls.length} calls`)
  }

  /** From next to nothing to more than is refunded. */
  #baseFee(): bigint {
    const { priceCapWei } = this.#replayed.parameters
    return (priceCapWei * BigInt(1 + this.#random.below(1_200))) / 1_000n + BigInt(this.#random.below(1_000))
  }

  async #send(calls: readonly ReplayedCall[], baseFeeWei: bigint): Promise<TransactionReceipt[]> {
    const { client, tournament } = this.#chain
    const { tipWei } = this.#replayed.parameters
    const hashes: `0x${string}`[] = []
    await client.setNextBlockBaseFeePerGas({ baseFeePerGas: baseFeeWei })
    for (const { sender, call, valueWei } of calls) {
      const nonce = this.#nonces.get(sender) ?? 0
      this.#nonces.set(sender, nonce + 1)
      const maxPriorityFeePerGas = this.#random.pick([0n, tipWei / 2n, tipWei, 3n * tipWei + 1n])
      const price = { maxFeePerGas: baseFeeWei + maxPriorityFeePerGas, maxPriorityFeePerGas }
      const data = dataOf(tournament, call, valueWei)
      const transaction = { account: sender, to: tournament, data, value: valueWei, nonce, gas: GAS, ...price }
      hashes.push(await client.sendTransaction(transaction))
    }
    await client.setNextBlockTimestamp({ timestamp: BigInt(calls[0]?.time ?? 0) })
    await client.mine({ blocks: 1 })
    return await Promise.all(hashes.map((hash) => client.getTransactionReceipt({ hash })))
  }

  /** What the reference rules tell of a call that the chain has seen, with the gas that the chain counted. */
  #apply(
    { time, sender, valueWei, call, refusedBy }: ReplayedCall,
    p: { receipt: TransactionReceipt; baseFeeWei: bigint; at: string },
  ): readonly GameEvent[] {
    const { receipt, baseFeeWei, at } = p
    const gasPriceWei = receipt.effectiveGasPrice
    const gasMeasured = this.#gasCounted(call, { ...p, valueWei })
    const context = { time, sender, valueWei, baseFeeWei, gasPriceWei, gasMeasured }
    if (refusedBy === null) return applyCall(this.game, context, call).events
    expect(() => applyCall(this.game, context, call), at).toThrow(GameRuleError)
    return []
  }

  /**
   * The gas that a refund was made of. Where it is clearly less than the gas used, only a budget or an empty balance can be why, so the
   * rules get the gas used and must come to the same refund; but who opens through a market is paid what was measured and nothing else.
   */
  #gasCounted(
    call: GameCall,
    {
      receipt,
      baseFeeWei,
      valueWei,
      at,
    }: { receipt: TransactionReceipt; baseFeeWei: bigint; valueWei: bigint; at: string },
  ): bigint {
    const { tipWei, priceCapWei } = this.#replayed.parameters
    const { gasUsed, effectiveGasPrice, logs } = receipt
    const priceWei = least(effectiveGasPrice, baseFeeWei + tipWei, priceCapWei)
    const refunds = parseEventLogs({ abi: tournamentAbi, logs, eventName: 'Refunded' })
    const refundedWei = refunds.reduce((sum, { args }) => sum + args.amountWei, 0n)
    const numZeros = this.#replayed.numZeroBytes(call, dataOf(this.#chain.tournament, call, valueWei))
    const slackGas = call.kind === 'openRoot' ? 0n : SLACK_GAS + numZeros * ZERO_BYTE_GAS
    expect(refundedWei, at).toBeLessThanOrEqual((gasUsed + slackGas) * priceWei + GWEI)
    const counted = refundedWei / priceWei
    return call.kind === 'openRoot' || counted + SHORT_GAS >= gasUsed ? counted : gasUsed
  }

  #book({ sender, valueWei, refusedBy }: ReplayedCall, receipt: TransactionReceipt, told: readonly GameEvent[]): void {
    this.#pay(sender, -receipt.gasUsed * receipt.effectiveGasPrice)
    if (refusedBy === null) this.#pay(sender, -valueWei)
    for (const event of told)
      if ('amountWei' in event && event.kind !== 'Credited') this.#pay(event.to, event.amountWei)
  }

  #pay(account: Address, wei: bigint): void {
    this.#balancesWei.set(account, (this.#balancesWei.get(account) ?? 0n) + wei)
  }

  async #compare(at: string): Promise<void> {
    const { client, tournament } = this.#chain
    const { game } = this
    const checks: Promise<void>[] = []
    const same = async (what: string, actual: Promise<unknown>, expected: unknown): Promise<void> =>
      expect(await actual, `${what} ${at}`).toEqual(expected)
    const read = { address: tournament, abi: tournamentAbi } as const
    checks.push(same('the contract’s balance', client.getBalance({ address: tournament }), game.balanceWei))
    for (const [address, wei] of this.#balancesWei) {
      checks.push(same(`balance of ${address}`, client.getBalance({ address }), wei))
      const credit = client.readContract({ ...read, functionName: 'creditWei', args: [address] })
      checks.push(same(`credit of ${address}`, credit, game.creditsWei.get(address) ?? 0n))
    }
    for (const [id, match] of game.matches) {
      if (match.phase === PHASE.over) continue
      const { index, height, phase, since, clockA, clockB, spentAWei, spentBWei } = match
      // Before the first move, or the seal of a tree without any, the pair are the claims' roots: nothing is stored.
      const pairHash = match.hasMoved || phase === PHASE.inner ? match.pairHash : ZERO_WORD
      const expected = { pairHash, index, height, phase, since, clockA, clockB, spentAWei, spentBWei }
      checks.push(same(`match ${id}`, client.readContract({ ...read, functionName: 'matchOf', args: [id] }), expected))
    }
    for (const [id, claim] of game.claims) {
      if (claim.status === 'dead') continue
      const view = client.readContract({ ...read, functionName: 'claim', args: [id] })
      checks.push(
        same(
          `claim ${id}`,
          view.then(({ owner, ...rest }) => ({ ...rest, owner: owner.toLowerCase() })),
          claimView(claim),
        ),
      )
    }
    for (const [id, { windowEnd, openMatches, numClaims, freeClaim, potWei, finished, outcome }] of game.tournaments) {
      // What is left of a void game is credited, and kept in its word to be told.
      const isVoid = finished && outcome?.winner === null
      const view = client.readContract({ ...read, functionName: 'tournament', args: [id] })
      const actual = view.then((one) => ({
        windowEnd: one.windowEnd,
        openMatches: one.openMatches,
        numClaims: one.numClaims,
        freeClaim: one.freeClaim,
        finished: one.finished,
        potWei: isVoid ? 0n : one.potWei,
      }))
      const expected = { windowEnd, openMatches, numClaims, freeClaim: freeClaim ?? ZERO_WORD, finished, potWei }
      checks.push(same(`tournament ${id}`, actual, expected))
    }
    await Promise.all(checks)
  }
}

/** As `ITournament.ClaimStatus` counts; the contract does not tell a waiting claim from one in a match. */
const STATUSES = { free: 1, inMatch: 1, dead: 2, won: 3 }

function claimView({ owner, status, clock, ownedSince, bondWei }: Claim) {
  return { owner, status: STATUSES[status], clock, ownedSince, bondWei }
}

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

/** Events of a receipt as the vectors have them. */
function eventsOf(logs: Log[]): unknown {
  return lowerCase(
    plain(
      parseEventLogs({ abi: tournamentAbi, logs }).map(({ eventName, args }) => {
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

/** Whether an event tells of the game and not of who is paid what. */
function isNotMoney(event: unknown): boolean {
  return typeof event !== 'object' || event === null || !('amountWei' in event)
}

function least(...values: readonly bigint[]): bigint {
  return values.reduce((a, b) => (b < a ? b : a))
}
