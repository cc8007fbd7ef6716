import { convertOnnxBytes } from '../../onnxDtype.ts'
import { OnnxDataType } from '../../onnxModel.ts'
import type { Lowering, NodeContext } from '../context.ts'
import { concatenated } from '../indexing.ts'
import {
  columnOf,
  featureRows,
  intLabels,
  POST_TRANSFORMS,
  postTransformOf,
  signLabels,
  topLabels,
  transformedScores,
  twoColumns,
} from './scores.ts'
import { type TreeEnsembleSource, type TreeNodeSource, treeScores } from './treeTables.ts'

const MODES = {
  BRANCH_LEQ: 'lessOrEqual',
  BRANCH_LT: 'less',
  BRANCH_GTE: 'greaterOrEqual',
  BRANCH_GT: 'greater',
  BRANCH_EQ: 'equal',
  BRANCH_NEQ: 'notEqual',
} as const

/** A list of floats, or a tensor of them under the same name with `_as_tensor`; f64 is rounded to f32. */
function floatsOf(context: NodeContext, name: string): readonly number[] {
  return context.floats(name) ?? tensorFloats(context, `${name}_as_tensor`) ?? []
}

function tensorFloats(context: NodeContext, name: string): readonly number[] | undefined {
  const tensor = context.tensor(name)
  if (tensor === undefined) return undefined
  if (tensor.dataType !== OnnxDataType.float && tensor.dataType !== OnnxDataType.double)
    throw context.unsupported(`"${name}" of element type ${tensor.dataType}`)
  const bytes = convertOnnxBytes(tensor.dataType, tensor.bytes ?? new Uint8Array(0)).slice()
  return Array.from(new Float32Array(bytes.buffer))
}

/** Lists of the same length, one entry a node; `names` are their attributes. */
function nodeLists(context: NodeContext, names: readonly string[], count: number): readonly (readonly number[])[] {
  return names.map((name) => {
    const list = context.ints(name) ?? []
    if (list.length !== count) throw context.unsupported(`"${name}" has ${list.length} entries for ${count} nodes`)
    return list
  })
}

/** The ensemble of TreeEnsembleRegressor and -Classifier, whose nodes are named by tree and number. */
function namedEnsemble(
  context: NodeContext,
  p: { prefix: 'target' | 'class'; numTargets: number },
): TreeEnsembleSource {
  const modes = context.strings('nodes_modes')
  const [trees, ids, features, trueIds, falseIds] = nodeLists(
    context,
    ['nodes_treeids', 'nodes_nodeids', 'nodes_featureids', 'nodes_truenodeids', 'nodes_falsenodeids'],
    modes.length,
  ) as [readonly number[], readonly number[], readonly number[], readonly number[], readonly number[]]
  const thresholds = floatsOf(context, 'nodes_values')
  const missing = context.ints('nodes_missing_value_tracks_true') ?? []
  const keyOf = (tree: number, id: number) => `${tree}.${id}`
  const places = new Map(ids.map((id, i) => [keyOf(trees[i] as number, id), i]))
  if (places.size !== ids.length) throw context.unsupported('two nodes of a tree with one number')
  const weights = namedWeights(context, { ...p, keyOf })
  const children = new Set<number>()
  const child = (i: number, id: number | undefined): number => {
    const place = places.get(keyOf(trees[i] as number, id as number))
    if (place === undefined) throw context.unsupported(`tree ${trees[i]} has no node ${id}`)
    children.add(place)
    return place
  }
  const nodes = modes.map((mode, i): TreeNodeSource => {
    if (mode === 'LEAF')
      return { kind: 'leaf', weights: weights.get(keyOf(trees[i] as number, ids[i] as number)) ?? [] }
    if (!Object.hasOwn(MODES, mode)) throw context.unsupported(`nodes of mode "${mode}"`)
    return {
      kind: 'branch',
      mode: MODES[mode as keyof typeof MODES],
      feature: features[i] as number,
      threshold: thresholds[i] ?? 0,
      isMissingTrue: missing[i] === 1,
      trueChild: child(i, trueIds[i]),
      falseChild: child(i, falseIds[i]),
    }
  })
  const roots = nodes.map((_, i) => i).filter((i) => !children.has(i))
  if (new Set(roots.map((i) => trees[i])).size !== roots.length || roots.length !== new Set(trees).size)
    throw context.unsupported('a tree without a root, or with several')
  const base = floatsOf(context, 'base_values')
  return { nodes, roots, numTargets: p.numTargets, baseValues: base, aggregate: aggregateOf(context) }
}

/** Weights of leaves by the key of the leaf. */
function namedWeights(
  context: NodeContext,
  p: { prefix: string; numTargets: number; keyOf: (tree: number, id: number) => string },
): ReadonlyMap<string, { target: number; weight: number }[]> {
  const values = floatsOf(context, `${p.prefix}_weights`)
  const [trees, ids, targets] = nodeLists(
    context,
    [`${p.prefix}_treeids`, `${p.prefix}_nodeids`, `${p.prefix}_ids`],
    values.length,
  ) as [readonly number[], readonly number[], readonly number[]]
  const weights = new Map<string, { target: number; weight: number }[]>()
  values.forEach((weight, i) => {
    const key = p.keyOf(trees[i] as number, ids[i] as number)
    const list = weights.get(key) ?? []
    list.push({ target: targets[i] as number, weight })
    weights.set(key, list)
  })
  return weights
}

function aggregateOf(context: NodeContext): TreeEnsembleSource['aggregate'] {
  const name = context.string('aggregate_function', 'SUM')
  if (name !== 'SUM' && name !== 'AVERAGE' && name !== 'MIN' && name !== 'MAX')
    throw context.unsupported(`aggregate_function "${name}"`)
  return name
}

const treeEnsembleRegressor: Lowering = (context) => {
  const source = namedEnsemble(context, { prefix: 'target', numTargets: context.int('n_targets', 1) })
  const scores = treeScores(context, { x: featureRows(context), source })
  return [transformedScores(context, scores, postTransformOf(context))]
}

/**
 * Labels and scores; a class that no leaf votes for is never the top one. With two labels and weights for one class alone, that class's score s decides: above 0.5 the second
 * label with the scores 1 − s, s if no weight is negative, else above 0 with the scores −s, s (LOGISTIC: of both).
 */
const treeEnsembleClassifier: Lowering = (context) => {
  const labels = intLabels(context, { ints: 'classlabels_int64s', strings: 'classlabels_strings' })
  const transform = postTransformOf(context)
  const classes = new Set(context.ints('class_ids') ?? [])
  const source = namedEnsemble(context, { prefix: 'class', numTargets: labels.length })
  const x = featureRows(context)
  if (labels.length !== 2 || classes.size !== 1) {
    const scores = treeScores(context, { x, source })
    const places = source.baseValues.length > 0 ? labels.map((_, i) => i) : [...classes].sort((a, b) => a - b)
    const voted = places.map((place) => columnOf(scores, place))
    const label = topLabels(
      context,
      places.length === labels.length ? scores : concatenated(context, { tensors: voted, axis: 1 }),
      places.map((place) => labels[place] as number),
    )
    return [label, transformedScores(context, scores, transform)]
  }
  if (source.baseValues.length > 1) throw context.unsupported('two base values, but weights for one class alone')
  const single = treeScores(context, {
    x,
    source: { ...source, numTargets: 1, nodes: source.nodes.map(withOneTarget) },
  })
  const isPositive = floatsOf(context, 'class_weights').every((weight) => weight >= 0)
  const label = signLabels(context, single, { labels, threshold: isPositive ? 0.5 : 0 })
  return [label, binaryScores(context, { single, isPositive, transform })]
}

function withOneTarget(node: TreeNodeSource): TreeNodeSource {
  return node.kind === 'leaf' ? { ...node, weights: node.weights.map(({ weight }) => ({ target: 0, weight })) } : node
}

function binaryScores(
  context: NodeContext,
  p: { single: ReturnType<typeof treeScores>; isPositive: boolean; transform: (typeof POST_TRANSFORMS)[number] },
) {
  if (p.transform === 'PROBIT') throw context.unsupported('post_transform "PROBIT" of two classes with one score')
  if (p.isPositive) return twoColumns(context, p.single, { first: (list, x) => list.op('f32.sub', list.f32(1), x) })
  if (p.transform !== 'LOGISTIC') return twoColumns(context, p.single, { first: (list, x) => list.op('f32.neg', x) })
  return twoColumns(context, p.single, {
    first: (list, x) => list.op('f32.sigmoid', list.op('f32.neg', x)),
    second: (list, x) => list.op('f32.sigmoid', x),
  })
}

const MODES_V5 = ['lessOrEqual', 'less', 'greaterOrEqual', 'greater', 'equal', 'notEqual'] as const
const AGGREGATES_V5 = ['AVERAGE', 'SUM', 'MIN', 'MAX'] as const

/** TreeEnsemble of opset 5: nodes and leaves in lists of their own, children by number. */
const treeEnsemble: Lowering = (context) => {
  const modes = context.tensor('nodes_modes')?.bytes
  const splits = tensorFloats(context, 'nodes_splits')
  const weights = tensorFloats(context, 'leaf_weights')
  if (modes === undefined || splits === undefined || weights === undefined)
    throw context.unsupported('nodes_modes, nodes_splits or leaf_weights is missing')
  const names = ['nodes_featureids', 'nodes_truenodeids', 'nodes_falsenodeids', 'nodes_trueleafs', 'nodes_falseleafs']
  const [features, trueIds, falseIds, trueLeaves, falseLeaves] = nodeLists(context, names, modes.length) as [
    readonly number[],
    readonly number[],
    readonly number[],
    readonly number[],
    readonly number[],
  ]
  const targets = context.ints('leaf_targetids') ?? []
  const missing = context.ints('nodes_missing_value_tracks_true') ?? []
  const nodes: TreeNodeSource[] = []
  const leafAt = (id: number): number => {
    if (targets[id] === undefined || weights[id] === undefined) throw context.unsupported(`there is no leaf ${id}`)
    // A record of its own for each parent.
    return modes.length + leaves.push({ kind: 'leaf', weights: [{ target: targets[id], weight: weights[id] }] }) - 1
  }
  const leaves: TreeNodeSource[] = []
  modes.forEach((number, i) => {
    const mode = MODES_V5[number]
    if (mode === undefined) throw context.unsupported(number === 6 ? 'nodes of mode MEMBER' : `nodes of mode ${number}`)
    const child = (isLeaf: number | undefined, id: number | undefined) => (isLeaf === 1 ? leafAt(id ?? -1) : (id ?? -1))
    nodes.push({
      kind: 'branch',
      mode,
      feature: features[i] as number,
      threshold: splits[i] ?? 0,
      isMissingTrue: missing[i] === 1,
      trueChild: child(trueLeaves[i], trueIds[i]),
      falseChild: child(falseLeaves[i], falseIds[i]),
    })
  })
  const aggregate = AGGREGATES_V5[context.int('aggregate_function', 1)]
  const transform = POST_TRANSFORMS[context.int('post_transform', 0)]
  if (aggregate === undefined || transform === undefined)
    throw context.unsupported('an aggregate or post_transform that is unknown')
  const source: TreeEnsembleSource = {
    nodes: [...nodes, ...leaves],
    roots: context.ints('tree_roots') ?? [],
    numTargets: context.int('n_targets', 1),
    baseValues: [],
    aggregate,
  }
  return [transformedScores(context, treeScores(context, { x: featureRows(context), source }), transform)]
}

/** Ensembles of decision trees. */
export const TREES: Readonly<Record<string, Lowering>> = {
  TreeEnsembleRegressor: treeEnsembleRegressor,
  TreeEnsembleClassifier: treeEnsembleClassifier,
  TreeEnsemble: treeEnsemble,
}
