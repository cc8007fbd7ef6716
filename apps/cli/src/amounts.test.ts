import { describe, expect, test } from 'vitest'
import { formatEther, formatSeconds, parseCount, parseSeconds, parseWei } from './amounts.ts'
import { UsageError } from './exitCodes.ts'

describe('parseWei', () => {
  test.each([
    ['0.1ether', 10n ** 17n],
    ['1 eth', 10n ** 18n],
    ['20gwei', 20n * 10n ** 9n],
    ['1.5gwei', 1_500_000_000n],
    ['0wei', 0n],
    ['0.000000000000000001ether', 1n],
  ])('default: %s', (text, wei) => {
    expect(parseWei('--fee', text)).toBe(wei)
  })

  test.each(['1', '', 'ether', '-1wei', '0.5wei', '1.0000000001gwei', '1e18wei', '1 btc'])('error: "%s"', (text) => {
    expect(() => parseWei('--fee', text)).toThrow(UsageError)
  })
})

describe('parseSeconds', () => {
  test.each([
    ['90', 90],
    ['15m', 900],
    ['2h', 7_200],
    ['1d', 86_400],
  ])('default: %s', (text, seconds) => {
    expect(parseSeconds('--deadline', text)).toBe(seconds)
  })

  test.each(['', 'h', '1w', '-5', '1.5h'])('error: "%s"', (text) => {
    expect(() => parseSeconds('--deadline', text)).toThrow(UsageError)
  })
})

describe('parseCount', () => {
  test('edge: both bounds are allowed, nothing beyond', () => {
    expect([parseCount('-n', '1', { min: 1, max: 3 }), parseCount('-n', '3', { min: 1, max: 3 })]).toEqual([1, 3])
    for (const text of ['0', '4', '1.5', 'x', ''])
      expect(() => parseCount('-n', text, { min: 1, max: 3 })).toThrow(UsageError)
  })
})

describe('formats', () => {
  test('default: ether with six digits, rounded half up, and signs', () => {
    expect(formatEther(10n ** 18n)).toBe('1.000000')
    expect(formatEther(-5n * 10n ** 11n)).toBe('-0.000001')
    expect(formatEther(499_999_999_999n)).toBe('0.000000')
  })

  test('default: durations', () => {
    expect([40, 125, 7_500, 273_600].map(formatSeconds)).toEqual(['40s', '2m 5s', '2h 5m', '3d 4h'])
  })
})
