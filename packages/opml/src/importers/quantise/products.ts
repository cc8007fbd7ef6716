import { numElements } from '../../graph/shape.ts'
import type { Tensor } from '../builder/tensor.ts'
import { transposeView } from '../builder/views.ts'
import { convolution } from '../onnx/lowering/convolution.ts'
import { matMulOf } from '../onnx/lowering/matrix.ts'
import { windowOf } from '../onnx/lowering/windows.ts'
import type { QuantisedProduct } from './quantiser.ts'
import type { QuantiseContext, RealConstant } from './quantiseContext.ts'
import { nearest } from './target.ts'
import { type Affine, type Form, NARROW, type Source, type Stored } from './values.ts'

const MAX_SUM = 2 ** 31 - 1
const WEIGHT_LIMIT = 127

/** Weights as i8, symmetric, one scale a row: `row` is an output channel. */
interface QuantisedWeights {
  readonly values: Int8Array
  readonly scales: readonly number[]
  /** Greatest Σ |w| of a row: what an activation of 1 can sum to. */
  readonly greatestSum: number
}

/** Rounds each of `numRows` rows to −127 … 127 of its own scale. */
function quantiseWeights(weights: Float32Array, numRows: number): QuantisedWeights {
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

/** Form of the activations of a product whose weights are known: as many bits as its exact sums leave room for. */
function activationForm(context: QuantiseContext, weights: QuantisedWeights): Form {
  if (!context.facts.isWide(context.node)) return NARROW
  return { bits: 16, limit: Math.min(32767, Math.floor(MAX_SUM / Math.max(weights.greatestSum, 1))) }
}

function note(
  context: QuantiseContext,
  { x, ...known }: { x: Stored; weights: NonNullable<QuantisedProduct['weights']>; bias?: Float32Array },
): void {
  context.quantiser.products.push({ node: context.node, activations: [{ input: 0, stored: x }], ...known })
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
function weighted(
  context: QuantiseContext,
  p: {
    x: Stored
    weights: QuantisedWeights
    axis: number
    shape: readonly number[]
    bias?: Float32Array
    emit: (w: Tensor) => Tensor
    dims: readonly number[]
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
  const source: Source = { shape: p.shape, scales, axis: p.axis, zero: 0, bound, emit }
  return { kind: 'affine', source, gain: [1], offset: p.bias === undefined ? [0] : Array.from(p.bias), axis: p.axis }
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
  const inModelToo = { dims: w.shape, values: weights.values, scales: weights.scales, axis: 0 }
  note(context, { x, weights: inModelToo, ...(bias && { bias: bias.values }) })
  const inner = context.context(context.tensors(() => x.tensor))
  // The shape of the result, found without a node.
  const shape = [x.tensor.shape[0] as number, w.shape[0] as number, ...spatialShape(context, x.tensor, w.shape)]
  return weighted(context, {
    x,
    weights,
    axis: 1,
    shape,
    dims: w.shape,
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

/** Activations [.., k] times n rows of k weights. */
function timesRows(
  context: QuantiseContext,
  p: { x: Stored; rows: RealConstant; weights: QuantisedWeights; bias?: Float32Array },
): Affine {
  const { x, rows, weights } = p
  const shape = [...x.tensor.shape.slice(0, -1), rows.shape[0] as number]
  return weighted(context, {
    x,
    weights,
    axis: shape.length - 1,
    shape,
    dims: rows.shape,
    ...(p.bias && { bias: p.bias }),
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
    note(context, { x, weights: inModel(weights, { rows: rows.shape[0] as number, isTransposed: false, factor: 1 }) })
    return timesRows(context, { x, rows, weights })
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
  const rows = inner.int('transB', 0) === 0 ? transposed(w) : w
  const weights = quantiseWeights(
    rows.values.map((value) => value * alpha),
    rows.shape[0] as number,
  )
  const c = context.inputs[2] === undefined ? undefined : context.constant(2)
  if (context.inputs[2] !== undefined && (c === undefined || numElements(c.shape) !== c.shape.at(-1)))
    throw context.unsupported('C is not a known row')
  const n = rows.shape[0] as number
  const bias =
    c && Float32Array.from({ length: n }, (_, j) => beta * (c.values[c.values.length === 1 ? 0 : j] as number))
  const x = context.stored(0, activationForm(context, weights))
  note(context, {
    x,
    weights: inModel(weights, { rows: n, isTransposed: inner.int('transB', 0) !== 0, factor: alpha }),
  })
  return timesRows(context, { x, rows, weights, ...(bias && { bias }) })
}
