import { expect, test } from 'vitest'
import {
  PHASE,
  chargedClock,
  innerInitialClock,
  isExpired,
  isRunning,
  joinClock,
  matchClock,
  opponentOf,
  sideToMove,
} from './clock.ts'

const match = { since: 1000, clockA: 30, clockB: 50 }

test('default: a join is charged from the start of the window, down to 0', () => {
  expect([1000, 1030, 1900, 5000].map((time) => joinClock({ initialClock: 900, windowStart: 1000, time }))).toEqual([
    900, 870, 0, 0,
  ])
})

test('default: a match adds one allowance, up to the initial clock and one allowance', () => {
  expect([0, 700, 900, 1020].map((clock) => matchClock({ clock, initialClock: 900, allowance: 120 }))).toEqual([
    120, 820, 1020, 1020,
  ])
})

test('default: an inner game starts with the larger remainder, at least one allowance', () => {
  expect(innerInitialClock({ clockA: 500, clockB: 300, allowance: 120 })).toBe(500)
  expect(innerInitialClock({ clockA: 1, clockB: 300, allowance: 120 })).toBe(300)
  expect(innerInitialClock({ clockA: 1, clockB: 2, allowance: 120 })).toBe(120)
})

test('edge: a side expires exactly at since + clock, and only while its clock runs', () => {
  const moveA = { ...match, phase: PHASE.moveA }
  expect([1029, 1030, 9999].map((time) => isExpired(moveA, 'a', time))).toEqual([false, true, true])
  expect(isExpired(moveA, 'b', 9999)).toBe(false)
  const sealable = { ...match, phase: PHASE.sealable }
  expect([1049, 1050].map((time) => isExpired(sealable, 'b', time))).toEqual([false, true])
  for (const phase of [PHASE.inner, PHASE.over]) expect(isExpired({ ...match, phase }, 'a', 9999)).toBe(false)
})

test('default: whose clock runs in which phase', () => {
  expect([1, 2, 3, 4, 5].map((phase) => [isRunning(phase, 'a'), isRunning(phase, 'b')])).toEqual([
    [true, false],
    [false, true],
    [true, true],
    [false, false],
    [false, false],
  ])
  expect([1, 2, 3].map(sideToMove)).toEqual(['a', 'b', null])
  expect([opponentOf('a'), opponentOf('b')]).toEqual(['b', 'a'])
})

test('edge: a clock never goes below 0', () => {
  expect(chargedClock(10, 3)).toBe(7)
  expect(chargedClock(10, 11)).toBe(0)
})
