import { dtypeInfo } from '../../../graph/dtype.ts'
import type { Dtype } from '../../../graph/dtype.ts'
import { numElements, type Shape } from '../../../graph/shape.ts'
import type { ValueId } from '../../builder/microOpList.ts'
import { denseOperand, type Tensor, viewOperand } from '../../builder/tensor.ts'
import { sliceView } from '../../builder/views.ts'
import { dtypeOfOnnx } from '../onnxDtype.ts'
import type { Lowering, NodeContext } from './context.ts'
import { castTensor, castValue } from './elementwise.ts'
import { unsqueezed } from './shapes.ts'

const SCATTER_MODES: Readonly<Record<string, number>> = { none: 0, add: 1, mul: 2, min: 3, max: 4 }
const MAX_COMPONENTS = 5

/** Elements before, at and behind an axis. */
function split3(shape: Shape, axis: number): [number, number, number] {
  return [numElements(shape.slice(0, axis)), shape[axis] as number, numElements(shape.slice(axis + 1))]
}

const dense = (context: NodeContext, tensor: Tensor, dims: Shape) => denseOperand(context.builder.dense(tensor), dims)

/** Rows of `data` along `axis` at `indices`. */
export function gatherRows(context: NodeContext, p: { data: Tensor; indices: Tensor; axis: number }): Tensor {
  const { data, indices, axis } = p
  const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)]
  const known = context.knownOrNot(indices)
  const only = known?.length === 1 ? Number(known[0]) : undefined
  if (only !== undefined) {
    const start = only < 0 ? only + (data.shape[axis] as number) : only
    return context.builder.reshape(sliceView(data, { axis, start, step: 1, count: 1 }), shape)
  }
  const [outer, size, inner] = split3(data.shape, axis)
  const count = numElements(indices.shape)
  const operands = [dense(context, data, [outer, size, inner]), dense(context, indices, [count])]
  const result = context.builder.node({
    op: 'Gather',
    dtype: data.dtype,
    shape: [outer, count, inner],
    operands,
    attributes: {},
    microOps: [],
  })
  return context.builder.reshape(result, shape)
}

const gather: Lowering = (context) => {
  const data = context.input(0)
  return [
    gatherRows(context, {
      data,
      indices: context.input(1),
      axis: context.axisOf(data, 0),
    }),
  ]
}

/** `data` with the coordinate along `axis` taken from `indices`, whose other dimensions are those of `data` or less. */
export function gatherAlong(context: NodeContext, p: { data: Tensor; indices: Tensor; axis: number }): Tensor {
  const { data, indices, axis } = p
  const isSame = indices.shape.every((dim, i) => i === axis || dim === data.shape[i])
  if (indices.shape.length > 3 && isSame)
    return context.builder.reshape(
      gatherAlong(context, {
        data: threeDims(context, data, axis),
        indices: threeDims(context, indices, axis),
        axis: 1,
      }),
      indices.shape,
    )
  const attributes = { axis: 6 - indices.shape.length + axis, axisSize: data.shape[axis] as number }
  const view = { ...data, shape: indices.shape }
  return context.builder.node({
    op: 'GatherElements',
    dtype: data.dtype,
    shape: indices.shape,
    operands: [viewOperand(view), viewOperand(indices)],
    attributes,
    microOps: [],
  })
}

/** A tensor as [before, axis, behind]. */
function threeDims(context: NodeContext, tensor: Tensor, axis: number): Tensor {
  return context.builder.reshape(tensor, split3(tensor.shape, axis))
}

const gatherElements: Lowering = (context) => {
  const data = context.input(0)
  return [
    gatherAlong(context, {
      data,
      indices: context.input(1),
      axis: context.axisOf(data, 0),
    }),
  ]
}

/** size0 … size4 of the dimensions that tuples index. */
function componentSizes(context: NodeContext, dims: Shape): Record<string, number> {
  if (dims.length > MAX_COMPONENTS) throw context.unsupported(`tuples of ${dims.length} indices`)
  const padded = [...dims, ...new Array<number>(MAX_COMPONENTS - dims.length).fill(0)]
  return { numComponents: dims.length, ...Object.fromEntries(padded.map((size, i) => [`size${i}`, size])) }
}

const gatherNd: Lowering = (context) => {
  const [data, indices] = [context.input(0), context.input(1)]
  const numBatch = context.int('batch_dims', 0)
  const numComponents = indices.shape.at(-1) as number
  const indexed = data.shape.slice(numBatch, numBatch + numComponents)
  const rest = data.shape.slice(numBatch + numComponents)
  const [batch, inner] = [numElements(data.shape.slice(0, numBatch)), numElements(rest)]
  const count = numElements(indices.shape.slice(numBatch, -1))
  const operands = [
    dense(context, data, [batch, numElements(indexed), inner]),
    dense(context, indices, [batch, count, numComponents]),
  ]
  const result = context.builder.node({
    op: 'GatherND',
    dtype: data.dtype,
    shape: [batch, count, inner],
    operands,
    attributes: componentSizes(context, indexed),
    microOps: [],
  })
  return [context.builder.reshape(result, [...indices.shape.slice(0, -1), ...rest])]
}

function scatterMode(context: NodeContext): number {
  const mode = SCATTER_MODES[context.string('reduction', 'none')]
  if (mode === undefined) throw context.unsupported(`reduction "${context.string('reduction', '')}"`)
  return mode
}

const scatterElements: Lowering = (context) => {
  const [data, indices, updates] = [context.input(0), context.input(1), context.input(2)]
  const axis = context.axisOf(data, 0)
  const operands = [viewOperand(data), dense(context, indices, indices.shape), dense(context, updates, updates.shape)]
  const attributes = { axis: 6 - data.shape.length + axis, mode: scatterMode(context) }
  return [
    context.builder.node({
      op: 'ScatterElements',
      dtype: data.dtype,
      shape: data.shape,
      operands,
      attributes,
      microOps: [],
    }),
  ]
}

const scatterNd: Lowering = (context) => {
  const [data, indices, updates] = [context.input(0), context.input(1), context.input(2)]
  const numComponents = indices.shape.at(-1) as number
  const indexed = data.shape.slice(0, numComponents)
  const inner = numElements(data.shape.slice(numComponents))
  const count = numElements(indices.shape.slice(0, -1))
  const shape = [numElements(indexed), inner]
  const operands = [
    dense(context, data, shape),
    dense(context, indices, [count, numComponents]),
    dense(context, updates, [count, inner]),
  ]
  const attributes = { ...componentSizes(context, indexed), mode: scatterMode(context) }
  const result = context.builder.node({ op: 'ScatterND', dtype: data.dtype, shape, operands, attributes, microOps: [] })
  return [context.builder.reshape(result, data.shape)]
}

/** Tensors one after the other along an axis, three a node. */
export function concatenated(context: NodeContext, p: { tensors: readonly Tensor[]; axis: number }): Tensor {
  const parts = p.tensors.filter((tensor) => numElements(tensor.shape) > 0)
  if (parts.length === 0) return p.tensors[0] as Tensor
  if (parts.length === 1) return parts[0] as Tensor
  const [first, second, third, ...rest] = parts as [Tensor, Tensor, Tensor?, ...Tensor[]]
  const joined = third === undefined ? [first, second] : [first, second, third]
  const size = joined.reduce((sum, { shape }) => sum + (shape[p.axis] as number), 0)
  const [outer, , inner] = split3(first.shape, p.axis)
  const operands = joined.map((tensor) => dense(context, tensor, split3(tensor.shape, p.axis)))
  const result = context.builder.node({
    op: 'Concat',
    dtype: first.dtype,
    shape: [outer, size, inner],
    operands,
    attributes: {},
    microOps: [],
  })
  const shaped = context.builder.reshape(
    result,
    first.shape.map((dim, axis) => (axis === p.axis ? size : dim)),
  )
  return rest.length === 0 ? shaped : concatenated(context, { tensors: [shaped, ...rest], axis: p.axis })
}

const concat: Lowering = (context) => {
  const tensors = context.inputs()
  return [concatenated(context, { tensors, axis: context.axisOf(tensors[0] as Tensor, 1) })]
}

const oneHot: Lowering = (context) => {
  const [indices, values] = [context.input(0), context.input(2)]
  const depth = Number(context.known(1)[0])
  const rank = indices.shape.length + 1
  const axis = context.axis(context.int('axis', -1), rank)
  const at = unsqueezed(castTensor(context, indices, 'i32'), [axis])
  const shape = [...indices.shape.slice(0, axis), depth, ...indices.shape.slice(axis)]
  const scalar = (index: number) => ({
    ...sliceView(values, { axis: 0, start: index, step: 1, count: 1 }),
    shape: [],
    strides: [],
  })
  const { valueClass } = dtypeInfo(values.dtype)
  return [
    context.builder.map({ dtype: values.dtype, shape }, [at, scalar(0), scalar(1)], (list, index, off, on) => {
      const isNegative = list.op('i32.lt_s', index as ValueId, { imm: 0 })
      const wrapped = list.op(
        'i32.select',
        isNegative,
        list.op('i32.add', index as ValueId, { imm: depth }),
        index as ValueId,
      )
      return list.op(
        `${valueClass}.select`,
        list.op('i32.eq', wrapped, list.index(6 - rank + axis)),
        on as ValueId,
        off as ValueId,
      )
    }),
  ]
}

const range: Lowering = (context) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => context.known(i)[0]) as [
    number | bigint,
    number | bigint,
    number | bigint,
  ]
  const elements = Math.max(0, Math.ceil((Number(limit) - Number(start)) / Number(delta)))
  const count = context.count(elements, 'elements')
  const { dtype } = context.input(0)
  const isWide = typeof start === 'bigint'
  const values = Array.from({ length: count }, (_, i) =>
    isWide ? (start as bigint) + BigInt(i) * (delta as bigint) : Number(start) + i * Number(delta),
  )
  return [context.constant(dtype, [count], values)]
}

/** 1 on a diagonal. */
const eyeLike: Lowering = (context) => {
  const like = context.input(0)
  const given = context.optionalInt('dtype')
  const dtype: Dtype = given === undefined ? like.dtype : dtypeOr(context, Number(given))
  const k = context.int('k', 0)
  return [
    context.builder.map({ dtype, shape: like.shape }, [like], (list) => {
      const isOn = list.op('i32.eq', list.op('i32.add', list.index(4), { imm: k }), list.index(5))
      return castValue(list, isOn, { from: 'i32', to: dtype })
    }),
  ]
}

function dtypeOr(context: NodeContext, dataType: number): Dtype {
  const dtype = dtypeOfOnnx(dataType)
  if (dtype === undefined) throw context.unsupported(`element type ${dataType}`)
  return dtype
}

const trilu: Lowering = (context) => {
  const x = context.input(0)
  const k = context.optional(1) === undefined ? 0 : Number(context.known(1)[0])
  const isUpper = context.int('upper', 1) === 1
  const { valueClass } = dtypeInfo(x.dtype)
  return [
    context.builder.map(x, [x], (list, value) => {
      const diagonal = list.op('i32.add', list.index(4), { imm: k })
      const isKept = isUpper
        ? list.op('i32.le_s', diagonal, list.index(5))
        : list.op('i32.le_s', list.index(5), diagonal)
      const zero = valueClass === 'f32' ? list.f32(0) : valueClass === 'i32' ? list.i32(0) : list.i64(0)
      return list.op(`${valueClass}.select`, isKept, value as ValueId, zero)
    }),
  ]
}

/** The first `sequence_lens` steps of each batch entry in reverse. */
const reverseSequence: Lowering = (context) => {
  const [x, lengths] = [context.input(0), context.input(1)]
  const [time, batch] = [context.int('time_axis', 0), context.int('batch_axis', 1)]
  const rank = x.shape.length
  const shape = lengths.shape[0] as number
  const perBatch = {
    ...lengths,
    shape: x.shape.map((_, axis) => (axis === batch ? shape : 1)),
    strides: x.shape.map((_, axis) => (axis === batch ? (lengths.strides[0] as number) : 0)),
  }
  const indices = context.builder.map({ dtype: 'i32', shape: x.shape }, [perBatch], (list, length) => {
    const at = list.index(6 - rank + time)
    const count = list.op('i32.wrap_i64', length as ValueId)
    const mirrored = list.op('i32.sub', list.op('i32.sub', count, { imm: 1 }), at)
    return list.op('i32.select', list.op('i32.lt_s', at, count), mirrored, at)
  })
  return [gatherAlong(context, { data: x, indices, axis: time })]
}

const cumSum: Lowering = (context) => {
  const x = context.input(0)
  const axis = context.axis(Number(context.known(1)[0]), x.shape.length)
  const attributes = {
    axis: 6 - x.shape.length + axis,
    isExclusive: context.int('exclusive', 0),
    isReverse: context.int('reverse', 0),
  }
  return [
    context.builder.node({
      op: 'CumSum',
      dtype: x.dtype,
      shape: x.shape,
      operands: [viewOperand(x)],
      attributes,
      microOps: [],
    }),
  ]
}

/** The first k of a sorted axis: positions by Sort, values by Gather. */
const topK: Lowering = (context) => {
  const x = context.input(0)
  const k = context.optional(1) === undefined ? context.requiredInt('k') : Number(context.known(1)[0])
  const axis = context.axisOf(x, -1)
  const size = x.shape[axis] as number
  if (k < 0 || k > size) throw context.unsupported(`${k} elements of an axis of ${size}`)
  const attributes = { axis: 6 - x.shape.length + axis, isDescending: context.int('largest', 1) }
  const order = context.builder.node({
    op: 'Sort',
    dtype: 'i32',
    shape: x.shape,
    operands: [viewOperand(x)],
    attributes,
    microOps: [],
  })
  const first = sliceView(order, { axis, start: 0, step: 1, count: k })
  return [gatherAlong(context, { data: x, indices: first, axis }), castTensor(context, first, 'i64')]
}

/** Rows that a known condition keeps. */
const compress: Lowering = (context) => {
  const isKept = context.known(1)
  const rows = isKept.flatMap((value, i) => (Number(value) === 0 ? [] : [i]))
  const given = context.optionalInt('axis')
  const data =
    given === undefined
      ? context.builder.reshape(context.input(0), [numElements(context.input(0).shape)])
      : context.input(0)
  const axis = given === undefined ? 0 : context.axis(Number(given), data.shape.length)
  return [gatherRows(context, { data, indices: context.constant('i64', [rows.length], rows), axis })]
}

const nonZero: Lowering = (context) => {
  const { shape } = context.input(0)
  const found = context.known(0).flatMap((value, flat) => (Number(value) === 0 ? [] : [flat]))
  const strides = shape.map((_, axis) => numElements(shape.slice(axis + 1)))
  const coordinates = shape.flatMap((dim, axis) =>
    found.map((flat) => Math.floor(flat / (strides[axis] as number)) % dim),
  )
  return [context.constant('i64', [shape.length, found.length], coordinates)]
}

/** Operators that pick and place elements by index. */
export const INDEXING: Readonly<Record<string, Lowering>> = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  ScatterElements: scatterElements,
  Scatter: scatterElements,
  ScatterND: scatterNd,
  Concat: concat,
  OneHot: oneHot,
  Range: range,
  EyeLike: eyeLike,
  Trilu: trilu,
  ReverseSequence: reverseSequence,
  CumSum: cumSum,
  TopK: topK,
  Compress: compress,
  NonZero: nonZero,
}
