import { describe, expect, test } from 'vitest'
import { OnnxUnsupportedError } from '../../packages/opml/src/importers/onnx/errors.ts'
import { OnnxDataType } from '../../packages/opml/src/importers/onnx/onnxModel.ts'
import { importFor, randomFloats, tensorOf } from './onnxComparison.ts'
import { compareNode, float, int, ints, singleNodeModel, text } from './singleNode.ts'
import { batchNorm, bytes, type Case, F16, F32, f, I32, I64, list, of, scalar, whole, x } from './versionCases.ts'

const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare']
const positive = randomFloats({ name: 'x', dims: [2, 3, 4], seed: 5, low: 0.5, high: 2 })

const reductions = REDUCTIONS.flatMap((name): Case[] => [
  ...of(`Reduce${name}`, [7, 11], [positive], { attributes: { axes: ints([1]), keepdims: int(0) } }),
  ...of(`Reduce${name}`, name === 'Sum' ? [13, 18, 20, 21] : [18, 20, 21], [positive, list('axes', [-1, 0])], {
    known: [1],
  }),
  ...of(`Reduce${name}`, [18], [positive], { attributes: { noop_with_empty_axes: int(0) } }),
])

const shapes: Case[] = [
  ...of('Pad', [7], [x(2, 3)], { attributes: { pads: ints([1, 0, 0, 2]), value: float(0.5) } }),
  ...of('Pad', [11, 13, 21], [x(2, 3), list('pads', [1, 0, 0, 2]), scalar('value', 1.5)], { known: [1, 2] }),
  ...of('Pad', [11, 18], [x(3, 4), list('pads', [1, 2, 2, 1])], { known: [1], attributes: { mode: text('reflect') } }),
  ...of('Pad', [13, 19], [x(3, 4), list('pads', [1, 2, 2, 1])], { known: [1], attributes: { mode: text('edge') } }),
  ...of('Pad', [18, 21], [x(3, 4), list('pads', [2, -1]), scalar('value', 7), list('axes', [-1])], {
    known: [1, 2, 3],
  }),
  ...of('Pad', [19], [x(3, 4), list('pads', [1, 2, 2, 1])], { known: [1], attributes: { mode: text('wrap') } }),
  ...of('Slice', [7], [x(4, 5)], { attributes: { starts: ints([1, -3]), ends: ints([9, -1]), axes: ints([0, 1]) } }),
  ...of(
    'Slice',
    [10, 11, 13],
    [x(4, 5), list('starts', [3, -1]), list('ends', [0, -9]), list('axes', [0, 1]), list('steps', [-2, -1])],
    { known: [1, 2, 3, 4] },
  ),
  ...of('Squeeze', [7, 11], [x(1, 3, 1)], { attributes: { axes: ints([0]) } }),
  ...of('Squeeze', [13, 21], [x(1, 3, 1), list('axes', [-1])], { known: [1] }),
  ...of('Unsqueeze', [7, 11], [x(3)], { attributes: { axes: ints([0, 2]) } }),
  ...of('Unsqueeze', [13, 21], [x(3), list('axes', [0, -1])], { known: [1] }),
  ...of('Split', [7, 11], [x(2, 5)], { attributes: { axis: int(1), split: ints([2, 3]) }, numOutputs: 2 }),
  ...of('Split', [13], [x(2, 5), list('split', [1, 4])], { known: [1], attributes: { axis: int(-1) }, numOutputs: 2 }),
  ...of('Split', [18], [x(2, 5)], { attributes: { axis: int(1), num_outputs: int(3) }, numOutputs: 3 }),
  ...of('Reshape', [7, 13, 14, 19, 21], [x(2, 6), list('shape', [0, 3, -1])], { known: [1] }),
  ...of('Shape', [15, 21], [x(2, 6, 3)], { attributes: { start: int(-2), end: int(9) } }),
  ...of('Flatten', [7, 11, 21], [x(2, 3, 4)], { attributes: { axis: int(2) } }),
  ...of('CenterCropPad', [18], [x(5, 2), list('shape', [2, 5])], { known: [1] }),
  ...of('Dropout', [7, 10], [x(2, 3)], { attributes: { ratio: float(0.4) } }),
  ...of('Dropout', [12, 13], [x(2, 3), scalar('ratio', 0.4)], { known: [1], numOutputs: 2 }),
  ...of('Cast', [7, 13, 19, 21], [x(7)], { attributes: { to: int(I32) } }),
  ...of('Cast', [13, 19], [x(7)], { attributes: { to: int(F16) } }),
  ...of('Transpose', [21], [x(2, 3, 4)], { attributes: { perm: ints([2, 0, 1]) } }),
  ...of('TopK', [7], [x(3, 5)], { attributes: { k: int(2), axis: int(1) }, numOutputs: 2 }),
  ...of('TopK', [10], [x(3, 5), list('k', [2])], { known: [1], numOutputs: 2 }),
  ...of('TopK', [11], [x(3, 5), list('k', [2])], { known: [1], attributes: { largest: int(0) }, numOutputs: 2 }),
  ...of('Gather', [7, 11, 13], [x(3, 5), list('at', [2, 0])], { attributes: { axis: int(1) } }),
  ...of('GatherElements', [11, 13], [x(2, 3), whole('at', [2, 2], { dataType: I64, low: -3, high: 3 })], {
    attributes: { axis: int(1) },
  }),
  ...of(
    'ScatterElements',
    [18],
    [x(2, 5), tensorOf({ name: 'at', dataType: I64, dims: [2, 2], values: [0, 4, 4, 4] }), f('u', [2, 2])],
    { attributes: { axis: int(1), reduction: text('max') } },
  ),
  ...of(
    'ScatterND',
    [16, 18],
    [x(4, 2), tensorOf({ name: 'at', dataType: I64, dims: [3, 1], values: [1, 3, 1] }), f('u', [3, 2])],
    { attributes: { reduction: text('add') } },
  ),
  ...of('Trilu', [14], [x(3, 4), scalar('k', 1, I64)], { known: [1], attributes: { upper: int(0) } }),
  ...of('Col2Im', [18], [x(1, 8, 12), list('image', [4, 5]), list('block', [2, 2])], { known: [1, 2] }),
  ...of('Col2Im', [18], [x(2, 12, 4), list('image', [5, 5]), list('block', [2, 3])], {
    known: [1, 2],
    attributes: { strides: ints([2, 2]), dilations: ints([2, 1]), pads: ints([0, 0, 0, 1]) },
  }),
]

const pointwise: Case[] = [
  ...of('Clip', [7], [x(9)], { attributes: { min: float(-1), max: float(0.5) } }),
  ...of('Clip', [11, 12, 13], [x(9), scalar('low', -1), scalar('high', 0.5)]),
  ...of('Clip', [13], [x(9), undefined, scalar('high', 0.5)]),
  ...of('Gelu', [20], [x(9)]),
  ...of('Gelu', [20], [x(9)], { attributes: { approximate: text('tanh') } }),
  ...of('Mish', [18], [x(9)]),
  ...of('HardSwish', [14], [x(9)]),
  ...of('LeakyRelu', [7, 16], [x(9)]),
  ...of('PRelu', [7, 9, 16], [x(2, 3), f('slope', [3])]),
  ...of('Equal', [19], [x(2, 3), f('y', [3])]),
  ...of(
    'Where',
    [16],
    [tensorOf({ name: 'c', dataType: OnnxDataType.bool, dims: [3], values: [1, 0, 1] }), x(2, 3), f('y', [3])],
  ),
  ...of(
    'IsInf',
    [20],
    [
      tensorOf({
        name: 'x',
        dataType: F32,
        dims: [3],
        values: [1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      }),
    ],
  ),
  ...['BitwiseAnd', 'BitwiseOr', 'BitwiseXor'].flatMap((op) =>
    of(
      op,
      [18],
      [
        whole('x', [5], { dataType: I32, low: -99, high: 99 }),
        whole('y', [5], { dataType: I32, low: -99, high: 99, seed: 10 }),
      ],
    ),
  ),
  ...of('BitwiseNot', [18], [bytes('x', 6)]),
  ...of(
    'MatMul',
    [9, 13],
    [
      whole('x', [2, 3, 4], { dataType: I64, low: -9, high: 9 }),
      whole('y', [4, 2], { dataType: I64, low: -9, high: 9 }),
    ],
  ),
  ...of(
    'MatMul',
    [13],
    [whole('x', [4], { dataType: I64, low: -9, high: 9 }), whole('y', [4], { dataType: I64, low: -9, high: 9 })],
  ),
  ...of('Det', [11], [x(3, 2, 2)]),
  ...of('Det', [11], [x(2, 5, 5)]),
  ...of('Gemm', [7, 9, 11, 13], [x(2, 3), f('b', [3, 4]), f('c', [4])], {
    attributes: { alpha: float(0.5), beta: float(2) },
  }),
]

describe.each([
  ['reductions', reductions],
  ['shapes', shapes],
  ['element by element', pointwise],
] as const)('versions of operators: %s', (_, cases) => {
  test.each(cases)('differential: %s', async (_name, trial) => {
    const outputs = await compareNode(trial)
    expect(outputs.filter(({ worst }) => !(worst <= 1))).toEqual([])
  })
})

describe('versions of operator sets', () => {
  const model = (opset: number) => singleNodeModel({ op: 'Relu', opset, inputs: [x(3)] })

  test('default: 7 and 21 are read', () => {
    for (const opset of [7, 21])
      expect(importFor({ model: model(opset), inputs: [x(3)] }).program.outputs).toHaveLength(1)
  })

  test('error: a newer one is refused', () => {
    expect(() => importFor({ model: model(22), inputs: [x(3)] })).toThrow(OnnxUnsupportedError)
  })

  test('error: an output that is not given is told where it is read', () => {
    const trial = { op: 'BatchNormalization', opset: 9, inputs: batchNorm, numOutputs: 2 }
    expect(() => importFor({ model: singleNodeModel(trial), inputs: batchNorm })).toThrow('reads "y1"')
  })
})
