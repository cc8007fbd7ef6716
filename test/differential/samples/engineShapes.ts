import type { SeededRandom } from '../../../packages/opml/src/core/seededRandom.ts'
import type { Dtype } from '../../../packages/opml/src/graph/dtype.ts'
import type { MicroOp, Node, Operand, Operands } from '../../../packages/opml/src/graph/node.ts'
import { denseStrides, type Shape } from '../../../packages/opml/src/graph/shape.ts'
import { windowAttributes } from './convolution.ts'
import { checked, denseBytes, denseOperand, pickIndices } from './movement.ts'
import { pickBytes, pickOne, type Sample, type Sampler } from './sample.ts'

/** One node of a size and form that a kernel of the engine takes, where the small random nodes of the other samplers miss it. */
export interface EngineShape {
  readonly name: string
  readonly sample: Sampler
}

const op = (name: string, sources: MicroOp['sources'] = [], imm = 0): MicroOp => ({ name, sources, imm })
const product = (dims: Shape): number => dims.reduce((a, b) => a * b, 1)

function viewOperand(input: number, dtype: Dtype, strides: readonly number[]): Operand {
  return { ref: { kind: 'input', index: input }, dtype, layout: { kind: 'view', strides, offset: 0 } }
}

type Style = 'wild' | 'tame'
const pickStyle = (random: SeededRandom): Style => pickOne(random, ['tame', 'tame', 'wild'])

interface ConvShape {
  readonly op: 'Conv' | 'ConvInteger' | 'ConvTranspose'
  readonly n?: number
  readonly groups?: number
  readonly ic: number
  readonly oc: number
  /** Input, kernel, output, stride, dilation and padding of D, H, W; one number for a stride, dilation or padding of all. */
  readonly input: readonly [number, number, number]
  readonly kernel: readonly [number, number, number]
  readonly output: readonly [number, number, number]
  readonly stride?: number
  readonly dilation?: number
  readonly pad?: number
  readonly dtypes?: readonly [Dtype, Dtype]
  readonly zeros?: readonly [number, number]
}

/** D has one plane unless the kernel has more, so that strides and padding do not empty it. */
function convAxes(shape: ConvShape) {
  return [0, 1, 2].map((axis) => {
    const isFlat = axis === 0 && shape.kernel[0] === 1
    return {
      input: shape.input[axis] as number,
      kernel: shape.kernel[axis] as number,
      output: shape.output[axis] as number,
      stride: isFlat ? 1 : (shape.stride ?? 1),
      dilation: isFlat ? 1 : (shape.dilation ?? 1),
      pad: isFlat ? 0 : (shape.pad ?? 0),
    }
  })
}

/** A convolution with a bias of each output channel; of integers requantised with a scale of each channel. */
function conv(shape: ConvShape): Sampler {
  return (random) => {
    const { n = 1, groups = 1, ic, oc } = shape
    const isInteger = shape.op === 'ConvInteger'
    const dtypes = shape.dtypes ?? ['f32', 'f32']
    const [zeroA, zeroB] = shape.zeros ?? [0, 0]
    const out = [n, groups, oc, ...shape.output]
    const channels = shape.op === 'ConvTranspose' ? [groups * ic, oc] : [groups * oc, ic]
    const a = denseOperand(0, dtypes[0], [n, groups * ic, ...shape.input])
    const b = denseOperand(1, dtypes[1], [...channels, ...shape.kernel])
    const c = viewOperand(2, isInteger ? 'i32' : 'f32', [0, oc, 1, 0, 0, 0])
    const style = pickStyle(random)
    return checked({
      node: {
        op: shape.op,
        dtype: isInteger ? 'i8' : 'f32',
        shape: out,
        operands: [a, b, c],
        attributes: { ...windowAttributes(convAxes(shape)), ...(isInteger ? { zeroA, zeroB, accumulator: 0 } : {}) },
        microOps: isInteger ? REQUANTIZE : [op('acc'), op('load', [2]), op('f32.add', [0, 1])],
      },
      operands: [
        denseBytes(random, a, style),
        denseBytes(random, b, style),
        pickBytes(random, { dtype: isInteger ? 'i32' : 'f32', count: groups * oc, style }),
      ],
    })
  }
}

/** acc by multipliers of operand c and a shift, a zero point, saturated. */
const REQUANTIZE: readonly MicroOp[] = [
  op('acc'),
  op('load', [2]),
  op('i32.const', [], 37),
  op('i32.requantize', [0, 1, 2]),
  op('i32.add', [3, 'imm'], -5),
  op('i32.max_s', [4, 'imm'], -128),
  op('i32.min_s', [5, 'imm'], 127),
]

interface ProductShape {
  readonly batch?: number
  readonly m: number
  readonly n: number
  readonly k: number
  readonly dtypes?: readonly [Dtype, Dtype]
  readonly zeros?: readonly [number, number]
  /** Reads b as its transpose. */
  readonly isTransposed?: boolean
}

function matMul(shape: ProductShape): Sampler {
  return (random) => {
    const { batch = 1, m, n, k } = shape
    const isInteger = shape.dtypes !== undefined
    const [dtypeA, dtypeB] = shape.dtypes ?? ['f32', 'f32']
    const [zeroA, zeroB] = shape.zeros ?? [0, 0]
    const a = viewOperand(0, dtypeA, [m * k, k, 0])
    const b = viewOperand(1, dtypeB, shape.isTransposed ? [0, 0, k] : [0, 0, 1])
    const c = viewOperand(2, isInteger ? 'i32' : 'f32', [0, 0, 1])
    const style = pickStyle(random)
    return checked({
      node: {
        op: isInteger ? 'MatMulInteger' : 'MatMul',
        dtype: isInteger ? 'i8' : 'f32',
        shape: [batch, m, n],
        operands: [a, b, c],
        attributes: {
          ...{ k, strideA: 1, strideB: shape.isTransposed ? 1 : n },
          ...(isInteger ? { zeroA, zeroB, accumulator: 0 } : {}),
        },
        microOps: isInteger
          ? REQUANTIZE
          : [op('acc'), op('load', [2]), op('f32.add', [0, 1]), op('f32.max', [2, 'imm'])],
      },
      operands: [
        pickBytes(random, { dtype: dtypeA, count: batch * m * k, style }),
        pickBytes(random, { dtype: dtypeB, count: n * k, style }),
        pickBytes(random, { dtype: isInteger ? 'i32' : 'f32', count: n, style }),
      ],
    })
  }
}

interface PoolShape {
  readonly channels: number
  readonly input: readonly [number, number, number]
  readonly output: readonly [number, number, number]
  readonly kernel: readonly [number, number, number]
  readonly stride: readonly [number, number, number]
  readonly dilation?: number
  readonly pad?: number
}

function pool(shape: PoolShape): Sampler {
  return (random) => {
    const pad = shape.pad ?? 0
    const axes = [0, 1, 2].map((axis) => ({
      input: shape.input[axis] as number,
      kernel: shape.kernel[axis] as number,
      output: shape.output[axis] as number,
      stride: shape.stride[axis] as number,
      dilation: shape.dilation ?? 1,
      pad: axis === 0 ? 0 : pad,
    }))
    const a = denseOperand(0, 'f32', [shape.channels, ...shape.input])
    const three = (name: string, of: (axis: number) => number) =>
      [0, 1, 2].map((axis) => [`${name}${'DHW'.charAt(axis)}`, of(axis)] as const)
    return checked({
      node: {
        op: 'Pool',
        dtype: 'f32',
        shape: [shape.channels, ...shape.output],
        operands: [a],
        attributes: {
          mode: random.below(3),
          ...Object.fromEntries(three('kernel', (axis) => shape.kernel[axis] as number)),
          ...Object.fromEntries(three('padEnd', (axis) => (axis === 0 ? 0 : pad))),
          ...windowAttributes(axes),
          countPadding: random.below(2),
          numPreOps: 0,
        },
        microOps: [],
      },
      operands: [denseBytes(random, a, pickStyle(random))],
    })
  }
}

/** A node whose operand a is a view of contiguous rows. */
function rows(
  node: Pick<Node, 'op' | 'attributes'> & { shape: Shape; out?: Shape; strides?: readonly number[] },
): Sampler {
  return (random) => {
    const out = node.out ?? node.shape
    const strides = node.strides ?? denseStrides(node.shape).slice(0, out.length)
    const style = pickStyle(random)
    return checked({
      node: {
        op: node.op,
        dtype: 'f32',
        shape: out,
        operands: [viewOperand(0, 'f32', strides)],
        attributes: node.attributes,
        microOps: [],
      },
      operands: [pickBytes(random, { dtype: 'f32', count: product(node.shape), style })],
    })
  }
}

function gather(p: {
  dtype: Dtype
  outer: number
  axis: number
  n: number
  inner: number
  isInside: boolean
}): Sampler {
  return (random) => {
    const a = denseOperand(0, p.dtype, [p.outer, p.axis, p.inner])
    const indices = p.isInside
      ? pickInside(random, p.n, p.axis)
      : pickIndices(random, { dtype: 'i32', count: p.n, size: p.axis })
    return checked({
      node: {
        op: 'Gather',
        dtype: p.dtype,
        shape: [p.outer, p.n, p.inner],
        operands: [a, denseOperand(1, 'i32', [p.n])],
        attributes: {},
        microOps: [],
      },
      operands: [denseBytes(random, a), indices],
    })
  }
}

function pickInside(random: SeededRandom, count: number, size: number): Uint8Array {
  return new Uint8Array(Int32Array.from({ length: count }, () => random.below(2 * size) - size).buffer)
}

function concat(sizes: readonly number[], outer: number, inner: number): Sampler {
  return (random) => {
    const operands = sizes.map((size, input) => denseOperand(input, 'f32', [outer, size, inner]))
    const shape = [outer, sizes.reduce((sum, size) => sum + size, 0), inner]
    const node = { op: 'Concat', dtype: 'f32' as const, shape, attributes: {}, microOps: [] }
    return checked({
      node: { ...node, operands: operands as unknown as Operands },
      operands: operands.map((operand) => denseBytes(random, operand)),
    })
  }
}

/** A value of each channel times the elements, plus a value of each column. */
function broadcastMap(shape: readonly [number, number, number], dtype: Dtype): Sampler {
  return (random) => {
    const [channels, height, width] = shape
    const isFloat = dtype === 'f32'
    return checked({
      node: {
        op: 'Map',
        dtype,
        shape,
        operands: [
          viewOperand(0, dtype, denseStrides(shape)),
          viewOperand(1, dtype, [1, 0, 0]),
          viewOperand(2, dtype, [0, 0, 1]),
        ],
        attributes: {},
        microOps: [
          op('load', [0]),
          op('load', [1]),
          op(isFloat ? 'f32.mul' : 'i32.mul', [0, 1]),
          op('load', [2]),
          op(isFloat ? 'f32.add' : 'i32.add', [2, 3]),
        ],
      },
      operands: [channels * height * width, channels, width].map((count) => pickBytes(random, { dtype, count })),
    })
  }
}

/** i32 elements requantised by multipliers and shifts of their own. */
const requantize: Sampler = (random) => {
  const count = 700
  const shifts = Int32Array.from({ length: count }, (_, i) => (i < 300 ? 40 : random.below(70) - 2))
  const words = () => pickBytes(random, { dtype: 'i32', count })
  return checked({
    node: {
      op: 'Map',
      dtype: 'i32',
      shape: [count],
      operands: [viewOperand(0, 'i32', [1]), viewOperand(1, 'i32', [1]), viewOperand(2, 'i32', [1])],
      attributes: {},
      microOps: [op('load', [0]), op('load', [1]), op('load', [2]), op('i32.requantize', [0, 1, 2])],
    },
    operands: [words(), words(), new Uint8Array(shifts.buffer)],
  })
}

function reduce(
  mode: number,
  p: { shape: Shape; strides: readonly number[]; sizes: readonly number[]; reduced: readonly number[]; count: number },
): Sampler {
  const [size0, size1, size2] = p.sizes
  const [stride0, stride1, stride2] = p.reduced
  return (random) =>
    checked({
      node: {
        op: 'Reduce',
        dtype: 'f32',
        shape: p.shape,
        operands: [viewOperand(0, 'f32', p.strides)],
        attributes: {
          ...{ mode, numPreOps: 0 },
          ...({ size0, size1, size2, stride0, stride1, stride2 } as Record<string, number>),
        },
        microOps: [op('acc'), op('f32.div', [0, 'imm'], 0x40400000)],
      },
      operands: [pickBytes(random, { dtype: 'f32', count: p.count, style: pickStyle(random) })],
    })
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
  ...named('Gather', {
    words: gather({ dtype: 'f32', outer: 300, axis: 40, n: 80, inner: 1, isInside: true }),
    'words, some outside': gather({ dtype: 'f32', outer: 300, axis: 40, n: 80, inner: 1, isInside: false }),
    rows: gather({ dtype: 'i64', outer: 9, axis: 30, n: 61, inner: 19, isInside: false }),
    bytes: gather({ dtype: 'u8', outer: 9, axis: 30, n: 61, inner: 3, isInside: false }),
  }),
  ...named('Concat', { three: concat([24, 7, 3], 5, 41), two: concat([1, 90], 30, 7) }),
  ...named('Map', {
    'broadcast of f32': broadcastMap([7, 9, 77], 'f32'),
    'broadcast of i8': broadcastMap([7, 9, 77], 'i8'),
    'broadcast of u16': broadcastMap([3, 5, 300], 'u16'),
    requantize,
  }),
]
