import { describe, expect, test } from 'vitest'
import { verifyFixedProfile } from '../../graph/fixedProfile.ts'
import { verifyProgram } from '../../graph/verifyProgram.ts'
import { OPERATOR_TABLE } from '../../ops/index.ts'
import { QuantiseCalibrationError, QuantiseUnsupportedError } from './errors.ts'
import {
  type NodeLine,
  quantiseSmall,
  randomValues,
  runIntegers,
  sampleOf,
  type SmallModel,
} from './testing/smallModel.ts'

const values = (dims: readonly number[], seed: number, scale = 1) => randomValues(dims, { seed, scale })

test('default: a product worked by hand', async () => {
  // x from −1 to 1.55: scale 0.01, zero point −28. Weights: columns [1, 0.5] and [−2, 4], scales 1/127 and 4/127.
  const model: SmallModel = {
    x: [1, 2],
    constants: { w: { dims: [2, 2], values: [1, -2, 0.5, 4] } },
    nodes: [['MatMul', ['x', 'w'], 'y']],
  }
  const calibration = [sampleOf({ dims: [1, 2], values: [-1, 1.55] })]
  const quantised = await quantiseSmall(model, { calibration, clip: 'minmax' })
  const { inputs, outputs } = quantised.report
  expect(inputs).toEqual([
    { name: 'x', dtype: 'i8', shape: [1, 2], scale: Math.fround(1.55) / 255 + 1 / 255, zeroPoint: -28 },
  ])
  // y = [−0.225, 8.2]; the greatest magnitude 8.2 takes two thirds of 32767.
  expect(outputs[0]).toMatchObject({ name: 'y', dtype: 'i16', shape: [1, 2], zeroPoint: 0, sameArgmax: 1 })
  const scale = outputs[0]?.scale as number
  expect(Math.round((8.2 * 1.5) / scale)).toBe(32767)
  // q = [72, −128]: real 1 and −1, sums 127·100 − 64·100 = 6300 and −64·100 − 127·100 = −19100.
  const result = new Int16Array(runIntegers(quantised, [Uint8Array.of(72, 128)]).buffer, 0, 2)
  const step = inputs[0]?.scale as number
  // Rounded, the weights 0.5 and −2 are 64/127 and −256/127: 1/254 and −2/127 more, on inputs that average 1.55 and −1. That comes off.
  const shift = [1.55 / 254, 2 / 127] as const
  const reals = [(6300 * step) / 127 - shift[0], (-19100 * step * 4) / 127 - shift[1]]
  expect([...result]).toEqual(reals.map((real) => Math.round(real / scale)))
})

test('default: a Relu between products costs no node, and ranges are those after it', async () => {
  const model: SmallModel = {
    x: [1, 3, 8, 8],
    constants: { w: values([4, 3, 3, 3], 10), b: values([4], 11), v: values([2, 4, 1, 1], 12) },
    nodes: [
      ['Conv', ['x', 'w', 'b'], 'sum', { pads: [1, 1, 1, 1] }],
      ['Relu', ['sum'], 'act'],
      ['Conv', ['act', 'v'], 'y'],
    ],
  }
  const { program, report } = await quantiseSmall(model)
  expect(program.sections[0]?.nodes.map(({ op, dtype }) => [op, dtype])).toEqual([
    ['ConvInteger', 'i8'],
    ['ConvInteger', 'i16'],
  ])
  expect(report.layers[0]).toMatchObject({ name: 'act', dtype: 'i8', zeroPoint: -128 })
})

const NORMALISED: readonly NodeLine[] = [
  ['LayerNormalization', ['x', 'gain', 'shift'], 'normal', { axis: -1 }],
  ['MatMul', ['normal', 'w'], 'y'],
]
const ATTENTION: readonly NodeLine[] = [
  ['MatMul', ['x', 'w'], 'q'],
  ['Transpose', ['x'], 'k', { perm: [0, 2, 1] }],
  ['MatMul', ['q', 'k'], 'scores'],
  ['Mul', ['scores', 'factor'], 'scaled'],
  ['Softmax', ['scaled'], 'weights', { axis: -1 }],
  ['MatMul', ['weights', 'x'], 'y'],
]
const SQUEEZED: readonly NodeLine[] = [
  ['Conv', ['x', 'w'], 'sum', { pads: [1, 1, 1, 1], group: 4 }],
  ['BatchNormalization', ['sum', 'gain', 'shift', 'mean', 'variance'], 'normal'],
  ['HardSwish', ['normal'], 'act'],
  ['GlobalAveragePool', ['act'], 'pooled'],
  ['Conv', ['pooled', 'v'], 'squeezed'],
  ['HardSigmoid', ['squeezed'], 'share'],
  ['Mul', ['act', 'share'], 'scaled'],
  ['Add', ['scaled', 'x'], 'y'],
]
const channels = { gain: values([4], 21), shift: values([4], 22), mean: values([4], 23) }

const models: [string, SmallModel, number][] = [
  [
    'squeeze and excitation, hard functions, a residual sum',
    {
      x: [1, 4, 6, 6],
      constants: {
        w: values([4, 1, 3, 3], 20),
        v: values([4, 4, 1, 1], 24),
        ...channels,
        variance: randomValues([4], { seed: 25, scale: 0.3, offset: 1 }),
      },
      nodes: SQUEEZED,
    },
    0.01,
  ],
  [
    'LayerNormalization',
    {
      x: [1, 6, 4],
      constants: { gain: values([4], 30), shift: values([4], 31), w: values([4, 5], 32) },
      nodes: NORMALISED,
    },
    0.02,
  ],
  [
    'attention',
    {
      x: [1, 6, 8],
      constants: { w: values([8, 8], 40), factor: { dims: [], values: [0.35] } },
      nodes: ATTENTION,
    },
    0.03,
  ],
  [
    'swish, concatenation, average pool',
    {
      x: [1, 2, 6, 6],
      constants: { w: values([3, 2, 3, 3], 50) },
      nodes: [
        ['Conv', ['x', 'w'], 'sum', { pads: [1, 1, 1, 1] }],
        ['Sigmoid', ['sum'], 'gate'],
        ['Mul', ['sum', 'gate'], 'swish'],
        ['AveragePool', ['swish'], 'left', { kernel_shape: [2, 2], strides: [2, 2] }],
        ['MaxPool', ['swish'], 'right', { kernel_shape: [2, 2], strides: [2, 2] }],
        ['Concat', ['left', 'right'], 'y', { axis: 1 }],
      ],
    },
    0.01,
  ],
  [
    'Gemm with factors, Clip, element-wise functions of two tensors',
    {
      x: [3, 5],
      constants: { w: values([6, 5], 60), c: values([6], 61), row: values([6], 62), two: { dims: [], values: [2] } },
      nodes: [
        ['Gemm', ['x', 'w', 'c'], 'sum', { transB: 1, alpha: { f: 0.5 }, beta: { f: 2 } }],
        ['Tanh', ['sum'], 'tanh'],
        ['Max', ['sum', 'tanh'], 'most'],
        ['Exp', ['most'], 'power'],
        ['Add', ['power', 'two'], 'above'],
        ['Sub', ['row', 'sum'], 'rest'],
        ['Div', ['rest', 'above'], 'y'],
      ],
    },
    0.02,
  ],
]

describe.each(models)('%s', (_, model, bound) => {
  test('property: integers alone, near the float model', async () => {
    const { program, report } = await quantiseSmall(model)
    verifyFixedProfile(program)
    verifyProgram(program, { operators: OPERATOR_TABLE, coarseHeight: 16, fineHeight: 16 })
    expect(report.outputs[0]?.relativeError).toBeLessThan(bound)
    expect(report.outputs[0]?.relativeError).toBeGreaterThan(0)
  })

  test('property: 16-bit activations lose less', async () => {
    const [narrow, wide] = [await quantiseSmall(model), await quantiseSmall(model, { isWide: () => true })]
    const errors = [narrow, wide].map(({ report }) => report.outputs[0]?.relativeError as number)
    if (narrow.report.products.narrow > 0) expect(errors[1]).toBeLessThan(errors[0] as number)
  })
})

describe('wide products and clipping chosen from the calibration', () => {
  const chosen = (model: SmallModel) => quantiseSmall(model, { isWide: undefined })

  test.each(models)('property: %s: as few 16-bit products as the budget allows, worst first', async (_, model) => {
    const { report } = await chosen(model)
    const { budget, floor, tried, widened } = report.choice as NonNullable<typeof report.choice>
    const errors = (numWide: number) => tried.filter((one) => one.numWide === numWide).map(({ error }) => error)
    expect(budget).toBe(Math.max(0.01, 1.1 * floor))
    expect(report.products.wide).toBe(widened.length)
    expect(Math.min(...errors(widened.length))).toBeLessThanOrEqual(budget)
    if (widened.length > 0) expect(Math.min(...errors(widened.length - 1))).toBeGreaterThan(budget)
    const estimates = widened.map(({ activationError }) => activationError)
    expect(estimates).toEqual([...estimates].sort((a, b) => b - a))
    expect((await chosen(model)).report).toEqual(report)
  })

  test('default: a product whose input has an outlier is widened, the other is not', async () => {
    // Column 0 of x is a thousand times the others: 255 steps of 8 bits leave nothing of them, and the first weights take column 0 away.
    const rows = [1000, 1, 1, 1].map((scale, i) =>
      [0, 1, 2, 3].map((turn) => (scale * (((7 * turn + 5 * i) % 11) - 5)) / 5),
    )
    const sample = (turn: number) => sampleOf({ dims: [1, 4], values: rows.map((row) => row[turn] as number) })
    const model: SmallModel = {
      x: [1, 4],
      constants: {
        w: { dims: [4, 2], values: [0, 0, 1, 0, 0, 1, 1, -1] },
        v: { dims: [2, 2], values: [1, 0.5, -0.5, 1] },
      },
      nodes: [
        ['MatMul', ['x', 'w'], 'first'],
        ['MatMul', ['first', 'v'], 'y'],
      ],
    }
    const { report } = await quantiseSmall(model, { isWide: undefined, calibration: [0, 1, 2, 3].map(sample) })
    expect(report.choice?.widened.map(({ name }) => name)).toEqual(['first'])
    expect(report.choice?.tried[1]?.error).toBeGreaterThan(0.1)
    expect(report.outputs[0]?.relativeError).toBeLessThan(0.05)
  })
})

test('error: everything that has no integer form is listed', async () => {
  const model: SmallModel = {
    x: [1, 4],
    constants: { s: { dims: [4], values: [0, 1, 2, 3] } },
    nodes: [
      ['CumSum', ['x', 's'], 'a'],
      ['Det', ['x'], 'b'],
      ['Div', ['s', 'x'], 'c'],
    ],
  }
  const run = quantiseSmall({ ...model, nodes: model.nodes.slice(2) }, { calibration: [sampleOf(values([1, 4], 1))] })
  await expect(run).rejects.toThrow(QuantiseUnsupportedError)
  await expect(run).rejects.toThrow(/node "c" \(Div\): a division by values from -/)
})

test('error: no samples, wrong ones, values that are not finite', async () => {
  const model: SmallModel = { x: [1, 2], nodes: [['Relu', ['x'], 'y']] }
  await expect(quantiseSmall(model, { calibration: [] })).rejects.toThrow(QuantiseCalibrationError)
  await expect(quantiseSmall(model, { calibration: [[]] })).rejects.toThrow('a sample has 0 inputs, the model takes 1')
  const bad = [sampleOf({ dims: [1, 2], values: [1, Number.NaN] })]
  await expect(quantiseSmall(model, { calibration: bad })).rejects.toThrow(
    'sample 0 gives "y" a value that is not finite',
  )
})

test('default: a head gives the answer of the integers; the report is about the scores', async () => {
  const model: SmallModel = {
    x: [3, 4],
    constants: { w: values([4, 6], 80) },
    nodes: [
      ['MatMul', ['x', 'w'], 'products'],
      ['Relu', ['products'], 'y'],
    ],
  }
  const bare = await quantiseSmall(model)
  const x = Uint8Array.from({ length: 12 }, (_, i) => (i * 89) % 256)
  const scores = new Int16Array(runIntegers(bare, [x]).slice().buffer)
  const rows = [0, 1, 2].map((i) => [...scores.subarray(6 * i, 6 * i + 6)])
  const answer = async (spec: string) => {
    const headed = await quantiseSmall(model, { heads: new Map([['y', spec]]) })
    expect(headed.report.outputs).toEqual(bare.report.outputs)
    expect(headed.report.products).toEqual(bare.report.products)
    verifyFixedProfile(headed.program)
    return { bytes: runIntegers(headed, [x]), outputs: headed.program.outputs }
  }
  const places = (bytes: Uint8Array) => [...new BigInt64Array(bytes.slice().buffer)].map(Number)
  const greatest = await answer('argmax')
  expect(greatest.outputs).toMatchObject([{ name: 'y.argmax', dtype: 'i64', shape: [3] }])
  expect(places(greatest.bytes)).toEqual(rows.map((row) => row.indexOf(Math.max(...row))))
  const order = (row: readonly number[]) =>
    row.map((_, k) => k).sort((a, b) => (row[b] as number) - (row[a] as number) || a - b)
  expect(places((await answer('topk:2')).bytes)).toEqual(rows.flatMap((row) => order(row).slice(0, 2)))
  const scale = bare.report.outputs[0]?.scale as number
  const limit = ((rows[0] as number[])[order(rows[0] as number[])[0] as number] as number) * scale * 0.5
  const above = await answer(`threshold:${limit}`)
  expect(above.outputs).toMatchObject([{ name: 'y.threshold', dtype: 'u8', shape: [3, 6] }])
  expect([...above.bytes]).toEqual(rows.flat().map((q) => Number(q * scale > Math.fround(limit))))
})
