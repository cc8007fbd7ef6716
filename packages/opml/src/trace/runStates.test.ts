import { expect, test } from 'vitest'
import type { RunState } from '../engine/runState.ts'
import { RunStates } from './runStates.ts'

const state = (position: number, numBytes = 10): RunState => ({
  section: 0,
  step: position,
  position,
  parts: [],
  numBytes,
})

test('default: the last state at or before a position; every second one goes when they are too many', () => {
  const states = new RunStates(45)
  let numMade = 0
  for (let position = 1; position <= 40; position++)
    states.record(() => {
      numMade++
      return state(position)
    })
  // 1 to 4; at 5 left are 2, 4; then 6, 8, 10: left 4, 8; then 12, 16, 20: left 8, 16; then 24, 32, 40: left 16, 32.
  expect(numMade).toBe(5 + 3 + 3 + 3)
  expect([0, 15, 16, 31, 32, 1000].map((position) => states.before(position)?.position)).toEqual([
    undefined,
    undefined,
    16,
    16,
    32,
    32,
  ])
  states.clear()
  expect(states.before(1000)).toBe(undefined)
  states.record(() => state(1))
  expect(states.before(1)?.position).toBe(1)
})

test('edge: a state that is larger than the bound, none after the last step', () => {
  const states = new RunStates(45)
  states.record(() => state(1, 46))
  states.record(() => undefined)
  expect(states.before(5)).toBe(undefined)
})
