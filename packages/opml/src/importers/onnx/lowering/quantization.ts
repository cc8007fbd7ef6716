import type { Dtype } from '../../../graph/dtype.ts'
import type { MicroOpList, ValueId } from '../../builder/microOpList.ts'
import type { Tensor } from '../../builder/tensor.ts'
import { dtypeOfOnnx } from '../onnxDtype.ts'
import type { Lowering, NodeContext } from './context.ts'
import { castValue } from './elementwise.ts'
import { gatherRows } from './indexing.ts'
import { convolution } from './convolution.ts'
import { alongAxis, lessZeroPoint, matMulOf } from './matrix.ts'
import { reduce } from './reduction.ts'

/** Least and greatest value of the dtypes that quantised tensors have. */
const RANGES: Partial<Record<Dtype, readonly [number, number]>> = {
  u8: [0, 255],
  i8: [-128, 127],
  u16: [0, 65535],
  i16: [-32768, 32767],
}

/** A scalar, along `axis` a vector, or a tensor of one parameter a block along `axis`, so that it broadcasts with `x`. */
function parameterFor(context: NodeContext, tensor: Tensor, x: Tensor): Tensor {
  const rank = x.shape.length
  const given = context.int('axis', 1)
  const axis = given < 0 ? given + rank : given
  const block = context.int('block_size', 0)
  if (block === 0) return parameter(context, tensor, { axis, rank })
  const size = x.shape[axis] as number
  const isBlocked = tensor.shape.every((dim, i) => dim === (i === axis ? Math.ceil(size / block) : x.shape[i]))
  if (tensor.shape.length !== rank || !isBlocked)
    throw context.unsupported(`parameters [${tensor.shape.join(', ')}] for blocks of ${block} along axis ${axis}`)
  const blocks = Array.from({ length: size }, (_, i) => Math.floor(i / block))
  return gatherRows(context, { data: tensor, indices: context.constant('i64', [size], blocks), axis })
}

/** A scalar or, along `axis`, a vector of parameters, so that it broadcasts with a tensor of rank `rank`. */
function parameter(context: NodeContext, tensor: Tensor, p: { axis: number; rank: number }): Tensor {
  const count = tensor.shape.reduce((product, dim) => product * dim, 1)
  if (count === 1) return { ...tensor, shape: [], strides: [] }
  if (tensor.shape.length !== 1) throw context.unsupported(`a parameter of shape [${tensor.shape.join(', ')}]`)
  return alongAxis(tensor, p)
}

/** round(x) + zero point, saturated. */
function saturated(list: MicroOpList, rounded: ValueId, p: { zero: ValueId | undefined; dtype: Dtype }): ValueId {
  const [low, high] = RANGES[p.dtype] ?? [-128, 127]
  const integer = list.op('i32.trunc_sat_f32_s', rounded)
  // Far from every zero point, so that adding one cannot wrap.
  const bounded = list.op('i32.min_s', list.op('i32.max_s', integer, { imm: -(2 ** 20) }), { imm: 2 ** 20 })
  const shifted = p.zero === undefined ? bounded : list.op('i32.add', bounded, p.zero)
  return list.op('i32.min_s', list.op('i32.max_s', shifted, { imm: low }), { imm: high })
}

/** saturate(round(x ÷ scale) + zero) of a tensor of floats or integers. */
function quantized(
  context: NodeContext,
  p: { x: Tensor; scale: Tensor; zero: Tensor | undefined; dtype: Dtype },
): Tensor {
  const factors = p.zero === undefined ? [p.x, p.scale] : [p.x, p.scale, p.zero]
  return context.builder.map({ dtype: p.dtype, shape: p.x.shape }, factors, (list, x, scale, zero) => {
    const real = castValue(list, x as ValueId, { from: p.x.dtype, to: 'f32' })
    return saturated(list, list.op('f32.nearest', list.op('f32.div', real, scale as ValueId)), { zero, dtype: p.dtype })
  })
}

const quantizeLinear: Lowering = (context) => {
  const x = context.input(0)
  const zero = context.optional(2)
  const wanted = context.int('output_dtype', 0)
  const dtype = zero?.dtype ?? (wanted === 0 ? 'u8' : dtypeOfOnnx(wanted))
  if (dtype === undefined || RANGES[dtype] === undefined)
    throw context.unsupported(`quantisation to ${dtype ?? `element type ${wanted}`}`)
  return [
    quantized(context, {
      x,
      scale: parameterFor(context, context.input(1), x),
      zero: zero && parameterFor(context, zero, x),
      dtype,
    }),
  ]
}

const dequantizeLinear: Lowering = (context) => {
  const x = context.input(0)
  const scale = parameterFor(context, context.input(1), x)
  const zero = context.optional(2)
  const factors = zero === undefined ? [x, scale] : [x, scale, parameterFor(context, zero, x)]
  return [
    context.builder.map({ dtype: scale.dtype, shape: x.shape }, factors, (list, value, s, z) => {
      const centred = z === undefined ? (value as ValueId) : list.op('i32.sub', value as ValueId, z)
      return list.op('f32.mul', list.op('f32.convert_i32_s', centred), s as ValueId)
    }),
  ]
}

/** Scale and zero point from the least and the greatest element, 0 among them. */
const dynamicQuantizeLinear: Lowering = (context) => {
  const x = context.input(0)
  const axes = x.shape.map((_, axis) => axis)
  const low = reduce(context, { tensor: x, axes, mode: 'min', after: (list, v) => list.op('f32.min', v, { imm: 0 }) })
  const high = reduce(context, { tensor: x, axes, mode: 'max', after: (list, v) => list.op('f32.max', v, { imm: 0 }) })
  const scale = context.builder.map({ dtype: 'f32', shape: [] }, [high, low], (list, h, l) =>
    list.op('f32.div', list.op('f32.sub', h as ValueId, l as ValueId), { imm: 255 }),
  )
  const zero = context.builder.map({ dtype: 'u8', shape: [] }, [low, scale], (list, l, s) => {
    const real = list.op('f32.nearest', list.op('f32.div', list.op('f32.neg', l as ValueId), s as ValueId))
    return saturated(list, real, { zero: undefined, dtype: 'u8' })
  })
  return [quantized(context, { x, scale, zero, dtype: 'u8' }), scale, zero]
}

/** accumulator · (scale a · scale b ÷ scale y), rounded, plus the zero point, saturated. */
function requantized(
  context: NodeContext,
  acc: Tensor,
  p: { scales: readonly Tensor[]; zero: Tensor; axis: number },
): Tensor {
  const [a, b, y] = p.scales.map((scale) => parameter(context, scale, { axis: p.axis, rank: acc.shape.length })) as [
    Tensor,
    Tensor,
    Tensor,
  ]
  const shape = [a, b, y].reduce<readonly number[]>(
    (found, { shape: own }) => (own.length > found.length ? own : found),
    [],
  )
  const factor = context.builder.map({ dtype: 'f32', shape }, [a, b, y], (list, s, t, u) =>
    list.op('f32.div', list.op('f32.mul', s as ValueId, t as ValueId), u as ValueId),
  )
  return context.builder.map(
    { dtype: p.zero.dtype, shape: acc.shape },
    [acc, factor, { ...p.zero, shape: [], strides: [] }],
    (list, value, f, zero) => {
      const real = list.op('f32.mul', list.op('f32.convert_i32_s', value as ValueId), f as ValueId)
      return saturated(list, list.op('f32.nearest', real), { zero: zero as ValueId, dtype: p.zero.dtype })
    },
  )
}

const qLinearMatMul: Lowering = (context) => {
  const a = lessZeroPoint(context, {
    tensor: context.input(0),
    zero: context.input(2),
    axis: context.input(0).shape.length - 2,
  })
  const b = lessZeroPoint(context, {
    tensor: context.input(3),
    zero: context.input(5),
    axis: context.input(3).shape.length - 1,
  })
  const acc = matMulOf(context, { a: a.tensor, b: b.tensor, dtype: 'i32', zeroA: a.zero, zeroB: b.zero })
  return [
    requantized(context, acc, {
      scales: [context.input(1), context.input(4), context.input(6)],
      zero: context.input(7),
      axis: acc.shape.length - 1,
    }),
  ]
}

const qLinearConv: Lowering = (context) => {
  const x = lessZeroPoint(context, { tensor: context.input(0), zero: context.input(2), axis: 1 })
  const w = lessZeroPoint(context, { tensor: context.input(3), zero: context.input(5), axis: 0 })
  const product = convolution(context, { x: x.tensor, w: w.tensor, dtype: 'i32', zeroX: x.zero, zeroW: w.zero })
  const bias = context.optional(8)
  const acc =
    bias === undefined
      ? product
      : context.builder.map(
          product,
          [product, alongAxis(bias, { axis: 1, rank: product.shape.length })],
          (list, v, b) => list.op('i32.add', v as ValueId, b as ValueId),
        )
  return [
    requantized(context, acc, {
      scales: [context.input(1), context.input(4), context.input(6)],
      zero: context.input(7),
      axis: 1,
    }),
  ]
}

/** Operators between real and quantised numbers. */
export const QUANTIZATION: Readonly<Record<string, Lowering>> = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  QLinearMatMul: qLinearMatMul,
  QLinearConv: qLinearConv,
}
