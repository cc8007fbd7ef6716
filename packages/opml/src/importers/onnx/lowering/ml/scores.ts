import type { MicroOpList, ValueId } from '../../../builder/microOpList.ts'
import type { Tensor } from '../../../builder/tensor.ts'
import { sliceView } from '../../../builder/views.ts'
import type { NodeContext } from '../context.ts'
import { castTensor } from '../elementwise.ts'
import { concatenated, gatherRows } from '../indexing.ts'
import { softmaxAlong } from '../normalization.ts'
import { argReduceAlong, reduce } from '../reduction.ts'
import { unsqueezed } from '../shapes.ts'

/** What a model does to scores at the end. */
export const POST_TRANSFORMS = ['NONE', 'SOFTMAX', 'LOGISTIC', 'SOFTMAX_ZERO', 'PROBIT'] as const
export type PostTransform = (typeof POST_TRANSFORMS)[number]

/** The attribute `post_transform`. @throws {UnsupportedNode} for a name that is none. */
export function postTransformOf(context: NodeContext): PostTransform {
  const name = context.string('post_transform', 'NONE')
  const known = POST_TRANSFORMS.find((transform) => transform === name)
  if (known === undefined) throw context.unsupported(`post_transform "${name}"`)
  return known
}

/** Input 0 as f32 rows [n, features]; a vector is one row. */
export function featureRows(context: NodeContext): Tensor {
  const x = castTensor(context, context.input(0), 'f32')
  if (x.shape.length === 1) return unsqueezed(x, [0])
  if (x.shape.length !== 2) throw context.unsupported(`features of rank ${x.shape.length}`)
  return x
}

/** Scores [n, c] after the transform. */
export function transformedScores(context: NodeContext, scores: Tensor, transform: PostTransform): Tensor {
  switch (transform) {
    case 'NONE':
      return scores
    case 'LOGISTIC':
      return context.builder.map(scores, [scores], (list, x) => list.op('f32.sigmoid', x as ValueId))
    case 'SOFTMAX':
      return softmaxAlong(context, { tensor: scores, axis: 1, isLog: false })
    case 'SOFTMAX_ZERO':
      return softmaxZero(context, scores)
    case 'PROBIT':
      return context.builder.map(scores, [scores], (list, x) => probit(list, x as ValueId))
  }
}

/** Softmax in which scores within 1e-7 of zero take no part: they become x · exp(−max) ÷ Σ. */
function softmaxZero(context: NodeContext, scores: Tensor): Tensor {
  const { builder } = context
  const top = unsqueezed(reduce(context, { tensor: scores, axes: [1], mode: 'max' }), [1])
  const isZero = (list: MicroOpList, x: ValueId) =>
    list.op('f32.le', list.op('f32.abs', x), { imm: Math.fround(0.0000001) })
  const terms = builder.map(scores, [scores, top], (list, x, high) => {
    const power = list.op('f32.exp', list.op('f32.sub', x as ValueId, high as ValueId))
    return list.op('f32.select', isZero(list, x as ValueId), list.f32(0), power)
  })
  const sum = unsqueezed(reduce(context, { tensor: terms, axes: [1], mode: 'sum' }), [1])
  const values = builder.map(scores, [scores, top, terms], (list, x, high, term) => {
    const small = list.op('f32.mul', x as ValueId, list.op('f32.exp', list.op('f32.neg', high as ValueId)))
    return list.op('f32.select', isZero(list, x as ValueId), small, term as ValueId)
  })
  return builder.map(scores, [values, sum], (list, x, total) => list.op('f32.div', x as ValueId, total as ValueId))
}

/** √2 · erf⁻¹(2x − 1) by Winitzki's approximation (a = 0.147), as runtimes compute PROBIT. */
function probit(list: MicroOpList, x: ValueId): ValueId {
  const y = list.op('f32.sub', list.op('f32.add', x, x), { imm: 1 })
  const inside = list.op('f32.mul', list.op('f32.sub', list.f32(1), y), list.op('f32.add', y, { imm: 1 }))
  const log = list.op('f32.log', inside)
  const v = list.op('f32.add', list.op('f32.mul', log, { imm: 0.5 }), { imm: 2 / (3.14159 * 0.147) })
  const inner = list.op('f32.sub', list.op('f32.mul', v, v), list.op('f32.mul', log, { imm: 1 / 0.147 }))
  const size = list.op('f32.sqrt', list.op('f32.sub', list.op('f32.sqrt', inner), v))
  const scaled = list.op('f32.mul', size, { imm: Math.SQRT2 })
  return list.op('f32.select', list.op('f32.lt', y, { imm: 0 }), list.op('f32.neg', scaled), scaled)
}

/** Labels of classes. @throws {UnsupportedNode} for labels that are strings: a program has no strings. */
export function intLabels(context: NodeContext, p: { ints: string; strings: string }): readonly number[] {
  if (context.strings(p.strings).length > 0)
    throw context.unsupported(
      `labels are strings ("${p.strings}"), which a program does not have; export the model with integer labels`,
    )
  const labels = context.ints(p.ints)
  if (labels === undefined) throw context.unsupported(`attribute "${p.ints}" is missing`)
  return labels
}

/** The label of the greatest of each row's scores [n, c], the first of equals: [n] i64. */
export function topLabels(context: NodeContext, scores: Tensor, labels: readonly number[]): Tensor {
  const top = argReduceAlong(context, { tensor: scores, axis: 1, mode: 0, isLast: 0 })
  if (labels.every((label, i) => label === i)) return top
  const table = context.constant('i64', [labels.length], labels)
  return gatherRows(context, { data: table, indices: top, axis: 0 })
}

/** The second label where a score of [n, 1] is above a threshold, else the first: [n] i64. */
export function signLabels(
  context: NodeContext,
  score: Tensor,
  p: { labels: readonly number[]; threshold: number },
): Tensor {
  const [negative, positive] = p.labels as [number, number]
  const flat = { ...score, shape: [score.shape[0] as number], strides: [score.strides[0] as number] }
  const label = (value: number) => ({ ...context.constant('i64', [1], [value]), shape: [], strides: [] })
  return context.builder.map(
    { dtype: 'i64', shape: flat.shape },
    [flat, label(positive), label(negative)],
    (list, s, yes, no) =>
      list.op('i64.select', list.op('f32.lt', list.f32(p.threshold), s as ValueId), yes as ValueId, no as ValueId),
  )
}

/** Two columns from one: `build` gives the one of the first class, the second is the score itself (or what `second` makes of it). */
export function twoColumns(
  context: NodeContext,
  score: Tensor,
  p: {
    first: (list: MicroOpList, x: ValueId) => ValueId
    second?: (list: MicroOpList, x: ValueId) => ValueId
  },
): Tensor {
  const column = (build: (list: MicroOpList, x: ValueId) => ValueId) =>
    context.builder.map(score, [score], (list, x) => build(list, x as ValueId))
  const second = p.second === undefined ? score : column(p.second)
  return concatenated(context, { tensors: [column(p.first), second], axis: 1 })
}

/** Column k of [n, c], as [n, 1]. */
export function columnOf(tensor: Tensor, k: number): Tensor {
  return sliceView(tensor, { axis: 1, start: k, step: 1, count: 1 })
}
