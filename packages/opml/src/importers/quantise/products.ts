import { numElements } from '../../graph/shape.ts'
import type { Tensor } from '../builder/tensor.ts'
import { transposeView } from '../builder/views.ts'
import { convolution } from '../onnx/lowering/convolution.ts'
import { matMulOf } from '../onnx/lowering/matrix.ts'
import { windowOf } from '../onnx/lowering/windows.ts'
import type { QuantisedProduct } from './quantiser.ts'
import type { QuantiseContext, RealConstant } from './quantiseContext.ts'
import { nearest } from './target.ts'
import { type Affine, type Apart, type Form, NARROW, type Source, type Stored } from './values.ts'

const MAX_SUM = 2 ** 31 - 1
const WEIGHT_LIMIT = 127

/** Weights as i8, symmetric, one scale a row: `row` is an output channel. */
export interface QuantisedWeights {
  readonly values: Int8Array
  readonly scales: readonly number[]
  /** Greatest Σ |w| of a row: what an activation of 1 can sum to. */
  readonly greatestSum: number
}

/** Rounds each of `numRows` rows to −127 … 127 of its own scale. */
export function quantiseWeights(weights: Float32Array, numRows: number): QuantisedWeights {
  const size = weights.length / numRows
  const values = new Int8Array(weights.length)
  const scales: number[] = []
  let greatestSum = 0
  for (let row = 0; row < numRows; row++) {
    const own = weights.subarray(row * size, (row + 1) * size)
    const greatest = own.reduce((most, w) => Math.max(most, Math.abs(w)), 0)
    const scale = greatest === 0 ? 1 : greatest / WEIGHT_LIMIT
    let sum = 0
    own.forEach((w, i) => {
      const q = nearest(w / scale)
      values[row * size + i] = q
      sum += Math.abs(q)
    })
    scales.push(scale)
    greatestSum = Math.max(greatestSum, sum)
  }
  return { values, scales, greatestSum }
}

/**
 * What rounding the weights moves each row's mean result by: Σ (q · scale − w) · mean of the input. It is taken off the bias.
 *
 * @param p.meanOf - mean of what element `i` of row `row` is multiplied with.
 * @see Nagel et al., arXiv:1906.04721 §4.2
 */
function roundingShift(
  weights: Float32Array,
  p: { quantised: QuantisedWeights; meanOf: (row: number, i: number) => number },
): Float64Array {
  const { values, scales } = p.quantised
  const size = weights.length / scales.length
  return Float64Array.from(scales, (scale, row) => {
    let shift = 0
    for (let i = row * size; i < (row + 1) * size; i++)
      shift += (values[i] * scale - weights[i]) * p.meanOf(row, i - row * size)
    return shift
  })
}

/** Form of the activations of a product whose weights are known: as many bits as its exact sums leave room for. */
export function activationForm(context: QuantiseContext, weights: QuantisedWeights): Form {
  if (!context.facts.isWide(context.node)) return NARROW
  return { bits: 16, limit: Math.min(32767, Math.floor(MAX_SUM / Math.max(weights.greatestSum, 1))) }
}

/** Notes a product for exports and for the choice of wide ones. */
export function note(
  context: QuantiseContext,
  p: {
    x: Stored
    rows: QuantisedWeights
    weights: NonNullable<QuantisedProduct['weights']>
    bias: Float32Array | undefined
    shift: Float64Array | undefined
  },
): void {
  const { x, rows, weights, bias, shift } = p
  const scales = rows.scales.map((scale) => scale * x.scale)
  const values = Float32Array.from(rows.scales, (_, c) => (bias?.[bias.length === 1 ? 0 : c] ?? 0) - (shift?.[c] ?? 0))
  context.quantiser.products.push({
    node: context.node,
    activations: [{ input: 0, stored: x }],
    power: { kind: 'weights', sum: meanPower(rows) },
    weights,
    ...((bias ?? shift) && { bias: { values, scales } }),
  })
}

/** The mean over rows of Σ w². */
function meanPower({ values, scales }: QuantisedWeights): number {
  const size = values.length / scales.length
  let power = 0
  for (let i = 0; i < values.length; i++) power += (values[i] * scales[Math.floor(i / size)]) ** 2
  return power / scales.length
}

/** Weights of rows as the model has them: [k, n] unless `isTransposed`. */
function inModel(weights: QuantisedWeights, p: { rows: number; isTransposed: boolean; factor: number }) {
  const { rows: n } = p
  const k = weights.values.length / n
  const scales = weights.scales.map((scale) => scale / p.factor)
  if (p.isTransposed) return { dims: [n, k], values: weights.values, scales, axis: 0 }
  const values = new Int8Array(weights.values.length)
  for (let j = 0; j < n; j++) for (let i = 0; i < k; i++) values[i * n + j] = weights.values[j * k + i] as number
  return { dims: [k, n], values, scales, axis: 1 }
}

function checkSum(context: QuantiseContext, bound: number): void {
  if (bound > MAX_SUM) throw context.unsupported(`sums up to ${bound} do not fit 32 bits`)
}

/** The product of activations with weights, a channel of `axis` a row of them, plus a bias. */
export function weighted(
  context: QuantiseContext,
  p: {
    x: Stored
    weights: QuantisedWeights
    axis: number
    shape: readonly number[]
    bias?: Float32Array
    shift: Float64Array | undefined
    emit: (w: Tensor) => Tensor
    dims: readonly number[]
    apart?: Apart
  },
): Affine {
  const bound = p.weights.greatestSum * p.x.limit
  checkSum(context, bound)
  let result: Tensor | undefined
  const emit = () => {
    const type = { name: `${context.node.name || context.output}.weight`, dtype: 'i8' as const, shape: p.dims }
    result ??= p.emit(context.builder.constant(type, new Uint8Array(p.weights.values.buffer)))
    return result
  }
  const scales = p.weights.scales.map((scale) => scale * p.x.scale)
  const source: Source = {
    shape: p.shape,
    scales,
    axis: p.axis,
    zero: 0,
    bound,
    emit,
    ...(p.apart && { apart: p.apart }),
  }
  const bias = p.bias === undefined ? [0] : Array.from(p.bias)
  const offset =
    p.shift === undefined
      ? bias
      : Array.from(p.shift, (moved, c) => (bias[bias.length === 1 ? 0 : c] as number) - moved)
  return { kind: 'affine', source, gain: [1], offset, axis: p.axis }
}

/** Conv with known weights. */
export function conv(context: QuantiseContext): Affine {
  const w = context.constant(1)
  if (w === undefined) throw context.unsupported('the weights are not known before the run')
  const weights = quantiseWeights(w.values, w.shape[0] as number)
  const x = context.stored(0, activationForm(context, weights))
  const bias = context.inputs[2] === undefined ? undefined : context.constant(2)
  if (context.inputs[2] !== undefined && bias === undefined)
    throw context.unsupported('the bias is not known before the run')
  const inner = context.context(context.tensors(() => x.tensor))
  // The shape of the result, found without a node.
  const shape = [x.tensor.shape[0] as number, w.shape[0] as number, ...spatialShape(context, x.tensor, w.shape)]
  const means = context.channelMeans(1)
  const [taps, perGroup] = [numElements(w.shape.slice(2)), w.shape[1] as number]
  const filters = (w.shape[0] as number) / inner.int('group', 1)
  const shift =
    means &&
    roundingShift(w.values, {
      quantised: weights,
      meanOf: (row, i) => means[Math.floor(row / filters) * perGroup + Math.floor(i / taps)] as number,
    })
  const inModelToo = { dims: w.shape, values: weights.values, scales: weights.scales, axis: 0 }
  note(context, { x, rows: weights, weights: inModelToo, bias: bias?.values, shift })
  return weighted(context, {
    x,
    weights,
    axis: 1,
    shape,
    dims: w.shape,
    shift,
    ...(bias && { bias: bias.values }),
    emit: (tensor) => convolution(inner, { x: x.tensor, w: tensor, dtype: 'i32', zeroX: x.zero, zeroW: 0 }),
  })
}

function spatialShape(context: QuantiseContext, x: Tensor, weightShape: readonly number[]): readonly number[] {
  const inner = context.context([])
  return windowOf(inner, { input: x.shape.slice(2), kernel: inner.ints('kernel_shape') ?? weightShape.slice(2) }).out
}

/** A matrix [k, n] as n rows of k. */
function transposed({ shape, values }: RealConstant): RealConstant {
  const [k, n] = shape as [number, number]
  const rows = new Float32Array(values.length)
  for (let i = 0; i < k; i++) for (let j = 0; j < n; j++) rows[j * k + i] = values[i * n + j] as number
  return { shape: [n, k], values: rows }
}

/** Activations [.., k] times n rows of k weights; `known` is how the model has these. */
function timesRows(
  context: QuantiseContext,
  p: {
    x: Stored
    rows: RealConstant
    weights: QuantisedWeights
    known: NonNullable<QuantisedProduct['weights']>
    bias?: Float32Array
  },
): Affine {
  const { x, rows, weights, known, bias } = p
  const shape = [...x.tensor.shape.slice(0, -1), rows.shape[0] as number]
  const means = context.channelMeans(shape.length - 1)
  const shift = means && roundingShift(rows.values, { quantised: weights, meanOf: (_, i) => means[i] as number })
  note(context, { x, rows: weights, weights: known, bias, shift })
  return weighted(context, {
    x,
    weights,
    axis: shape.length - 1,
    shape,
    dims: rows.shape,
    shift,
    ...(bias && { bias }),
    emit: (w) =>
      matMulOf(context.context([]), {
        a: x.tensor,
        b: transposeView(w, [1, 0]),
        dtype: 'i32',
        zeroA: x.zero,
        zeroB: 0,
        fitsI32: true,
      }),
  })
}

/** MatMul: with known weights on the right, or of two tensors of activations. */
export function matMul(context: QuantiseContext): Affine {
  const w = context.constant(1)
  if (w !== undefined && w.shape.length === 2) {
    const rows = transposed(w)
    const weights = quantiseWeights(rows.values, rows.shape[0] as number)
    const x = context.stored(0, activationForm(context, weights))
    const known = inModel(weights, { rows: rows.shape[0] as number, isTransposed: false, factor: 1 })
    return timesRows(context, { x, rows, weights, known })
  }
  return dynamicProduct(context)
}

/** A product of activations: both sides get as many bits as k sums leave room for. */
function dynamicProduct(context: QuantiseContext): Affine {
  const depth = context.shape(0).at(-1) as number
  const limit = Math.min(32767, Math.floor(Math.sqrt(MAX_SUM / Math.max(depth, 1))))
  const form: Form = context.facts.isWide(context.node) ? { bits: 16, limit } : NARROW
  const [a, b] = [context.stored(0, form), context.stored(1, form)]
  context.quantiser.products.push({
    node: context.node,
    activations: [a, b].map((stored, input) => ({ input, stored })),
    power: { kind: 'depth', depth },
  })
  const bound = depth * a.limit * b.limit
  checkSum(context, bound)
  const result = matMulOf(context.context([]), {
    a: a.tensor,
    b: b.tensor,
    dtype: 'i32',
    zeroA: a.zero,
    zeroB: b.zero,
    fitsI32: true,
  })
  const source: Source = {
    shape: result.shape,
    scales: [a.scale * b.scale],
    axis: 0,
    zero: 0,
    bound,
    emit: () => result,
  }
  return { kind: 'affine', source, gain: [1], offset: [0], axis: 0 }
}

/** Gemm with known B and C. */
export function gemm(context: QuantiseContext): Affine {
  const w = context.constant(1)
  const inner = context.context([])
  if (w === undefined || w.shape.length !== 2) throw context.unsupported('the weights are not known before the run')
  if (inner.int('transA', 0) !== 0) throw context.unsupported('transA')
  const [alpha, beta] = [inner.float('alpha', 1), inner.float('beta', 1)]
  if (alpha <= 0) throw context.unsupported(`alpha ${alpha}`)
  const unscaled = inner.int('transB', 0) === 0 ? transposed(w) : w
  const rows = { shape: unscaled.shape, values: unscaled.values.map((value) => value * alpha) }
  const weights = quantiseWeights(rows.values, rows.shape[0] as number)
  const c = context.inputs[2] === undefined ? undefined : context.constant(2)
  if (context.inputs[2] !== undefined && (c === undefined || numElements(c.shape) !== c.shape.at(-1)))
    throw context.unsupported('C is not a known row')
  const n = rows.shape[0] as number
  const bias =
    c && Float32Array.from({ length: n }, (_, j) => beta * (c.values[c.values.length === 1 ? 0 : j] as number))
  const x = context.stored(0, activationForm(context, weights))
  const known = inModel(weights, { rows: n, isTransposed: inner.int('transB', 0) !== 0, factor: alpha })
  return timesRows(context, { x, rows, weights, known, ...(bias && { bias }) })
}
