import { type NodeLine, randomValues, type SmallModel, type Values } from './smallModel.ts'

const values = (dims: readonly number[], seed: number) => randomValues(dims, { seed })
const integers = (...list: number[]): Values => ({ dims: [list.length], values: list, isInteger: true })
const numbers = (...list: number[]): Values => ({ dims: [list.length], values: list })

const convTranspose = (
  p: { x: readonly number[]; w: readonly number[]; bias?: number },
  attributes: NonNullable<NodeLine[3]>,
): SmallModel => ({
  x: p.x,
  constants: { w: values(p.w, 70), ...(p.bias !== undefined && { b: values([p.bias], 71) }) },
  nodes: [['ConvTranspose', p.bias === undefined ? ['x', 'w'] : ['x', 'w', 'b'], 'y', attributes]],
})

const resize = (
  x: readonly number[],
  p: { scales: number[]; opset?: number; attributes: NonNullable<NodeLine[3]> },
) => ({
  x,
  constants: { scales: numbers(...p.scales) },
  nodes: [['Resize', ['x', '', 'scales'], 'y', p.attributes]] as const,
})

const averagePool = (attributes: NonNullable<NodeLine[3]>): SmallModel => ({
  x: [1, 2, 5, 6],
  nodes: [['AveragePool', ['x'], 'y', attributes]],
})

const pad = (attributes: NonNullable<NodeLine[3]>): SmallModel => ({
  x: [1, 2, 4, 5],
  constants: { pads: integers(0, 0, 1, 2, 0, 0, 2, 1), half: { dims: [], values: [0.5] } },
  nodes: [['Pad', ['x', 'pads', 'half'], 'y', attributes]],
})

/** Small models of the rules that change where elements are or how many go together, each with what its error stays below. */
export const RULE_MODELS: readonly (readonly [string, SmallModel, number])[] = [
  [
    'ConvTranspose: as many taps as steps',
    convTranspose({ x: [1, 3, 4, 5], w: [3, 2, 2, 2], bias: 2 }, { strides: [2, 2] }),
    0.01,
  ],
  [
    'ConvTranspose: taps that overlap, pads, output padding, batches',
    convTranspose(
      { x: [2, 3, 4, 3], w: [3, 2, 3, 5] },
      { strides: [2, 3], pads: [1, 2, 0, 1], output_padding: [1, 2] },
    ),
    0.01,
  ],
  [
    'ConvTranspose: groups and dilation',
    convTranspose({ x: [1, 4, 5, 4], w: [4, 3, 2, 3], bias: 6 }, { strides: [3, 2], dilations: [2, 3], group: 2 }),
    0.01,
  ],
  [
    'ConvTranspose: steps that leave gaps',
    convTranspose({ x: [1, 2, 3, 3], w: [2, 3, 1, 2] }, { strides: [3, 3] }),
    0.01,
  ],
  [
    'ConvTranspose: one dimension',
    convTranspose({ x: [1, 2, 7], w: [2, 3, 4], bias: 3 }, { strides: [2], pads: [1, 1] }),
    0.01,
  ],
  [
    'ConvTranspose, BatchNormalization, Relu, ConvTranspose, Sigmoid',
    {
      x: [1, 3, 4, 4],
      constants: {
        w: values([3, 4, 2, 2], 72),
        v: values([4, 1, 2, 2], 73),
        gain: values([4], 74),
        shift: values([4], 75),
        mean: values([4], 76),
        variance: randomValues([4], { seed: 77, scale: 0.3, offset: 1 }),
      },
      nodes: [
        ['ConvTranspose', ['x', 'w'], 'sum', { strides: [2, 2] }],
        ['BatchNormalization', ['sum', 'gain', 'shift', 'mean', 'variance'], 'normal'],
        ['Relu', ['normal'], 'act'],
        ['ConvTranspose', ['act', 'v'], 'logits', { strides: [2, 2] }],
        ['Sigmoid', ['logits'], 'y'],
      ],
    },
    0.01,
  ],
  ['Resize: nearest', resize([1, 2, 3, 4], { scales: [1, 1, 2, 3], attributes: { mode: 'nearest' } }), 0.001],
  [
    'Resize: linear, two axes, larger',
    resize([1, 2, 3, 4], { scales: [1, 1, 2, 2.5], attributes: { mode: 'linear' } }),
    0.001,
  ],
  [
    'Resize: linear, smaller, corners aligned',
    resize([1, 2, 8, 7], {
      scales: [1, 1, 0.5, 0.75],
      attributes: { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
    }),
    0.001,
  ],
  [
    'Upsample: linear',
    {
      ...resize([1, 2, 3, 3], { scales: [1, 1, 2, 2], attributes: {} }),
      opset: 9,
      nodes: [['Upsample', ['x', 'scales'], 'y', { mode: 'linear' }]],
    },
    0.001,
  ],
  [
    'Resize: linear, of what 8-bit products read',
    {
      x: [1, 2, 4, 4],
      constants: { scales: numbers(1, 1, 2, 2), w: values([3, 2, 1, 1], 78) },
      nodes: [
        ['Resize', ['x', '', 'scales'], 'large', { mode: 'linear' }],
        ['Conv', ['large', 'w'], 'y'],
      ],
    },
    0.01,
  ],
  ['AveragePool: whole windows', averagePool({ kernel_shape: [2, 3], strides: [2, 1] }), 0.001],
  [
    'AveragePool: windows cut by the padding',
    averagePool({ kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
    0.001,
  ],
  [
    'AveragePool: padding counts, ceil_mode',
    averagePool({ kernel_shape: [3, 2], strides: [2, 2], pads: [1, 1, 0, 1], ceil_mode: 1, count_include_pad: 1 }),
    0.001,
  ],
  [
    'AveragePool: cut windows of 8-bit integers',
    {
      x: [1, 2, 5, 5],
      constants: { w: values([3, 2, 1, 1], 79), v: values([3, 2, 1, 1], 80) },
      nodes: [
        ['Transpose', ['x'], 'turned', { perm: [0, 1, 3, 2] }],
        ['Conv', ['turned', 'w'], 'one'],
        ['AveragePool', ['turned'], 'pooled', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }],
        ['Conv', ['pooled', 'v'], 'other'],
        ['Add', ['one', 'other'], 'y'],
      ],
    },
    0.01,
  ],
  ['Pad: constant', pad({ mode: 'constant' }), 0.001],
  ['Pad: reflect', { ...pad({}), nodes: [['Pad', ['x', 'pads'], 'y', { mode: 'reflect' }]] }, 0.001],
  ['Pad: edge', { ...pad({}), nodes: [['Pad', ['x', 'pads'], 'y', { mode: 'edge' }]] }, 0.001],
  [
    'Pad: constant as attributes',
    { ...pad({}), opset: 9, nodes: [['Pad', ['x'], 'y', { pads: [0, 0, 1, 0, 0, 0, 0, 1], value: { f: -0.25 } }]] },
    0.001,
  ],
  [
    'Concat with a constant',
    {
      x: [1, 2, 3, 3],
      constants: { w: values([2, 2, 1, 1], 81), c: values([1, 3, 3, 3], 82) },
      nodes: [
        ['Conv', ['x', 'w'], 'sum'],
        ['Concat', ['sum', 'c'], 'y', { axis: 1 }],
      ],
    },
    0.01,
  ],
  [
    'a mask from a comparison with a number',
    {
      x: [1, 2, 4, 5],
      constants: { quarter: { dims: [], values: [0.25] } },
      nodes: [
        ['Greater', ['x', 'quarter'], 'above'],
        ['Cast', ['above'], 'mask', { to: 1 }],
        ['Mul', ['x', 'mask'], 'y'],
      ],
    },
    0.001,
  ],
  [
    'Where by a comparison of two tensors',
    {
      x: [1, 2, 4, 5],
      constants: { w: values([2, 2, 1, 1], 83), v: values([2, 2, 1, 1], 84) },
      nodes: [
        ['Conv', ['x', 'w'], 'a'],
        ['Conv', ['x', 'v'], 'b'],
        ['LessOrEqual', ['a', 'b'], 'isLess'],
        ['Not', ['isLess'], 'isMore'],
        ['Where', ['isMore', 'a', 'b'], 'y'],
      ],
    },
    0.01,
  ],
  [
    'Where between activations and a known tensor',
    {
      x: [2, 3],
      constants: { limits: values([2, 3], 85) },
      nodes: [
        ['Less', ['x', 'limits'], 'isLess'],
        ['Where', ['isLess', 'x', 'limits'], 'y'],
      ],
    },
    0.001,
  ],
]
