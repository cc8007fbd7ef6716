import { describe, expect, test } from 'vitest'
import type { CommitChoice } from './commitChoice.ts'
import { isCommitWorthIt, prizeWei } from './commitChoice.ts'

/** Twenty times 50,000 gas at 22 gwei. */
const LIMIT_WEI = 22_000_000_000_000_000n

function choice(change: Partial<CommitChoice>): CommitChoice {
  return {
    mode: 'auto',
    now: 1_000,
    windowEnd: 1_121,
    inclusionSeconds: 60,
    prizeWei: LIMIT_WEI + 1n,
    priceWei: 22_000_000_000n,
    ...change,
  }
}

describe('isCommitWorthIt', () => {
  test('edge: auto commits from the wei on at which one copied join in twenty pays for it', () => {
    expect(isCommitWorthIt(choice({}))).toBe(true)
    expect(isCommitWorthIt(choice({ prizeWei: LIMIT_WEI }))).toBe(false)
  })

  test('edge: two transactions must fit into the window, whatever the mode', () => {
    for (const mode of ['auto', 'always'] as const) {
      expect(isCommitWorthIt(choice({ mode }))).toBe(true)
      expect(isCommitWorthIt(choice({ mode, windowEnd: 1_120 }))).toBe(false)
    }
  })

  test('default: always commits for nothing, never for no prize', () => {
    expect(isCommitWorthIt(choice({ mode: 'always', prizeWei: 0n }))).toBe(true)
    expect(isCommitWorthIt(choice({ mode: 'never', prizeWei: 10n ** 24n }))).toBe(false)
  })
})

describe('prizeWei', () => {
  const known = { feeWei: 3n, bondWei: 1_000n, parameters: { submitBondWei: 50n, priceCapWei: 200n } }

  test('default: a wrong answer forfeits its bond, and the fee is free', () => {
    expect(prizeWei({ ...known, isPostedRight: false, priceWei: 20n })).toBe(53n)
  })

  test('edge: for a right answer the part of a bond that the price leaves, down to nothing at the cap', () => {
    expect(prizeWei({ ...known, isPostedRight: true, priceWei: 20n })).toBe(900n)
    expect(prizeWei({ ...known, isPostedRight: true, priceWei: 200n })).toBe(0n)
    expect(prizeWei({ ...known, isPostedRight: true, priceWei: 300n })).toBe(0n)
  })
})
