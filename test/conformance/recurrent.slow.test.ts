import { describe, expect, test } from 'vitest'
import { OnnxDataType, type OnnxTensor } from '../../packages/opml/src/importers/onnx/onnxModel.ts'
import { randomFloats, tensorOf } from './onnxComparison.ts'
import { type AttributeValue, compareNode, float, floats, int, type NodeTrial, text, texts } from './singleNode.ts'

const [STEPS, BATCH, INPUT, HIDDEN] = [4, 3, 2, 5]
const GATES = { RNN: 1, GRU: 3, LSTM: 4 } as const

const random = (name: string, dims: readonly number[], seed: number): OnnxTensor => randomFloats({ name, dims, seed })

interface Variant {
  readonly numDirections?: number
  readonly bias?: boolean
  readonly lengths?: readonly number[]
  readonly initial?: boolean
  readonly peepholes?: boolean
  readonly attributes?: Record<string, AttributeValue>
}

/** A layer of seeded weights; every optional input is there or not as the variant says. */
function layer(op: keyof typeof GATES, variant: Variant): NodeTrial {
  const d = variant.numDirections ?? 1
  const rows = GATES[op] * HIDDEN
  const state = (name: string, seed: number) => (variant.initial ? random(name, [d, BATCH, HIDDEN], seed) : undefined)
  const lengths =
    variant.lengths &&
    tensorOf({ name: 'lengths', dataType: OnnxDataType.int32, dims: [BATCH], values: variant.lengths })
  const inputs: (OnnxTensor | undefined)[] = [
    random('x', [STEPS, BATCH, INPUT], 1),
    random('w', [d, rows, INPUT], 2),
    random('r', [d, rows, HIDDEN], 3),
    variant.bias ? random('b', [d, 2 * rows], 4) : undefined,
    lengths,
    state('h', 5),
  ]
  if (op === 'LSTM') inputs.push(state('c', 6), variant.peepholes ? random('p', [d, 3 * HIDDEN], 7) : undefined)
  while (inputs.at(-1) === undefined) inputs.pop()
  return {
    op,
    opset: 14,
    inputs,
    known: ['w', 'r', 'b', 'p'],
    numOutputs: op === 'LSTM' ? 3 : 2,
    attributes: {
      hidden_size: int(HIDDEN),
      ...(d === 2 && { direction: text('bidirectional') }),
      ...variant.attributes,
    },
  }
}

const all: Variant = { bias: true, initial: true }

const CASES: readonly (readonly [string, NodeTrial])[] = [
  ...(['RNN', 'GRU', 'LSTM'] as const).flatMap((op) => [
    [`${op}, plain`, layer(op, {})] as const,
    [`${op}, bias and initial state`, layer(op, all)] as const,
    [`${op}, reverse`, layer(op, { ...all, attributes: { direction: text('reverse') } })] as const,
    [`${op}, both directions`, layer(op, { ...all, numDirections: 2 })] as const,
    [`${op}, sequences of several lengths`, layer(op, { ...all, lengths: [4, 1, 3] })] as const,
    [`${op}, several lengths in both directions`, layer(op, { ...all, numDirections: 2, lengths: [2, 4, 1] })] as const,
    [`${op}, clip`, layer(op, { ...all, attributes: { clip: float(0.3) } })] as const,
  ]),
  ['RNN, relu', layer('RNN', { ...all, attributes: { activations: texts(['Relu']) } })],
  [
    'RNN, two functions with parameters',
    layer('RNN', {
      ...all,
      numDirections: 2,
      attributes: {
        activations: texts(['LeakyRelu', 'Affine']),
        activation_alpha: floats([0.2, 0.7]),
        activation_beta: floats([0, 0.1]),
      },
    }),
  ],
  ['GRU, linear before reset', layer('GRU', { ...all, attributes: { linear_before_reset: int(1) } })],
  [
    'GRU, linear before reset in both directions',
    layer('GRU', { ...all, numDirections: 2, attributes: { linear_before_reset: int(1) } }),
  ],
  ['LSTM, peepholes', layer('LSTM', { ...all, peepholes: true })],
  ['LSTM, peepholes, several lengths', layer('LSTM', { ...all, peepholes: true, lengths: [1, 4, 2] })],
  ['LSTM, coupled gates', layer('LSTM', { ...all, attributes: { input_forget: int(1) } })],
]

describe('recurrent layers', () => {
  test.each(CASES)('differential: %s', async (_, trial) => {
    const outputs = await compareNode(trial)
    expect(outputs.filter(({ worst }) => !(worst <= 1))).toEqual([])
  })
})
