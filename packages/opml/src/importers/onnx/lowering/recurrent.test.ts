import { describe, expect, test } from 'vitest'
import { f32, firstOutput, type Given, runNode } from '../testing/runNode.ts'

/** One number in, one state, weights of 1: with Affine functions (x itself) every step is a sum. */
const weights = (gates: number): Given[] => [
  f32([1, gates, 1], new Array<number>(gates).fill(1)),
  f32([1, gates, 1], new Array<number>(gates).fill(1)),
]
const steps = f32([3, 1, 1], [1, 2, 3])
const same = { strings: ['Affine', 'Affine', 'Affine'] }
const attributes = { hidden_size: 1, activations: { strings: ['Affine'] } }

describe('recurrent layers', () => {
  test('default: RNN adds the state', () => {
    const [y, last] = runNode('RNN', { inputs: [steps, ...weights(1)], attributes, numOutputs: 2 })
    expect(y).toEqual({ dtype: 'f32', shape: [3, 1, 1, 1], values: [1, 3, 6] })
    expect(last.values).toEqual([6])
  })

  test('default: in reverse the first step comes last', () => {
    expect(
      firstOutput('RNN', {
        inputs: [steps, ...weights(1)],
        attributes: { ...attributes, direction: 'reverse' },
        numOutputs: 2,
      }),
    ).toEqual([6, 5, 3])
  })

  test('default: layout 1 has the batch in front', () => {
    const inputs = [f32([1, 3, 1], [1, 2, 3]), ...weights(1)]
    const [y, last] = runNode('RNN', { inputs, attributes: { ...attributes, layout: 1 }, numOutputs: 2 })
    expect([y.shape, y.values]).toEqual([
      [1, 3, 1, 1],
      [1, 3, 6],
    ])
    expect([last.shape, last.values]).toEqual([[1, 1, 1], [6]])
  })

  test('default: behind the end of a sequence outputs are 0 and the state stays', () => {
    const lengths: Given = { shape: [1], values: [2], dtype: 'i32' }
    const inputs = [steps, ...weights(1), undefined, lengths]
    const [y, last] = runNode('RNN', { inputs, attributes, numOutputs: 2 })
    expect(y.values).toEqual([1, 3, 0])
    expect(last.values).toEqual([3])
  })

  test('default: clip limits what goes into the functions', () => {
    expect(
      firstOutput('RNN', {
        inputs: [steps, ...weights(1)],
        attributes: { ...attributes, clip: { f: 2 } },
        numOutputs: 2,
      }),
    ).toEqual([1, 2, 2])
  })

  test('default: GRU of one step from a state of 2', () => {
    const inputs = [f32([1, 1, 1], [1]), ...weights(3), undefined, undefined, f32([1, 1, 1], [2])]
    const gru = { hidden_size: 1, activations: same }
    // z = r = 1 + 2 = 3; h = 1 + r · 2 = 7; (1 − z) · h + z · 2 = −8. Linear before reset: the same without a bias.
    expect(firstOutput('GRU', { inputs, attributes: gru, numOutputs: 2 })).toEqual([-8])
    expect(firstOutput('GRU', { inputs, attributes: { ...gru, linear_before_reset: 1 }, numOutputs: 2 })).toEqual([-8])
  })

  test('default: LSTM of one step from h = 0, c = 2, with peepholes', () => {
    const state = [f32([1, 1, 1], [0]), f32([1, 1, 1], [2])]
    const inputs = [f32([1, 1, 1], [1]), ...weights(4), undefined, undefined, ...state]
    const lstm = { hidden_size: 1, activations: same }
    // i = o = f = c̃ = 1: c = 1 · 2 + 1 · 1 = 3, h = 3.
    expect(runNode('LSTM', { inputs, attributes: lstm, numOutputs: 3 }).map(({ values }) => values)).toEqual([
      [3],
      [3],
      [3],
    ])
    // Peepholes i, o, f of 1: i = f = 1 + 2 = 3, c = 3 · 2 + 3 · 1 = 9, o = 1 + 9 = 10, h = 90.
    const peepholes = [...inputs, f32([1, 3], [1, 1, 1])]
    expect(runNode('LSTM', { inputs: peepholes, attributes: lstm, numOutputs: 3 }).map(({ values }) => values)).toEqual(
      [[90], [90], [9]],
    )
  })

  test('error: a function that is not known', () => {
    const given = { hidden_size: 1, activations: { strings: ['Swish'] } }
    expect(() => runNode('RNN', { inputs: [steps, ...weights(1)], attributes: given, numOutputs: 2 })).toThrow(
      'activation Swish',
    )
  })
})
