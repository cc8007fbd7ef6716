import type { Bytes32 } from '../../core/bytes.ts'
import { GAS_BUDGET, joinGas, openGas, refundWei, sealFineGas, wordsGas } from '../bond.ts'
import { addEvent, emptyGameView } from '../buildGameView.ts'
import { GameRuleError } from '../errors.ts'
import type { GameView } from '../gameView.ts'
import { innerTournamentId, rootTournamentId } from '../names.ts'
import { applyCall } from '../rules/applyCall.ts'
import type { Game, GameCall, RefereeMachine, Tournament } from '../rules/state.ts'
import { newGame } from '../rules/state.ts'
import type { Address, GameEvent, GameParameters } from '../types.ts'
import { AuditError, auditFunds, auditView } from './audit.ts'
import type { SeededRandom } from '../../core/seededRandom.ts'

/** One call that the arena made, for scripts and reports. */
export interface PlayedCall {
  readonly time: number
  readonly sender: Address
  readonly call: GameCall
  readonly valueWei: bigint
  readonly baseFeeWei: bigint
  readonly gasPriceWei: bigint
  readonly gasMeasured: bigint
  /** What it told, or the rule that refused it. */
  readonly events: readonly GameEvent[]
  readonly refusedBy: string | null
}

/** What an account has in hand, credits not counted, and what it paid for gas that no rule refunds. Wei. */
export interface Purse {
  inHandWei: bigint
  unrefundedGasWei: bigint
}

/** Gas of calls that nobody refunds; what the real ones take is of no matter to the rules. */
const FREE_CALL_GAS = 60_000n

/**
 * The contract, its clock and everybody's purse, around the reference rules: sends calls, charges gas, and after every call checks
 * that funds add up and that the view made of events agrees with the rules' storage.
 */
export class Arena {
  readonly game: Game
  readonly view: GameView
  readonly rootId: Bytes32
  readonly market: Address
  readonly taskId: Bytes32
  readonly played: PlayedCall[] = []
  /** Calls whose refund was less than gas and price make it: some balance ran dry. A bond is meant to cover everything. */
  readonly shortRefunds: PlayedCall[] = []
  time: number
  private readonly random: SeededRandom
  private readonly purses = new Map<Address, Purse>()
  private readonly startWei: bigint
  private burntWei = 0n

  constructor(p: {
    parameters: GameParameters
    machine: RefereeMachine
    market: Address
    taskId: Bytes32
    time: number
    startWei: bigint
    random: SeededRandom
  }) {
    this.game = newGame(p.parameters, p.machine)
    this.rootId = rootTournamentId(p.market, p.taskId)
    this.view = emptyGameView(this.rootId, p.parameters)
    this.market = p.market
    this.taskId = p.taskId
    this.time = p.time
    this.startWei = p.startWei
    this.random = p.random
  }

  /** The purse of `account`, full at first sight. */
  purse(account: Address): Purse {
    let purse = this.purses.get(account)
    if (purse === undefined) {
      purse = { inHandWei: this.startWei, unrefundedGasWei: 0n }
      this.purses.set(account, purse)
    }
    return purse
  }

  /** What `account` owns more, or less, than at the start, credits included. Calls that no rule refunds are not charged. Wei. */
  gainWei(account: Address): bigint {
    const { inHandWei, unrefundedGasWei } = this.purse(account)
    const creditWei = this.game.creditsWei.get(account) ?? 0n
    return inHandWei + creditWei + this.uncoveredWei(account) + unrefundedGasWei - this.startWei
  }

  /** Sends one call from `payer`, who pays value and gas; `sender` differs where a market passes a call on. Null when accepted. */
  send(p: { payer: Address; call: GameCall; valueWei: bigint; sender?: Address }): GameRuleError | null {
    const { payer, call, valueWei } = p
    const sender = p.sender ?? payer
    const { gasMeasured, baseFeeWei, gasPriceWei } = this.gasOf(call)
    const context = { sender, valueWei, time: this.time, baseFeeWei, gasPriceWei, gasMeasured }
    this.payGas(payer, call, gasMeasured * gasPriceWei)
    let events: readonly GameEvent[] = []
    let refused: GameRuleError | null = null
    try {
      events = applyCall(this.game, context, call).events
      this.purse(payer).inHandWei -= valueWei
    } catch (error) {
      if (!(error instanceof GameRuleError)) throw error
      refused = error
    }
    const played = { ...context, call, events, refusedBy: refused?.rule ?? null }
    this.played.push(played)
    if (refused === null && this.isShort(played)) this.shortRefunds.push(played)
    for (const event of events) this.take(event)
    this.audit()
    return refused
  }

  private isShort({ call, events, gasMeasured, baseFeeWei, gasPriceWei }: PlayedCall): boolean {
    if (call.kind === 'commit' || call.kind === 'displace' || call.kind === 'withdraw') return false
    const { tipWei, priceCapWei } = this.game.parameters
    const dueWei = refundWei({ gasMeasured, budgetGas: gasMeasured, gasPriceWei, baseFeeWei, tipWei, priceCapWei })
    const refunded = events.find((event) => event.kind === 'Refunded')
    return (refunded?.amountWei ?? 0n) < dueWei
  }

  /** What the market adds for a winner whose bond no loser covered (spec/06 §8). */
  private uncoveredWei(account: Address): bigint {
    const outcome = this.game.tournaments.get(this.rootId)?.outcome
    return outcome?.winner === account ? outcome.uncoveredWei : 0n
  }

  private take(event: GameEvent): void {
    if (event.kind === 'Refunded' || event.kind === 'Paid' || event.kind === 'Withdrawn')
      this.purse(event.to).inHandWei += event.amountWei
    addEvent(this.view, event)
  }

  private gasOf(call: GameCall): { gasMeasured: bigint; baseFeeWei: bigint; gasPriceWei: bigint } {
    const budget = budgetOf(this.game, call)
    const { priceCapWei, tipWei } = this.game.parameters
    const percent = BigInt(50 + this.random.below(51))
    const baseFeeWei = ((priceCapWei - tipWei) * BigInt(1 + this.random.below(1000))) / 1000n
    // Nobody tips more than is refunded; some tip less.
    const gasPriceWei = baseFeeWei + (tipWei * (percent - 50n)) / 50n
    return { gasMeasured: (budget * percent) / 100n, baseFeeWei, gasPriceWei }
  }

  private payGas(payer: Address, call: GameCall, wei: bigint): void {
    const purse = this.purse(payer)
    purse.inHandWei -= wei
    this.burntWei += wei
    if (call.kind === 'commit' || call.kind === 'displace' || call.kind === 'withdraw') purse.unrefundedGasWei += wei
  }

  private audit(): void {
    auditFunds(this.game)
    auditView(this.game, this.view)
    let sum = this.game.balanceWei + this.burntWei
    for (const purse of this.purses.values()) sum += purse.inHandWei
    const expected = BigInt(this.purses.size) * this.startWei
    if (sum !== expected) throw new AuditError(`All money: ${sum} wei, expected ${expected}.`)
  }
}

/** The smaller budget where a call has two, so that the gas of an arena's call is always within the one that applies. */
function budgetOf(game: Game, call: GameCall): bigint {
  switch (call.kind) {
    case 'openRoot': {
      const levels = game.machine.levels(call.modelId)
      return openGas({ kind: levels.rootKind, height: levels.rootHeight, words: levels.words })
    }
    case 'joinRoot':
      return budgetIn(game.tournaments.get(call.tournamentId), joinGas)
    case 'joinInner':
      return budgetIn(game.tournaments.get(innerTournamentId(call.origin)), joinGas)
    case 'sealFine':
      return budgetIn(game.tournaments.get(call.match.tournamentId), ({ height }) => sealFineGas(height))
    case 'sealGraph':
      return budgetIn(
        game.tournaments.get(call.match.tournamentId),
        ({ words }) => GAS_BUDGET.sealGraph + wordsGas(words),
      )
    case 'move':
      return call.match === null ? GAS_BUDGET.move : GAS_BUDGET.firstMove
    case 'sealCoarse':
      return GAS_BUDGET.sealCoarse
    case 'timeout':
    case 'finishInner':
    case 'finishRoot':
      return GAS_BUDGET.end
    case 'commit':
    case 'displace':
    case 'withdraw':
      return FREE_CALL_GAS
    default:
      return call satisfies never
  }
}

/** A budget that depends on the tournament; a call about an unknown one is refused whatever it uses. */
function budgetIn(tournament: Tournament | undefined, budget: (tournament: Tournament) => bigint): bigint {
  return tournament === undefined ? FREE_CALL_GAS : budget(tournament)
}
