import { numElements } from '../../../graph/shape.ts'
import { MicroOpList, type ValueId } from '../../builder/microOpList.ts'
import { type Tensor, viewOperand } from '../../builder/tensor.ts'
import { expandView } from '../../builder/views.ts'
import { broadcastShape } from './broadcast.ts'
import type { Lowering, NodeContext } from './context.ts'
import { castTensor } from './elementwise.ts'
import { alongAxis } from './matrix.ts'
import { argReduceAlong, reduce } from './reduction.ts'
import { unsqueezed } from './shapes.ts'

/** Softmax or its logarithm along an axis of a tensor of rank at most 6. */
export function softmaxAlong(context: NodeContext, p: { tensor: Tensor; axis: number; isLog: boolean }): Tensor {
  const { dtype, shape } = p.tensor
  const attributes = { axis: 6 - shape.length + p.axis, isLog: Number(p.isLog) }
  return context.builder.node({
    op: 'Softmax',
    dtype,
    shape,
    operands: [viewOperand(p.tensor)],
    attributes,
    microOps: [],
  })
}

/** Before opset 13 the dimensions from axis on are one. */
function flattenedAxis(context: NodeContext): { tensor: Tensor; axis: number } {
  const tensor = context.input(0)
  if (context.opset >= 13) return { tensor, axis: context.axisOf(tensor, -1) }
  const axis = context.axisOf(tensor, 1)
  const flat = context.builder.reshape(tensor, [
    numElements(tensor.shape.slice(0, axis)),
    numElements(tensor.shape.slice(axis)),
  ])
  return { tensor: flat, axis: 1 }
}

function softmax(isLog: boolean): Lowering {
  return (context) => [
    context.builder.reshape(softmaxAlong(context, { ...flattenedAxis(context), isLog }), context.input(0).shape),
  ]
}

/** 1 at the first maximum along an axis, 0 elsewhere. */
const hardmax: Lowering = (context) => {
  const { tensor, axis } = flattenedAxis(context)
  const position = castTensor(context, argReduceAlong(context, { tensor, axis, mode: 0, isLast: 0 }), 'i32')
  const dimension = 6 - tensor.shape.length + axis
  const result = context.builder.map(tensor, [unsqueezed(position, [axis])], (list, at) =>
    list.op('f32.convert_i32_s', list.op('i32.eq', at as ValueId, list.index(dimension))),
  )
  return [context.builder.reshape(result, context.input(0).shape)]
}

/** How a tensor is normalised over its last dimensions. */
interface Normalization {
  readonly tensor: Tensor
  readonly numAxes: number
  readonly epsilon: number
  readonly scale?: Tensor | undefined
  readonly bias?: Tensor | undefined
}

/** (x − mean) ÷ √(variance + ε) · scale + bias, the last two broadcasting. */
function normalize(context: NodeContext, p: Normalization): Tensor {
  const { dtype, shape } = p.tensor
  const result = context.builder.node({
    op: 'Normalize',
    dtype,
    shape,
    operands: [viewOperand(p.tensor)],
    attributes: { numAxes: p.numAxes, epsilon: Math.fround(p.epsilon), isRms: 0 },
    microOps: [],
  })
  const [scale, bias] = [without(context, p.scale, 1), without(context, p.bias, 0)]
  const scaled =
    scale === undefined
      ? result
      : context.builder.map(result, [result, scale], (list, x, s) => list.op('f32.mul', x as ValueId, s as ValueId))
  if (bias === undefined) return scaled
  return context.builder.map(scaled, [scaled, bias], (list, x, b) => list.op('f32.add', x as ValueId, b as ValueId))
}

/** A factor or a summand, undefined where all of its elements are known to be the number that changes nothing. */
function without(context: NodeContext, tensor: Tensor | undefined, neutral: number): Tensor | undefined {
  const values = tensor && context.knownOrNot(tensor)
  return values?.every((value) => Object.is(value, neutral)) ? undefined : tensor
}

/** Mean along axes that stay, with size 1, of what `before` makes of the elements; `after` works on the mean. */
function averageAlong(
  context: NodeContext,
  p: {
    tensor: Tensor
    axes: readonly number[]
    count: number
    before?: (list: MicroOpList, x: ValueId) => ValueId
    after?: (list: MicroOpList, x: ValueId) => ValueId
  },
): Tensor {
  const mean = reduce(context, {
    tensor: p.tensor,
    axes: p.axes,
    mode: 'sum',
    ...(p.before && { before: p.before }),
    after: (list, sum) => {
      const quotient = list.op('f32.div', sum, { imm: p.count })
      return p.after === undefined ? quotient : p.after(list, quotient)
    },
  })
  return unsqueezed(mean, p.axes)
}

const layerNormalization: Lowering = (context) => {
  const tensor = context.input(0)
  const axis = context.axisOf(tensor, -1)
  const epsilon = context.float('epsilon', 1e-5)
  const result = normalize(context, {
    tensor,
    numAxes: tensor.shape.length - axis,
    epsilon,
    scale: context.input(1),
    bias: context.optional(2),
  })
  if (!context.hasOutput(1) && !context.hasOutput(2)) return [result]
  const axes = tensor.shape.map((_, i) => i).slice(axis)
  const count = numElements(tensor.shape.slice(axis))
  const mean = averageAlong(context, { tensor, axes, count })
  const centred = context.builder.map(tensor, [tensor, mean], (list, x, m) =>
    list.op('f32.sub', x as ValueId, m as ValueId),
  )
  const inverse = averageAlong(context, {
    tensor: centred,
    axes,
    count,
    before: (list, x) => list.op('f32.mul', x, x),
    after: (list, x) => list.op('f32.div', list.f32(1), list.op('f32.sqrt', list.op('f32.add', x, { imm: epsilon }))),
  })
  return [result, mean, inverse]
}

const instanceNormalization: Lowering = (context) => {
  const tensor = context.input(0)
  const rank = tensor.shape.length
  const [scale, bias] = [1, 2].map((i) => alongAxis(context.input(i), { axis: 1, rank })) as [Tensor, Tensor]
  return [normalize(context, { tensor, numAxes: rank - 2, epsilon: context.float('epsilon', 1e-5), scale, bias })]
}

const groupNormalization: Lowering = (context) => {
  const tensor = context.input(0)
  const groups = context.requiredInt('num_groups')
  const [n, c] = tensor.shape as [number, number]
  const flat = context.builder.reshape(tensor, [n, groups, (c / groups) * numElements(tensor.shape.slice(2))])
  const normal = context.builder.reshape(
    normalize(context, { tensor: flat, numAxes: 1, epsilon: context.float('epsilon', 1e-5) }),
    tensor.shape,
  )
  const rank = tensor.shape.length
  const factor = (i: number) => {
    const vector = context.input(i)
    // Scale and bias are a number a group before version 21, a channel since.
    const channels =
      context.opset < 21
        ? context.builder.reshape(expandView(unsqueezed(vector, [1]), [groups, c / groups]), [c])
        : vector
    return alongAxis(channels, { axis: 1, rank })
  }
  return [
    context.builder.map(tensor, [normal, factor(1), factor(2)], (list, x, s, b) =>
      list.op('f32.add', list.op('f32.mul', x as ValueId, s as ValueId), b as ValueId),
    ),
  ]
}

/** With known statistics a factor and a summand for each channel, computed once; in training from the batch. */
const batchNormalization: Lowering = (context) => {
  const tensor = context.input(0)
  const epsilon = context.float('epsilon', 1e-5)
  if (context.opset < 9 && context.int('spatial', 1) === 0) throw context.unsupported('spatial 0')
  if (context.opset < 7 && context.int('is_test', 0) === 0) throw context.unsupported('training before version 14')
  const isTraining = context.opset >= 14 && context.int('training_mode', 0) === 1
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => context.input(i)) as [Tensor, Tensor, Tensor, Tensor]
  if (!isTraining) return [applyStatistics(context, { tensor, scale, bias, mean, variance, epsilon })]
  const axes = tensor.shape.map((_, i) => i).filter((i) => i !== 1)
  const count = axes.reduce((product, axis) => product * (tensor.shape[axis] as number), 1)
  const divide = (list: MicroOpList, x: ValueId) => list.op('f32.div', x, { imm: count })
  const batchMean = reduce(context, { tensor, axes, mode: 'sum', after: divide })
  const rank = tensor.shape.length
  const centred = context.builder.map(tensor, [tensor, alongAxis(batchMean, { axis: 1, rank })], (list, x, m) =>
    list.op('f32.sub', x as ValueId, m as ValueId),
  )
  const batchVariance = reduce(context, {
    tensor: centred,
    axes,
    mode: 'sum',
    before: (list, x) => list.op('f32.mul', x, x),
    after: divide,
  })
  const momentum = context.float('momentum', 0.9)
  const running = (old: Tensor, now: Tensor) =>
    context.builder.map(old, [old, now], (list, a, b) =>
      list.op(
        'f32.add',
        list.op('f32.mul', a as ValueId, { imm: momentum }),
        list.op('f32.mul', b as ValueId, { imm: 1 - momentum }),
      ),
    )
  const result = applyStatistics(context, { tensor, scale, bias, mean: batchMean, variance: batchVariance, epsilon })
  return [result, running(mean, batchMean), running(variance, batchVariance)]
}

function applyStatistics(
  context: NodeContext,
  p: { tensor: Tensor; scale: Tensor; bias: Tensor; mean: Tensor; variance: Tensor; epsilon: number },
): Tensor {
  const { builder } = context
  const factor = builder.map(p.scale, [p.scale, p.variance], (list, s, v) =>
    list.op('f32.div', s as ValueId, list.op('f32.sqrt', list.op('f32.add', v as ValueId, { imm: p.epsilon }))),
  )
  const summand = builder.map(p.bias, [p.bias, p.mean, factor], (list, b, m, f) =>
    list.op('f32.sub', b as ValueId, list.op('f32.mul', m as ValueId, f as ValueId)),
  )
  const rank = p.tensor.shape.length
  const [f, s] = [factor, summand].map((vector) => alongAxis(vector, { axis: 1, rank })) as [Tensor, Tensor]
  return builder.map(p.tensor, [p.tensor, f, s], (list, x, a, b) =>
    list.op('f32.add', list.op('f32.mul', x as ValueId, a as ValueId), b as ValueId),
  )
}

const meanVarianceNormalization: Lowering = (context) => {
  const tensor = context.input(0)
  const axes = (context.ints('axes') ?? [0, 2, 3]).map((axis) => context.axis(axis, tensor.shape.length))
  const count = axes.reduce((product, axis) => product * (tensor.shape[axis] as number), 1)
  const mean = averageAlong(context, { tensor, axes, count })
  const centred = context.builder.map(tensor, [tensor, mean], (list, x, m) =>
    list.op('f32.sub', x as ValueId, m as ValueId),
  )
  const variance = averageAlong(context, {
    tensor: centred,
    axes,
    count,
    before: (list, x) => list.op('f32.mul', x, x),
  })
  return [
    context.builder.map(tensor, [centred, variance], (list, x, v) =>
      list.op('f32.div', x as ValueId, list.op('f32.add', list.op('f32.sqrt', v as ValueId), { imm: 1e-9 })),
    ),
  ]
}

const lpNormalization: Lowering = (context) => {
  const tensor = context.input(0)
  const axis = context.axisOf(tensor, -1)
  const isEuclidean = context.int('p', 2) === 2
  const norm = reduce(context, {
    tensor,
    axes: [axis],
    mode: 'sum',
    before: (list, x) => (isEuclidean ? list.op('f32.mul', x, x) : list.op('f32.abs', x)),
    after: (list, x) => (isEuclidean ? list.op('f32.sqrt', x) : x),
  })
  const shape = broadcastShape(context, [tensor])
  return [
    context.builder.map({ dtype: tensor.dtype, shape }, [tensor, unsqueezed(norm, [axis])], (list, x, n) =>
      list.op('f32.div', x as ValueId, n as ValueId),
    ),
  ]
}

/** Operators that scale by sums over their own input. */
export const NORMALIZATION: Readonly<Record<string, Lowering>> = {
  Softmax: softmax(false),
  LogSoftmax: softmax(true),
  Hardmax: hardmax,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  BatchNormalization: batchNormalization,
  MeanVarianceNormalization: meanVarianceNormalization,
  LpNormalization: lpNormalization,
}
