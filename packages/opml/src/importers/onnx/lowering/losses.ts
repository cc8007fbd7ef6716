import { numElements } from '../../../graph/shape.ts'
import type { ValueId } from '../../builder/microOpList.ts'
import type { Tensor } from '../../builder/tensor.ts'
import type { Lowering, NodeContext } from './context.ts'
import { castTensor } from './elementwise.ts'
import { gatherAlong, gatherRows } from './indexing.ts'
import { softmaxAlong } from './normalization.ts'
import { reduce } from './reduction.ts'
import { unsqueezed } from './shapes.ts'

/** −log probability of the target class of each entry, weighted and reduced. */
function negativeLogLikelihood(
  context: NodeContext,
  p: { logProbability: Tensor; target: Tensor; weight: Tensor | undefined },
): Tensor {
  const { builder } = context
  const ignored = context.optionalInt('ignore_index')
  const target = castTensor(context, p.target, 'i64')
  const isKept =
    ignored === undefined
      ? undefined
      : builder.map({ dtype: 'bool', shape: target.shape }, [target], (list, t) =>
          list.op('i32.eq', list.op('i64.eq', t as ValueId, { imm: Number(ignored) }), { imm: 0 }),
        )
  const index =
    isKept === undefined
      ? target
      : builder.map(target, [target, isKept], (list, t, kept) =>
          list.op('i64.select', kept as ValueId, t as ValueId, list.i64(0)),
        )
  const picked = builder.reshape(
    gatherAlong(context, { data: p.logProbability, indices: unsqueezed(index, [1]), axis: 1 }),
    target.shape,
  )
  const weights = entryWeights(context, { like: picked, index, isKept, weight: p.weight })
  const losses = builder.map(picked, weights === undefined ? [picked] : [picked, weights], (list, value, w) => {
    const loss = list.op('f32.neg', value as ValueId)
    return w === undefined ? loss : list.op('f32.mul', loss, w)
  })
  return reducedLoss(context, { losses, weights })
}

/** The weight of each entry: that of its class, 0 for an ignored one; undefined where all are 1. */
function entryWeights(
  context: NodeContext,
  p: { like: Tensor; index: Tensor; isKept: Tensor | undefined; weight: Tensor | undefined },
): Tensor | undefined {
  if (p.weight === undefined && p.isKept === undefined) return undefined
  const ones = (): Tensor =>
    context.builder.map({ dtype: p.like.dtype, shape: p.index.shape }, [p.index], (list) => list.f32(1))
  const weights = p.weight === undefined ? ones() : gatherRows(context, { data: p.weight, indices: p.index, axis: 0 })
  if (p.isKept === undefined) return weights
  return context.builder.map(weights, [weights, p.isKept], (list, w, kept) =>
    list.op('f32.select', kept as ValueId, w as ValueId, list.f32(0)),
  )
}

function reducedLoss(context: NodeContext, p: { losses: Tensor; weights: Tensor | undefined }): Tensor {
  const mode = context.string('reduction', 'mean')
  if (mode === 'none') return p.losses
  const axes = p.losses.shape.map((_, axis) => axis)
  const count = numElements(p.losses.shape)
  if (mode === 'sum') return reduce(context, { tensor: p.losses, axes, mode: 'sum' })
  if (p.weights === undefined)
    return reduce(context, {
      tensor: p.losses,
      axes,
      mode: 'sum',
      after: (list, x) => list.op('f32.div', x, { imm: count }),
    })
  const [total, weight] = [p.losses, p.weights].map((tensor) => reduce(context, { tensor, axes, mode: 'sum' })) as [
    Tensor,
    Tensor,
  ]
  return context.builder.map(total, [total, weight], (list, x, w) => list.op('f32.div', x as ValueId, w as ValueId))
}

const negativeLogLikelihoodLoss: Lowering = (context) => [
  negativeLogLikelihood(context, {
    logProbability: context.input(0),
    target: context.input(1),
    weight: context.optional(2),
  }),
]

const softmaxCrossEntropyLoss: Lowering = (context) => {
  const scores = context.input(0)
  const [n, c] = scores.shape as [number, number]
  const flat = context.builder.reshape(scores, [n, c, numElements(scores.shape.slice(2))])
  const logProbability = context.builder.reshape(
    softmaxAlong(context, { tensor: flat, axis: 1, isLog: true }),
    scores.shape,
  )
  return [
    negativeLogLikelihood(context, { logProbability, target: context.input(1), weight: context.optional(2) }),
    logProbability,
  ]
}

/** Losses of classification. */
export const LOSSES: Readonly<Record<string, Lowering>> = {
  NegativeLogLikelihoodLoss: negativeLogLikelihoodLoss,
  SoftmaxCrossEntropyLoss: softmaxCrossEntropyLoss,
}
