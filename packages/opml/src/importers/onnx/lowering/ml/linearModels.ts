import type { MicroOpList, ValueId } from '../../../builder/microOpList.ts'
import type { Tensor } from '../../../builder/tensor.ts'
import { expandView, transposeView } from '../../../builder/views.ts'
import type { Lowering, NodeContext } from '../context.ts'
import { product } from '../matrix.ts'
import { reduce } from '../reduction.ts'
import { unsqueezed } from '../shapes.ts'
import {
  featureRows,
  intLabels,
  postTransformOf,
  signLabels,
  topLabels,
  transformedScores,
  twoColumns,
} from './scores.ts'

function requiredFloats(context: NodeContext, name: string): readonly number[] {
  const values = context.floats(name)
  if (values === undefined || values.length === 0) throw context.unsupported(`attribute "${name}" is missing`)
  return values
}

/** x [n, k] times a matrix of known numbers [k, columns], plus one known number a column. */
function affine(context: NodeContext, p: { x: Tensor; matrix: Tensor; bias: readonly number[] }): Tensor {
  const result = product(context, { a: p.x, b: p.matrix, dtype: 'f32' })
  if (p.bias.every((value) => value === 0)) return result
  const bias = context.constant('f32', [p.bias.length], p.bias)
  return context.builder.map(result, [result, bias], (list, x, b) => list.op('f32.add', x as ValueId, b as ValueId))
}

/** Rows of known numbers [rows, k] as the matrix [k, rows]. */
function transposedRows(context: NodeContext, p: { values: readonly number[]; rows: number; name: string }): Tensor {
  const width = p.values.length / p.rows
  if (!Number.isInteger(width))
    throw context.unsupported(`"${p.name}" has ${p.values.length} numbers for ${p.rows} rows`)
  return transposeView(context.constant('f32', [p.rows, width], p.values), [1, 0])
}

const linearRegressor: Lowering = (context) => {
  const targets = context.int('targets', 1)
  const matrix = transposedRows(context, {
    values: requiredFloats(context, 'coefficients'),
    rows: targets,
    name: 'coefficients',
  })
  const bias = context.floats('intercepts') ?? new Array<number>(targets).fill(0)
  return [
    transformedScores(context, affine(context, { x: featureRows(context), matrix, bias }), postTransformOf(context)),
  ]
}

/** One score a class; with one score s for two labels, s > 0 means the second, and the scores are 1 − s, s. */
const linearClassifier: Lowering = (context) => {
  const labels = intLabels(context, { ints: 'classlabels_ints', strings: 'classlabels_strings' })
  const bias = requiredFloats(context, 'intercepts')
  const matrix = transposedRows(context, {
    values: requiredFloats(context, 'coefficients'),
    rows: bias.length,
    name: 'coefficients',
  })
  const scores = affine(context, { x: featureRows(context), matrix, bias })
  const transform = postTransformOf(context)
  if (bias.length !== 1) {
    if (bias.length !== labels.length) throw context.unsupported(`${bias.length} scores for ${labels.length} labels`)
    return [topLabels(context, scores, labels), transformedScores(context, scores, transform)]
  }
  if (labels.length !== 2) throw context.unsupported(`one score for ${labels.length} labels`)
  if (transform !== 'NONE' && transform !== 'LOGISTIC')
    throw context.unsupported(`post_transform "${transform}" of two classes with one score`)
  const label = signLabels(context, scores, { labels, threshold: 0 })
  return [label, complements(context, transformedScores(context, scores, transform))]
}

const complements = (context: NodeContext, score: Tensor): Tensor =>
  twoColumns(context, score, { first: (list, x) => list.op('f32.sub', list.f32(1), x) })

/** The kernel function of each row of x with each support vector [count, features]: [n, count]. */
function kernelMatrix(context: NodeContext, p: { x: Tensor; vectors: readonly number[]; count: number }): Tensor {
  const { builder } = context
  const [gamma, coef0, degree] = context.floats('kernel_params') ?? []
  const kernel = context.string('kernel_type', 'LINEAR')
  const matrix = transposedRows(context, { values: p.vectors, rows: p.count, name: 'support_vectors' })
  if (kernel === 'RBF') return radial(context, { x: p.x, matrix, gamma: gamma ?? 0 })
  const dot = product(context, { a: p.x, b: matrix, dtype: 'f32' })
  if (kernel === 'LINEAR') return dot
  const line = (list: MicroOpList, x: ValueId) =>
    list.op('f32.add', list.op('f32.mul', x, { imm: gamma ?? 0 }), { imm: coef0 ?? 0 })
  if (kernel === 'POLY')
    return builder.map(dot, [dot], (list, x) => list.op('f32.pow', line(list, x as ValueId), { imm: degree ?? 0 }))
  if (kernel === 'SIGMOID') return builder.map(dot, [dot], (list, x) => list.op('f32.tanh', line(list, x as ValueId)))
  throw context.unsupported(`kernel_type "${kernel}"`)
}

/** exp(−γ · Σ (x − v)²) for every row and every column v of the matrix. */
function radial(context: NodeContext, p: { x: Tensor; matrix: Tensor; gamma: number }): Tensor {
  const [n, features] = p.x.shape as [number, number]
  const count = p.matrix.shape[1] as number
  const shape = [n, count, features]
  const rows = expandView(unsqueezed(p.x, [1]), shape)
  const vectors = expandView(unsqueezed(transposeView(p.matrix, [1, 0]), [0]), shape)
  const difference = context.builder.map({ dtype: 'f32', shape }, [rows, vectors], (list, x, v) =>
    list.op('f32.sub', x as ValueId, v as ValueId),
  )
  return reduce(context, {
    tensor: difference,
    axes: [2],
    mode: 'sum',
    before: (list, x) => list.op('f32.mul', x, x),
    after: (list, x) => list.op('f32.exp', list.op('f32.mul', x, { imm: -p.gamma })),
  })
}

const svmRegressor: Lowering = (context) => {
  const x = featureRows(context)
  const coefficients = requiredFloats(context, 'coefficients')
  const count = context.int('n_supports', 0)
  const rho = context.floats('rho')?.[0] ?? 0
  const column = context.constant('f32', [coefficients.length, 1], coefficients)
  const base =
    count === 0 ? x : kernelMatrix(context, { x, vectors: requiredFloats(context, 'support_vectors'), count })
  if (count === 0 && context.string('kernel_type', 'LINEAR') !== 'LINEAR')
    throw context.unsupported('a kernel other than LINEAR without support vectors')
  const scores = affine(context, { x: base, matrix: column, bias: [rho] })
  if (context.int('one_class', 0) === 0) return [transformedScores(context, scores, postTransformOf(context))]
  return [
    context.builder.map(scores, [scores], (list, s) =>
      list.op('f32.select', list.op('f32.lt', list.f32(0), s as ValueId), list.f32(1), list.f32(-1)),
    ),
  ]
}

/** Pairs of classes i < j in the order of their scores. */
function pairsOf(count: number): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = []
  for (let i = 0; i < count; i++) for (let j = i + 1; j < count; j++) pairs.push([i, j])
  return pairs
}

/** Of each pair of classes the score Σ coefficient · kernel + rho; positive is a vote for the first class of the pair. */
const svmClassifier: Lowering = (context) => {
  const labels = intLabels(context, { ints: 'classlabels_ints', strings: 'classlabels_strings' })
  const perClass = context.ints('vectors_per_class') ?? []
  if ((context.floats('prob_a') ?? []).length > 0)
    throw context.unsupported('probabilities (prob_a, prob_b), which runtimes find by iteration; export without them')
  if (perClass.length === 0)
    throw context.unsupported('a classifier without support vectors; export a LinearClassifier')
  if (perClass.length !== labels.length || labels.length < 2)
    throw context.unsupported(`support vectors of ${perClass.length} classes for ${labels.length} labels`)
  const count = perClass.reduce((sum, n) => sum + n, 0)
  const kernels = kernelMatrix(context, {
    x: featureRows(context),
    vectors: requiredFloats(context, 'support_vectors'),
    count,
  })
  const pairs = pairsOf(labels.length)
  const rho = requiredFloats(context, 'rho').slice(0, pairs.length)
  const matrix = pairMatrix(context, { pairs, perClass, count })
  const scores = affine(context, { x: kernels, matrix, bias: rho })
  const votes = votesOf(context, { scores, pairs, numClasses: labels.length })
  return [topLabels(context, votes, labels), pairScores(context, scores, labels.length)]
}

function pairScores(context: NodeContext, scores: Tensor, numClasses: number): Tensor {
  const transform = postTransformOf(context)
  if (numClasses > 2) return transformedScores(context, scores, transform)
  if (transform !== 'NONE') throw context.unsupported(`post_transform "${transform}" of two classes`)
  return twoColumns(context, scores, { first: (list, x) => list.op('f32.neg', x) })
}

/** Coefficients as a matrix [vectors, pairs]: pair (i, j) takes row j − 1 at the vectors of i and row i at those of j. */
function pairMatrix(
  context: NodeContext,
  p: { pairs: readonly (readonly [number, number])[]; perClass: readonly number[]; count: number },
): Tensor {
  const coefficients = requiredFloats(context, 'coefficients')
  const classOf = p.perClass.flatMap((n, k) => new Array<number>(n).fill(k))
  const values = classOf.flatMap((own, vector) =>
    p.pairs.map(([i, j]) => {
      if (own !== i && own !== j) return 0
      const row = own === i ? j - 1 : i
      const value = coefficients[row * p.count + vector]
      if (value === undefined) throw context.unsupported(`${coefficients.length} coefficients for ${p.count} vectors`)
      return value
    }),
  )
  return context.constant('f32', [p.count, p.pairs.length], values)
}

/** Votes of each class [n, classes], small whole numbers: Σ over pairs of ±(score > 0), plus those of pairs that vote for the second. */
function votesOf(
  context: NodeContext,
  p: { scores: Tensor; pairs: readonly (readonly [number, number])[]; numClasses: number },
): Tensor {
  const isFirst = context.builder.map(p.scores, [p.scores], (list, s) =>
    list.op('f32.convert_i32_s', list.op('f32.lt', list.f32(0), s as ValueId)),
  )
  const classes = Array.from({ length: p.numClasses }, (_, k) => k)
  const signs = p.pairs.flatMap(([i, j]) => classes.map((k) => (k === i ? 1 : k === j ? -1 : 0)))
  const seconds = classes.map((k) => p.pairs.filter(([, j]) => j === k).length)
  const matrix = context.constant('f32', [p.pairs.length, p.numClasses], signs)
  return affine(context, { x: isFirst, matrix, bias: seconds })
}

/** Linear models and support vector machines. */
export const LINEAR_MODELS: Readonly<Record<string, Lowering>> = {
  LinearRegressor: linearRegressor,
  LinearClassifier: linearClassifier,
  SVMRegressor: svmRegressor,
  SVMClassifier: svmClassifier,
}
