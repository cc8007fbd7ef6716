import { UsageError } from './exitCodes.ts'

const UNITS: Readonly<Record<string, bigint>> = { wei: 1n, gwei: 10n ** 9n, ether: 10n ** 18n, eth: 10n ** 18n }
const UNIT_DIGITS: Readonly<Record<string, number>> = { wei: 0, gwei: 9, ether: 18, eth: 18 }
const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400 }

/**
 * Wei of an amount such as `0.1ether`, `20gwei` or `5wei`; a unit is required, so that no one pays 10^18 times too much.
 *
 * @throws {UsageError}
 */
export function parseWei(flag: string, value: string): bigint {
  const match = /^(\d+)(?:\.(\d+))?\s*([a-z]+)$/.exec(value.trim().toLowerCase())
  const [, whole = '', fraction = '', unit = ''] = match ?? []
  const factor = UNITS[unit]
  const digits = UNIT_DIGITS[unit] ?? 0
  if (match === null || factor === undefined || fraction.length > digits)
    throw new UsageError({ flag, value, expected: 'an amount with its unit, like 0.1ether, 20gwei or 5wei' })
  return BigInt(whole) * factor + BigInt(fraction.padEnd(digits, '0') || '0')
}

/** Seconds of a duration such as `90`, `15m`, `2h` or `1d`. @throws {UsageError} */
export function parseSeconds(flag: string, value: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,10})([smhd]?)$/.exec(value.trim()) ?? []
  const factor = SECONDS[unit]
  if (digits === '' || factor === undefined)
    throw new UsageError({ flag, value, expected: 'a duration like 90, 15m, 2h or 1d' })
  return Number(digits) * factor
}

/** A whole number between two bounds. @throws {UsageError} */
export function parseCount(flag: string, value: string, p: { min: number; max: number }): number {
  const count = Number(value)
  if (!/^\d{1,16}$/.test(value) || count < p.min || count > p.max)
    throw new UsageError({ flag, value, expected: `a whole number from ${p.min} to ${p.max}` })
  return count
}

/** An amount in ether for people: at most 6 digits after the point, a sign where it is negative. */
export function formatEther(wei: bigint): string {
  const size = wei < 0n ? -wei : wei
  const micro = (size + 5n * 10n ** 11n) / 10n ** 12n
  return `${wei < 0n ? '-' : ''}${micro / 1_000_000n}.${(micro % 1_000_000n).toString().padStart(6, '0')}`
}

/** A duration for people: `3d 4h`, `2h 5m`, `40s`. */
export function formatSeconds(seconds: number): string {
  const [d, h, m] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60]
  if (d > 0) return `${d}d ${h}h`
  if (h > 0) return `${h}h ${m}m`
  return m > 0 ? `${m}m ${seconds % 60}s` : `${seconds}s`
}
