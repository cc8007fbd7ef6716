import { refundWei } from '../bond.ts'
import type { Side } from '../clock.ts'
import type { Address } from '../types.ts'
import type { Match, Tournament, Turn } from './state.ts'
import { storedClaim } from './state.ts'

/** One balance that may pay a refund: takes up to `wei` and says how much it paid. */
export type Payer = (wei: bigint) => bigint

/** Takes what can be taken of `wei` from `holder.bondWei`. */
export function fromBond(holder: { bondWei: bigint }): Payer {
  return (wei) => {
    const paid = least(wei, holder.bondWei)
    holder.bondWei -= paid
    return paid
  }
}

/** Takes what can be taken of `wei` from a tournament's pot. */
export function fromPot(tournament: Tournament): Payer {
  return (wei) => {
    const paid = least(wei, tournament.potWei)
    tournament.potWei -= paid
    return paid
  }
}

/** Books up to `wei` as spent by `side`, at most what is left of its claim's bond. */
export function fromSpent(turn: Turn, match: Match, side: Side): Payer {
  const claim = storedClaim(turn.game, side === 'a' ? match.claimIdA : match.claimIdB)
  return (wei) => {
    const paid = least(wei, claim.bondWei - (side === 'a' ? match.spentAWei : match.spentBWei))
    if (side === 'a') match.spentAWei += paid
    else match.spentBWei += paid
    return paid
  }
}

/** Refunds the call's gas, at most `budgetGas`, to `to`; the payers are asked in order until it is covered (spec/06 §8). */
export function refund(turn: Turn, p: { budgetGas: bigint; payers: readonly Payer[]; to?: Address }): void {
  const { gasMeasured, gasPriceWei, baseFeeWei, sender } = turn.context
  const { tipWei, priceCapWei } = turn.game.parameters
  const due = refundWei({ gasMeasured, gasPriceWei, baseFeeWei, tipWei, priceCapWei, budgetGas: p.budgetGas })
  let paid = 0n
  for (const payer of p.payers) paid += payer(due - paid)
  turn.game.balanceWei -= paid
  if (paid > 0n) turn.refund = { to: p.to ?? sender, amountWei: paid }
}

/** Pays `to`, a plain account, `wei` at once (the contract credits an account with code). Once a call. */
export function payOut(turn: Turn, to: Address, wei: bigint): void {
  if (wei === 0n) return
  turn.game.balanceWei -= wei
  turn.payout = { to, amountWei: wei }
}

/** Adds `wei` to what `to` may withdraw. */
export function credit(turn: Turn, to: Address, wei: bigint): void {
  if (wei === 0n) return
  const { creditsWei } = turn.game
  creditsWei.set(to, (creditsWei.get(to) ?? 0n) + wei)
  turn.events.push({ kind: 'Credited', to, amountWei: wei, time: turn.context.time })
}

/** The smaller of two sums. */
function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
