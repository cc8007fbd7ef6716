import { describe, expect, test } from 'vitest'
import { contextOf, f32 } from '../testing/runNode.ts'

const context = contextOf({
  inputs: [f32([2], [1.5, -2])],
  attributes: {
    axis: -1,
    alpha: { f: 0.5 },
    mode: 'linear',
    pads: [1, 2],
    scales: { floats: [2, 4] },
    names: { strings: ['a', 'b'] },
    none: {},
  },
})

describe('attributes of NodeContext', () => {
  test('default: each type', () => {
    expect([context.int('axis', 7), context.float('alpha', 7), context.string('mode', '')]).toEqual([-1, 0.5, 'linear'])
    expect([context.ints('pads'), context.floats('scales'), context.strings('names')]).toEqual([
      [1, 2],
      [2, 4],
      ['a', 'b'],
    ])
    expect(context.bigInts('pads')).toEqual([1n, 2n])
  })

  test('default: what is not given', () => {
    expect([context.int('k', 7), context.float('k', 7), context.string('k', 'x')]).toEqual([7, 7, 'x'])
    expect([context.ints('k'), context.floats('k'), context.strings('k'), context.tensor('k')]).toEqual([
      undefined,
      undefined,
      [],
      undefined,
    ])
  })

  test('edge: an attribute without a value is an empty list of any type', () => {
    expect([context.ints('none'), context.floats('none'), context.strings('none')]).toEqual([[], [], []])
  })

  test('error: a value of another type is not taken for a missing one', () => {
    expect(() => context.int('alpha', 0)).toThrow('attribute "alpha" is a float, it must be an integer')
    expect(() => context.float('axis', 0)).toThrow('attribute "axis" is an integer, it must be a float')
    expect(() => context.string('pads', '')).toThrow('attribute "pads" is a list of integers, it must be a string')
    expect(() => context.ints('axis')).toThrow('attribute "axis" is an integer, it must be a list of integers')
    expect(() => context.floats('names')).toThrow('attribute "names" is a list of strings, it must be a list of floats')
    expect(() => context.strings('mode')).toThrow('attribute "mode" is a string, it must be a list of strings')
    expect(() => context.tensor('scales')).toThrow('attribute "scales" is a list of floats, it must be a tensor')
    expect(() => context.graph('axis')).toThrow('attribute "axis" is an integer, it must be a graph')
  })

  test('error: what must be there', () => {
    expect(() => context.requiredInt('to')).toThrow('attribute "to" is missing')
    expect(() => context.graph('body')).toThrow('attribute "body" is missing')
  })
})

describe('inputs of NodeContext', () => {
  test('default: known values', () => {
    expect([context.known(0), context.knownNumbers(0), context.inputs().length]).toEqual([[1.5, -2], [1.5, -2], 1])
  })

  test('error: an input that is not given', () => {
    expect(context.optional(1)).toBeUndefined()
    expect(() => context.input(1)).toThrow('input 1 is missing')
  })
})

describe('axes and counts of NodeContext', () => {
  test('default: axes from the end', () => {
    expect([context.axis(-1, 4), context.axis(2, 4), context.axis(-4, 4)]).toEqual([3, 2, 0])
  })

  test('error: axes outside', () => {
    expect(() => context.axis(4, 4)).toThrow('axis 4 of a tensor of rank 4')
    expect(() => context.axis(-5, 4)).toThrow('axis -5 of a tensor of rank 4')
    expect(() => context.axis(0, 65)).toThrow('a tensor of rank 65')
  })

  test('error: counts that no model may ask for', () => {
    expect(context.count(2 ** 22, 'rounds')).toBe(2 ** 22)
    for (const value of [-1, 0.5, 2 ** 22 + 1, Number.NaN])
      expect(() => context.count(value, 'rounds')).toThrow('rounds')
  })
})
