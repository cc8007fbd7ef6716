import { InvalidProgramError } from '../../../../graph/errors.ts'
import {
  checkTreeTable,
  LEAF_WEIGHT_WORDS,
  MISSING_TRACKS_TRUE,
  TREE_MODES,
  TREE_NODE_WORDS,
} from '../../../../ops/treeTable.ts'
import type { Tensor } from '../../../builder/tensor.ts'
import { denseOperand } from '../../../builder/tensor.ts'
import type { NodeContext } from '../context.ts'

/** A leaf with what it gives to targets, or a branch to two nodes, named by their places in the list. */
export type TreeNodeSource =
  | { readonly kind: 'leaf'; readonly weights: readonly { readonly target: number; readonly weight: number }[] }
  | {
      readonly kind: 'branch'
      readonly mode: keyof typeof TREE_MODES
      readonly feature: number
      readonly threshold: number
      readonly isMissingTrue: boolean
      readonly trueChild: number
      readonly falseChild: number
    }

/** An ensemble as a model describes it. */
export interface TreeEnsembleSource {
  readonly nodes: readonly TreeNodeSource[]
  /** Places of the roots in {@link nodes}, in the order of the trees. */
  readonly roots: readonly number[]
  readonly numTargets: number
  /** One a target, added to its score; empty for none. */
  readonly baseValues: readonly number[]
  readonly aggregate: 'SUM' | 'AVERAGE' | 'MIN' | 'MAX'
}

const AGGREGATES = { SUM: 0, AVERAGE: 1, MIN: 2, MAX: 3 } as const

/** Scores [n, targets] of the rows of x [n, features] in f32. @throws {UnsupportedNode} for an ensemble that is no set of trees. */
export function treeScores(context: NodeContext, p: { x: Tensor; source: TreeEnsembleSource }): Tensor {
  const { x, source } = p
  const { order, depth } = fromRoots(context, source)
  const weights = weightTable(source, order)
  const trees = nodeTable(source, { order, firstWeights: weights.firstWeights })
  const limits = {
    numTrees: source.roots.length,
    maxDepth: depth,
    maxWeights: weights.most,
  }
  const [n, numFeatures] = x.shape as [number, number]
  try {
    checkTreeTable(trees, weights.words, { ...limits, numFeatures, numTargets: source.numTargets })
  } catch (error) {
    if (!(error instanceof InvalidProgramError)) throw error
    throw context.unsupported(error.rule)
  }
  const table = (words: Uint32Array, width: number) =>
    denseOperand(
      context.builder.constant(
        { name: `${context.node.name}.trees`, dtype: 'u32', shape: [words.length / width, width] },
        new Uint8Array(words.buffer),
      ),
    )
  return context.builder.node({
    op: 'TreeEnsemble',
    dtype: 'f32',
    shape: [n, source.numTargets],
    operands: [
      denseOperand(context.builder.dense(x)),
      table(trees, TREE_NODE_WORDS),
      table(weights.words, LEAF_WEIGHT_WORDS),
    ],
    attributes: { ...limits, aggregate: AGGREGATES[source.aggregate] },
    microOps: [],
  })
}

/** Every node that a root leads to, the roots first, level by level; and the number of levels below the roots. */
function fromRoots(context: NodeContext, source: TreeEnsembleSource): { order: number[]; depth: number } {
  if (source.roots.length === 0) throw context.unsupported('an ensemble without trees')
  const order: number[] = []
  const seen = new Set<number>()
  let level: readonly number[] = source.roots
  let depth = -1
  for (; level.length > 0; depth++) {
    const next: number[] = []
    for (const place of level) {
      const node = source.nodes[place]
      if (node === undefined) throw context.unsupported(`a tree leads to node ${place}, which does not exist`)
      if (seen.has(place)) throw context.unsupported(`node ${place} of a tree has two parents`)
      seen.add(place)
      order.push(place)
      if (node.kind === 'branch') next.push(node.trueChild, node.falseChild)
    }
    level = next
  }
  if (order.length !== source.nodes.length)
    throw context.unsupported(`${source.nodes.length - order.length} nodes of trees that no root leads to`)
  return { order, depth }
}

const floatBits = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0] as number

/** Base values, then the weights of the leaves in the order of the records. */
function weightTable(
  source: TreeEnsembleSource,
  order: readonly number[],
): { words: Uint32Array; firstWeights: ReadonlyMap<number, number>; most: number } {
  const words: number[] = []
  for (let target = 0; target < source.numTargets; target++)
    words.push(target, floatBits(source.baseValues[target] ?? 0))
  const firstWeights = new Map<number, number>()
  let most = 0
  for (const place of order) {
    const node = source.nodes[place] as TreeNodeSource
    if (node.kind !== 'leaf') continue
    firstWeights.set(place, words.length / LEAF_WEIGHT_WORDS)
    most = Math.max(most, node.weights.length)
    for (const { target, weight } of node.weights) words.push(target, floatBits(weight))
  }
  return { words: Uint32Array.from(words), firstWeights, most }
}

/** Records in the order given. */
function nodeTable(
  source: TreeEnsembleSource,
  p: { order: readonly number[]; firstWeights: ReadonlyMap<number, number> },
): Uint32Array {
  const numbers = new Map(p.order.map((place, record) => [place, record]))
  const words = new Uint32Array(p.order.length * TREE_NODE_WORDS)
  p.order.forEach((place, record) => {
    const node = source.nodes[place] as TreeNodeSource
    const fields =
      node.kind === 'leaf'
        ? [TREE_MODES.leaf, 0, 0, 0, 0, 0, p.firstWeights.get(place) as number, node.weights.length]
        : [
            TREE_MODES[node.mode],
            node.feature,
            floatBits(node.threshold),
            numbers.get(node.trueChild) as number,
            numbers.get(node.falseChild) as number,
            node.isMissingTrue ? MISSING_TRACKS_TRUE : 0,
            0,
            0,
          ]
    words.set(fields, record * TREE_NODE_WORDS)
  })
  return words
}
