import type { SeededRandom } from 'opml/core'
import { denseStrides, type Dtype, type MicroOp, type Node, type Operand, type Operands, type Shape } from 'opml/graph'
import { windowAttributes } from './convolution.ts'
import { checked, denseBytes, denseOperand, pickIndices } from './movement.ts'
import { pickBytes, pickOne, type Sampler } from './sample.ts'

const op = (name: string, sources: MicroOp['sources'] = [], imm = 0): MicroOp => ({ name, sources, imm })
const product = (dims: Shape): number => dims.reduce((a, b) => a * b, 1)

function viewOperand(input: number, dtype: Dtype, strides: readonly number[]): Operand {
  return { ref: { kind: 'input', index: input }, dtype, layout: { kind: 'view', strides, offset: 0 } }
}

type Style = 'wild' | 'tame'
const pickStyle = (random: SeededRandom): Style => pickOne(random, ['tame', 'tame', 'wild'])

/** Sizes of a convolution. */
export interface ConvShape {
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
export function conv(shape: ConvShape): Sampler {
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

/** Sizes of a product; with dtypes one of integers. */
export interface ProductShape {
  readonly batch?: number
  readonly m: number
  readonly n: number
  readonly k: number
  readonly dtypes?: readonly [Dtype, Dtype]
  readonly zeros?: readonly [number, number]
  /** Reads b as its transpose. */
  readonly isTransposed?: boolean
}

/** A product with a bias of each column. */
export function matMul(shape: ProductShape): Sampler {
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
          k,
          strideA: 1,
          strideB: shape.isTransposed ? 1 : n,
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

/** A Pool of any mode but that of places. */
export function pool(shape: PoolShape): Sampler {
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
export function rows(
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

/** A Gather, with indices out of range unless `isInside`; of each element twice, or so but for the last, where they are `doubled`. */
export function gather(p: {
  dtype: Dtype
  outer: number
  axis: number
  n: number
  inner: number
  isInside: boolean
  doubled?: 'all' | 'but the last'
}): Sampler {
  return (random) => {
    const a = denseOperand(0, p.dtype, [p.outer, p.axis, p.inner])
    const indices =
      p.doubled !== undefined
        ? doubledIndices(p.n, p.doubled === 'all')
        : p.isInside
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

function doubledIndices(count: number, isAll: boolean): Uint8Array {
  const indices = Int32Array.from({ length: count }, (_, i) => i >> 1)
  if (!isAll) indices[count - 1] = 0
  return new Uint8Array(indices.buffer)
}

function pickInside(random: SeededRandom, count: number, size: number): Uint8Array {
  return new Uint8Array(Int32Array.from({ length: count }, () => random.below(2 * size) - size).buffer)
}

/** A Concat of f32. */
export function concat(sizes: readonly number[], outer: number, inner: number): Sampler {
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
export function broadcastMap(shape: readonly [number, number, number], dtype: Dtype): Sampler {
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

/** Elements moved and nothing else: those of a dense tensor of the permuted shape. */
export function transposedMap(shape: Shape, permutation: readonly number[], dtypes: readonly [Dtype, Dtype]): Sampler {
  return (random) => {
    const strides: number[] = []
    const from = denseStrides(permutation.map((d) => shape[d] as number))
    permutation.forEach((d, place) => (strides[d] = from[place] as number))
    return checked({
      node: {
        op: 'Map',
        dtype: dtypes[1],
        shape,
        operands: [viewOperand(0, dtypes[0], strides)],
        attributes: {},
        microOps: [op('load', [0])],
      },
      operands: [pickBytes(random, { dtype: dtypes[0], count: product(shape) })],
    })
  }
}

/** i32 elements requantised by multipliers and shifts of their own. */
export const requantize: Sampler = (random) => {
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

/** A Reduce without pre-ops: of f32, or of integers to i32. */
export function reduce(
  mode: number,
  p: {
    dtype?: Dtype
    shape: Shape
    strides: readonly number[]
    sizes: readonly number[]
    reduced: readonly number[]
    count: number
  },
): Sampler {
  const { dtype = 'f32' } = p
  const [size0, size1, size2] = p.sizes
  const [stride0, stride1, stride2] = p.reduced
  return (random) =>
    checked({
      node: {
        op: 'Reduce',
        dtype: dtype === 'f32' ? 'f32' : 'i32',
        shape: p.shape,
        operands: [viewOperand(0, dtype, p.strides)],
        attributes: {
          mode,
          numPreOps: 0,
          ...({ size0, size1, size2, stride0, stride1, stride2 } as Record<string, number>),
        },
        microOps: [op('acc'), dtype === 'f32' ? op('f32.div', [0, 'imm'], 0x40400000) : op('i32.mul', [0, 'imm'], 3)],
      },
      operands: [pickBytes(random, { dtype, count: p.count, style: pickStyle(random) })],
    })
}
