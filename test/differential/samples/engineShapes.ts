import type { Dtype } from 'opml/graph'
import {
  broadcastMap,
  concat,
  conv,
  type ConvShape,
  gather,
  matMul,
  pool,
  type ProductShape,
  reduce,
  requantize,
  rows,
  transposedMap,
} from './engineSamplers.ts'
import type { Sampler } from './sample.ts'

/** One node of a size and form that a kernel of the engine takes, where the small random nodes of the other samplers miss it. */
export interface EngineShape {
  readonly name: string
  readonly sample: Sampler
}

const F32_CONV: Readonly<Record<string, Omit<ConvShape, 'op'>>> = {
  'points, channels in blocks': { ic: 19, oc: 134, input: [1, 7, 9], kernel: [1, 1, 1], output: [1, 7, 9] },
  'points, a plane in blocks': { ic: 5, oc: 6, input: [1, 23, 31], kernel: [1, 1, 1], output: [1, 23, 31] },
  'points in three dimensions': {
    n: 2,
    groups: 2,
    ic: 3,
    oc: 5,
    input: [3, 5, 7],
    kernel: [1, 1, 1],
    output: [3, 5, 7],
  },
  '3×3, panels': { ic: 9, oc: 10, input: [1, 6, 32], kernel: [1, 3, 3], output: [1, 6, 32], pad: 1 },
  '3×3, an odd plane of groups': {
    n: 2,
    groups: 2,
    ic: 8,
    oc: 12,
    input: [1, 9, 31],
    kernel: [1, 3, 3],
    output: [1, 7, 29],
  },
  '3×3, rows in blocks, wide padding': {
    ic: 8,
    oc: 60,
    input: [1, 2, 199],
    kernel: [1, 3, 3],
    output: [1, 4, 205],
    pad: 4,
  },
  'wide rows': { ic: 5, oc: 9, input: [1, 9, 40], kernel: [1, 3, 3], output: [1, 9, 40], pad: 1 },
  'every second column': {
    ic: 3,
    oc: 10,
    input: [1, 17, 45],
    kernel: [1, 3, 3],
    output: [1, 9, 23],
    stride: 2,
    pad: 1,
  },
  'every third column': { ic: 2, oc: 5, input: [1, 17, 47], kernel: [1, 3, 3], output: [1, 6, 16], stride: 3, pad: 1 },
  'short rows, all inside': { ic: 6, oc: 16, input: [1, 14, 14], kernel: [1, 5, 5], output: [1, 10, 10] },
  dilated: { ic: 3, oc: 4, input: [1, 12, 30], kernel: [1, 3, 3], output: [1, 12, 30], dilation: 2, pad: 2 },
  'groups and images': {
    n: 2,
    groups: 3,
    ic: 4,
    oc: 5,
    input: [1, 6, 20],
    kernel: [1, 3, 3],
    output: [1, 6, 20],
    pad: 1,
  },
  'beyond the far end': { ic: 3, oc: 4, input: [1, 5, 20], kernel: [1, 3, 3], output: [1, 9, 33], pad: 2 },
  volumes: { ic: 2, oc: 3, input: [4, 5, 18], kernel: [2, 3, 3], output: [4, 5, 18], pad: 1 },
  'planes 3×3': { groups: 5, ic: 1, oc: 1, input: [1, 11, 37], kernel: [1, 3, 3], output: [1, 11, 37], pad: 1 },
  'planes 3×3, every second': {
    groups: 4,
    ic: 1,
    oc: 1,
    input: [1, 13, 38],
    kernel: [1, 3, 3],
    output: [1, 7, 19],
    stride: 2,
    pad: 1,
  },
  'planes 5×5': { n: 2, groups: 3, ic: 1, oc: 1, input: [1, 9, 21], kernel: [1, 5, 5], output: [1, 9, 21], pad: 2 },
  'planes 5×5, every third': {
    groups: 3,
    ic: 1,
    oc: 1,
    input: [1, 19, 41],
    kernel: [1, 5, 5],
    output: [1, 7, 14],
    stride: 3,
    pad: 2,
  },
  'planes 7×7, dilated': {
    groups: 2,
    ic: 1,
    oc: 1,
    input: [1, 13, 40],
    kernel: [1, 7, 7],
    output: [1, 13, 40],
    dilation: 2,
    pad: 6,
  },
  'planes, padding wider than rows': {
    groups: 2,
    ic: 1,
    oc: 1,
    input: [1, 4, 3],
    kernel: [1, 3, 3],
    output: [1, 9, 14],
    pad: 5,
  },
  'one channel to several': { ic: 1, oc: 6, input: [1, 28, 28], kernel: [1, 5, 5], output: [1, 28, 28], pad: 2 },
  'one channel to many': { ic: 1, oc: 11, input: [1, 12, 13], kernel: [1, 3, 3], output: [1, 12, 13], pad: 1 },
}

const TRANSPOSED: Readonly<Record<string, Omit<ConvShape, 'op'>>> = {
  '2×2 by 2': { ic: 9, oc: 6, input: [1, 5, 33], kernel: [1, 2, 2], output: [1, 10, 66], stride: 2 },
  '2×2 by 2 to one channel': { ic: 24, oc: 1, input: [1, 4, 40], kernel: [1, 2, 2], output: [1, 8, 80], stride: 2 },
  '3×3 by 2, padded': {
    n: 2,
    groups: 2,
    ic: 3,
    oc: 5,
    input: [1, 6, 21],
    kernel: [1, 3, 3],
    output: [1, 11, 41],
    stride: 2,
    pad: 1,
  },
  '4×4 by 3': { ic: 3, oc: 2, input: [1, 5, 14], kernel: [1, 4, 4], output: [1, 16, 44], stride: 3, pad: 1 },
  '3×3 by 1, dilated': { ic: 4, oc: 5, input: [1, 6, 18], kernel: [1, 3, 3], output: [1, 6, 18], dilation: 2, pad: 2 },
  '2×2 by 3: gaps': { ic: 3, oc: 3, input: [1, 4, 11], kernel: [1, 2, 2], output: [1, 12, 33], stride: 3 },
  volumes: { ic: 2, oc: 3, input: [3, 4, 9], kernel: [2, 2, 2], output: [6, 8, 18], stride: 2 },
  'long rows in segments': { ic: 40, oc: 3, input: [1, 2, 900], kernel: [1, 2, 2], output: [1, 4, 1800], stride: 2 },
}

const BYTES: readonly { dtypes: readonly [Dtype, Dtype]; zeros: readonly [number, number] }[] = [
  { dtypes: ['u8', 'i8'], zeros: [128, 0] },
  { dtypes: ['i8', 'i8'], zeros: [-128, 0] },
  { dtypes: ['u8', 'u8'], zeros: [255, 3] },
  { dtypes: ['i8', 'u8'], zeros: [256, -256] },
  { dtypes: ['i16', 'u8'], zeros: [0, 128] },
  { dtypes: ['i16', 'i16'], zeros: [0, 0] },
  { dtypes: ['i16', 'i8'], zeros: [20_000, 0] },
]

const PRODUCTS: Readonly<Record<string, Omit<ProductShape, 'dtypes' | 'zeros'>>> = {
  'one row': { m: 1, n: 131, k: 197 },
  'one row, transposed': { m: 1, n: 64, k: 160, isTransposed: true },
  'a few rows': { m: 3, n: 70, k: 33 },
  tiles: { m: 37, n: 45, k: 50 },
  'blocks of rows and columns': { m: 140, n: 133, k: 17 },
  'many columns': { m: 5, n: 700, k: 40 },
  batches: { batch: 3, m: 9, n: 10, k: 31, isTransposed: true },
  'few terms': { m: 20, n: 20, k: 3 },
}

function named(prefix: string, samplers: Readonly<Record<string, Sampler>>): EngineShape[] {
  return Object.entries(samplers).map(([name, sample]) => ({ name: `${prefix}, ${name}`, sample }))
}

function mapped<T>(from: Readonly<Record<string, T>>, to: (value: T) => Sampler): Record<string, Sampler> {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, to(value)]))
}

/** Shapes for every kernel that the engine has besides the portable ones, with their edges. */
export const ENGINE_SHAPES: readonly EngineShape[] = [
  ...named(
    'Conv',
    mapped(F32_CONV, (shape) => conv({ ...shape, op: 'Conv' })),
  ),
  ...named(
    'ConvTranspose',
    mapped(TRANSPOSED, (shape) => conv({ ...shape, op: 'ConvTranspose' })),
  ),
  ...BYTES.flatMap((bytes) => [
    ...named(
      `ConvInteger ${bytes.dtypes.join(' ')}`,
      mapped(F32_CONV, (shape) => conv({ ...shape, ...bytes, op: 'ConvInteger' })),
    ),
    ...named(
      `MatMulInteger ${bytes.dtypes.join(' ')}`,
      mapped(PRODUCTS, (shape) => matMul({ ...shape, ...bytes })),
    ),
  ]),
  ...named('MatMul', mapped(PRODUCTS, matMul)),
  ...named('Pool', {
    '2×2 by 2': pool({ channels: 6, input: [1, 28, 28], output: [1, 14, 14], kernel: [1, 2, 2], stride: [1, 2, 2] }),
    '3×3 by 1, padded': pool({
      channels: 3,
      input: [1, 9, 20],
      output: [1, 9, 20],
      kernel: [1, 3, 3],
      stride: [1, 1, 1],
      pad: 1,
    }),
    '3×3 by 2, padded': pool({
      channels: 3,
      input: [1, 15, 31],
      output: [1, 8, 16],
      kernel: [1, 3, 3],
      stride: [1, 2, 2],
      pad: 1,
    }),
    '3×2 by 3 and 2': pool({
      channels: 4,
      input: [1, 3, 80],
      output: [1, 1, 40],
      kernel: [1, 3, 2],
      stride: [1, 3, 2],
    }),
    '5×5 by 3, dilated': pool({
      channels: 2,
      input: [1, 20, 50],
      output: [1, 5, 14],
      kernel: [1, 5, 5],
      stride: [1, 3, 3],
      dilation: 2,
      pad: 2,
    }),
    volumes: pool({ channels: 2, input: [4, 6, 18], output: [2, 3, 9], kernel: [2, 2, 2], stride: [2, 2, 2] }),
    'a whole plane': pool({ channels: 9, input: [1, 7, 7], output: [1, 1, 1], kernel: [1, 7, 7], stride: [1, 1, 1] }),
  }),
  ...named('Softmax', {
    'long rows': rows({ op: 'Softmax', shape: [5, 6625], attributes: { axis: 5, isLog: 0 } }),
    logarithm: rows({ op: 'Softmax', shape: [7, 41], attributes: { axis: 5, isLog: 1 } }),
    'one element': rows({ op: 'Softmax', shape: [9, 1], attributes: { axis: 5, isLog: 0 } }),
    'many short rows': rows({ op: 'Softmax', shape: [2, 320, 40], attributes: { axis: 5, isLog: 0 } }),
  }),
  ...named('Normalize', {
    rows: rows({ op: 'Normalize', shape: [40, 120], attributes: { numAxes: 1, epsilon: Math.fround(1e-5), isRms: 0 } }),
    'root mean square': rows({
      op: 'Normalize',
      shape: [13, 77],
      attributes: { numAxes: 1, epsilon: Math.fround(1e-5), isRms: 1 },
    }),
    'two dims': rows({ op: 'Normalize', shape: [5, 9, 31], attributes: { numAxes: 2, epsilon: 0, isRms: 0 } }),
  }),
  ...[0, 2, 3].flatMap((mode) =>
    named(`Reduce ${mode}`, {
      rows: reduce(mode, { shape: [37], strides: [401], sizes: [401, 1, 1], reduced: [1, 0, 0], count: 37 * 401 }),
      'planes as rows': reduce(mode, {
        shape: [2, 9],
        strides: [9 * 60, 60],
        sizes: [6, 10, 1],
        reduced: [10, 1, 0],
        count: 1080,
      }),
      columns: reduce(mode, { shape: [70], strides: [1], sizes: [33, 1, 1], reduced: [70, 0, 0], count: 2310 }),
      'three axes': reduce(mode, { shape: [4], strides: [5], sizes: [3, 4, 5], reduced: [200, 25, 1], count: 700 }),
    }),
  ),
  ...(['i8', 'u8', 'i16', 'i32'] as const).flatMap((dtype) =>
    [0, 2, 3].flatMap((mode) =>
      named(`Reduce ${mode} of ${dtype}`, {
        rows: reduce(mode, {
          dtype,
          shape: [37],
          strides: [401],
          sizes: [401, 1, 1],
          reduced: [1, 0, 0],
          count: 37 * 401,
        }),
        'short rows, two axes': reduce(mode, {
          dtype,
          shape: [9],
          strides: [70],
          sizes: [5, 7, 1],
          reduced: [14, 1, 0],
          count: 630,
        }),
        columns: reduce(mode, {
          dtype,
          shape: [70],
          strides: [1],
          sizes: [33, 1, 1],
          reduced: [70, 0, 0],
          count: 2310,
        }),
        'three axes': reduce(mode, {
          dtype,
          shape: [4],
          strides: [5],
          sizes: [3, 4, 5],
          reduced: [200, 25, 1],
          count: 700,
        }),
      }),
    ),
  ),
  ...(['u8', 'i16', 'f32', 'i64'] as const).flatMap((dtype) =>
    named(`Gather of a table, ${dtype}`, {
      inside: gather({ dtype, outer: 1, axis: 300, n: 9001, inner: 1, isInside: true }),
      'some outside': gather({ dtype, outer: 1, axis: 300, n: 4096, inner: 1, isInside: false }),
    }),
  ),
  ...named('Gather', {
    words: gather({ dtype: 'f32', outer: 300, axis: 40, n: 80, inner: 1, isInside: true }),
    'words, some outside': gather({ dtype: 'f32', outer: 300, axis: 40, n: 80, inner: 1, isInside: false }),
    rows: gather({ dtype: 'i64', outer: 9, axis: 30, n: 61, inner: 19, isInside: false }),
    bytes: gather({ dtype: 'u8', outer: 9, axis: 30, n: 61, inner: 3, isInside: false }),
  }),
  ...(['u8', 'i16', 'f32', 'i64'] as const).flatMap((dtype) =>
    named(`Gather along rows of ${dtype}`, {
      doubled: gather({ dtype, outer: 300, axis: 43, n: 86, inner: 1, isInside: true, doubled: 'all' }),
      'not quite doubled': gather({
        dtype,
        outer: 7,
        axis: 40,
        n: 80,
        inner: 1,
        isInside: true,
        doubled: 'but the last',
      }),
      anywhere: gather({ dtype, outer: 30, axis: 40, n: 77, inner: 1, isInside: true }),
      'some outside': gather({ dtype, outer: 30, axis: 40, n: 77, inner: 1, isInside: false }),
    }),
  ),
  ...(
    [
      ['i8', 'i8'],
      ['i16', 'i32'],
      ['u8', 'i16'],
      ['f32', 'f32'],
      ['i64', 'i64'],
    ] as const
  ).flatMap((dtypes) =>
    named(`Map of ${dtypes[0]} to ${dtypes[1]}`, {
      'four to a square': transposedMap([3, 9, 2, 37, 2], [0, 2, 4, 1, 3], dtypes),
      'nine to a square': transposedMap([2, 5, 3, 41, 3], [0, 2, 4, 1, 3], dtypes),
      'columns of seven': transposedMap([130, 7], [1, 0], dtypes),
      'columns of eight': transposedMap([130, 8], [1, 0], dtypes),
    }),
  ),
  ...named('Concat', {
    three: concat([24, 7, 3], 5, 41),
    two: concat([1, 90], 30, 7),
    'in pieces that begin and end inside one operand': concat([3, 400, 1], 2, 61),
    'in pieces of two operands': concat([90, 160], 3, 53),
  }),
  ...named('Map', {
    'broadcast of f32': broadcastMap([7, 9, 77], 'f32'),
    'broadcast of i8': broadcastMap([7, 9, 77], 'i8'),
    'broadcast of u16': broadcastMap([3, 5, 300], 'u16'),
    requantize,
  }),
]
