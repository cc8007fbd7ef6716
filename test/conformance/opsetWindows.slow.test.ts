import { describe, expect, test } from 'vitest'
import { randomFloats, tensorOf } from './onnxComparison.ts'
import { type AttributeValue, compareNode, float, floats, int, ints, text } from './singleNode.ts'
import { batchNorm, bytes, type Case, F32, f, I16, I64, I8, list, of, scalar, U8, whole, x } from './versionCases.ts'

const resize = (mode: string, transformation: string, extra: Record<string, AttributeValue> = {}) => ({
  attributes: { mode: text(mode), coordinate_transformation_mode: text(transformation), ...extra },
})
const scales = list('scales', [1, 1, 1.7, 0.6], F32)
const small = x(1, 2, 5, 6)

const resizes: Case[] = [
  ...of('Upsample', [7], [small], { attributes: { mode: text('nearest'), scales: floats([1, 1, 2, 3]) } }),
  ...of('Upsample', [9], [small, list('scales', [1, 1, 2, 3], F32)], {
    known: [1],
    attributes: { mode: text('linear') },
  }),
  ...of('Resize', [10], [small, list('scales', [1, 1, 2, 2], F32)], {
    known: [1],
    attributes: { mode: text('linear') },
  }),
  ...of('Resize', [10], [small, scales], { known: [1], attributes: { mode: text('nearest') } }),
  // align_corners: where scale times size is no whole number, onnxruntime and the tests of the ONNX project differ.
  ...['half_pixel', 'align_corners', 'asymmetric', 'pytorch_half_pixel'].flatMap((transformation) => {
    const factors = transformation === 'align_corners' ? list('scales', [1, 1, 2, 0.5], F32) : scales
    const [old, inputs] = [
      [small, list('roi', [], F32), factors],
      [small, undefined, factors],
    ]
    return [
      ...of('Resize', [11], old, { known: [1, 2], ...resize('linear', transformation) }),
      ...of('Resize', [11], old, { known: [1, 2], ...resize('cubic', transformation) }),
      ...of('Resize', [13, 18, 19], inputs, { known: [2], ...resize('linear', transformation) }),
      ...of('Resize', [19], inputs, { known: [2], ...resize('cubic', transformation) }),
      ...of('Resize', [13], inputs, {
        known: [2],
        ...resize('nearest', transformation, { nearest_mode: text('floor') }),
      }),
    ]
  }),
  ...of('Resize', [18, 19], [small, undefined, undefined, list('sizes', [7, 3])], {
    known: [3],
    ...resize('linear', 'half_pixel', { axes: ints([2, 3]) }),
  }),
  ...of('Resize', [19], [small, undefined, undefined, list('sizes', [7, 8])], {
    known: [3],
    ...resize('nearest', 'half_pixel', { axes: ints([2, 3]), keep_aspect_ratio_policy: text('not_larger') }),
  }),
]

const normal: Case[] = [
  ...['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((op) => [
    ...of(op, [7, 11], [x(2, 3, 4)]),
    ...of(op, [11], [x(2, 3, 4)], { attributes: { axis: int(0) } }),
    ...of(op, [13], [x(2, 3, 4)]),
    ...of(op, [13], [x(2, 3, 4)], { attributes: { axis: int(0) } }),
  ]),
  ...of('BatchNormalization', [7, 9, 14, 15], batchNorm),
  ...of('LayerNormalization', [17], [x(2, 3, 4), f('scale', [3, 4], 20), f('b', [3, 4], 21)], {
    attributes: { axis: int(1) },
  }),
  ...of('GroupNormalization', [21], [x(2, 4, 3), f('scale', [4], 20), f('b', [4], 21)], {
    attributes: { num_groups: int(2) },
  }),
  ...of('GroupNormalization', [18], [x(2, 4, 3), f('scale', [2], 20), f('b', [2], 21)], {
    attributes: { num_groups: int(2) },
  }),
  ...of('InstanceNormalization', [7], [x(2, 4, 3), f('scale', [4], 20), f('b', [4], 21)]),
  ...of('LRN', [7, 13], [x(2, 5, 3, 3)], { attributes: { size: int(3) } }),
  ...of('AveragePool', [7, 10, 11], [x(1, 2, 7, 7)], {
    attributes: { kernel_shape: ints([3, 3]), pads: ints([1, 1, 0, 1]), count_include_pad: int(1) },
  }),
  ...of('AveragePool', [10, 19], [x(1, 2, 7, 7)], {
    attributes: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), ceil_mode: int(1) },
  }),
  ...of('AveragePool', [19], [x(1, 2, 7, 7)], { attributes: { kernel_shape: ints([2, 2]), dilations: ints([2, 3]) } }),
  ...of('MaxPool', [7, 8, 10, 11, 12], [x(1, 2, 7, 7)], {
    attributes: { kernel_shape: ints([3, 2]), strides: ints([2, 1]) },
  }),
  ...of('MaxPool', [12], [x(1, 2, 7, 7)], {
    attributes: { kernel_shape: ints([3, 3]), dilations: ints([2, 2]), ceil_mode: int(1) },
    numOutputs: 2,
  }),
  ...of('LpPool', [18], [x(1, 2, 7, 7)], { attributes: { kernel_shape: ints([3, 3]), p: int(3) } }),
  ...of('GlobalLpPool', [7], [x(1, 2, 5, 5)], { attributes: { p: int(2) } }),
  ...of('Conv', [7, 11], [x(1, 4, 6, 6), f('w', [6, 2, 3, 3]), f('b', [6])], {
    attributes: { group: int(2), pads: ints([1, 1, 1, 1]), strides: ints([2, 2]) },
  }),
  ...of('ConvTranspose', [7, 11], [x(1, 4, 5, 5), f('w', [4, 2, 3, 3])], {
    attributes: { group: int(2), strides: ints([2, 2]), output_padding: ints([1, 1]) },
  }),
  ...of(
    'RoiAlign',
    [10, 16],
    [
      x(2, 3, 6, 8),
      tensorOf({ name: 'rois', dataType: F32, dims: [3, 4], values: [0, 0, 5, 5, 2, 1, 12, 9, -3, 1, 2, 4] }),
      list('batch', [1, 0, 1]),
    ],
    {
      attributes: { output_height: int(3), output_width: int(2), sampling_ratio: int(2), spatial_scale: float(0.5) },
    },
  ),
  ...of(
    'RoiAlign',
    [16],
    [
      x(1, 1, 6, 8),
      tensorOf({ name: 'rois', dataType: F32, dims: [1, 4], values: [1, 1, 1.5, 1.25] }),
      list('batch', [0]),
    ],
    {
      attributes: {
        output_height: int(2),
        output_width: int(2),
        sampling_ratio: int(1),
        coordinate_transformation_mode: text('output_half_pixel'),
      },
    },
  ),
  ...of('GridSample', [16], [x(1, 2, 4, 5), f('grid', [1, 3, 3, 2])], { attributes: { mode: text('bilinear') } }),
  ...of('GridSample', [20], [x(1, 2, 4, 5), f('grid', [1, 3, 3, 2])], { attributes: { mode: text('linear') } }),
  ...of('GridSample', [20], [x(1, 2, 4, 5), f('grid', [1, 3, 3, 2])], { attributes: { mode: text('cubic') } }),
]

const quantized: Case[] = [
  ...of('QuantizeLinear', [10, 13, 19, 21], [x(3, 4), scalar('s', 0.02), scalar('z', 120, U8)]),
  ...of('QuantizeLinear', [13, 19, 21], [x(3, 4), list('s', [0.02, 0.1, 0.05], F32), list('z', [3, -4, 5], I8)], {
    attributes: { axis: int(0) },
  }),
  ...of(
    'QuantizeLinear',
    [21],
    [
      x(3, 4),
      randomFloats({ name: 's', dims: [3, 2], seed: 8, low: 0.01, high: 0.1 }),
      whole('z', [3, 2], { dataType: I8, low: -9, high: 9 }),
    ],
    { attributes: { axis: int(1), block_size: int(2) } },
  ),
  ...of('QuantizeLinear', [21], [x(3, 4), scalar('s', 0.0002)], { attributes: { output_dtype: int(I16) } }),
  ...of('DequantizeLinear', [10, 13, 19, 21], [bytes('x', 3, 4), scalar('s', 0.02), scalar('z', 120, U8)]),
  ...of(
    'DequantizeLinear',
    [13, 21],
    [bytes('x', 3, 4), list('s', [0.02, 0.1, 0.05, 1], F32), list('z', [3, 4, 5, 6], U8)],
    { attributes: { axis: int(-1) } },
  ),
  ...of(
    'DequantizeLinear',
    [21],
    [bytes('x', 4, 3), randomFloats({ name: 's', dims: [2, 3], seed: 8, low: 0.01, high: 0.1 }), bytes('z', 2, 3)],
    { attributes: { axis: int(0), block_size: int(2) } },
  ),
  ...of('DynamicQuantizeLinear', [11], [x(4, 5)], { numOutputs: 3 }),
]

const signals: Case[] = [
  ...of(
    'MelWeightMatrix',
    [17],
    [
      scalar('mels', 8, I64),
      scalar('length', 64, I64),
      scalar('rate', 16000, I64),
      scalar('low', 20),
      scalar('high', 7600),
    ],
    { known: [0, 1, 2, 3, 4] },
  ),
  ...of('HannWindow', [17], [scalar('size', 11, I64)], { known: [0] }),
  ...of('HammingWindow', [17], [scalar('size', 11, I64)], { known: [0] }),
  ...of('BlackmanWindow', [17], [scalar('size', 11, I64)], { known: [0], attributes: { periodic: int(0) } }),
  ...of('DFT', [17], [x(1, 8, 1)], { attributes: { axis: int(1), onesided: int(1) } }),
  ...of('DFT', [20], [x(1, 8, 1), undefined, scalar('axis', 1, I64)], { known: [2] }),
  ...of('STFT', [17], [x(1, 32, 1), scalar('step', 4, I64), f('window', [8])], { known: [1, 2] }),
]

describe.each([
  ['resampling', resizes],
  ['windows and norms', normal],
  ['quantisation', quantized],
  ['signals', signals],
] as const)('versions of operators: %s', (_, cases) => {
  test.each(cases)('differential: %s', async (_name, trial) => {
    const outputs = await compareNode(trial)
    expect(outputs.filter(({ worst }) => !(worst <= 1))).toEqual([])
  })
})
