import { maxF32, minF32 } from '../core/math/minMax.ts'
import type { Node } from '../graph/node.ts'
import { numElements } from '../graph/shape.ts'
import { checkDims, checkDtype, denseDims, outputDims, refuse } from './checkOperand.ts'
import { type Elements, loadValue, newElements, storeValue } from './elements.ts'
import { linesPerBlock, movementSteps } from './movementSteps.ts'
import type { Operator } from './operator.ts'
import {
  LEAF_WEIGHT_WORDS,
  MISSING_TRACKS_TRUE,
  TREE_MODES,
  TREE_NODE_WORDS,
  type TreeNode,
  treeNode,
} from './treeTable.ts'
import { forEachIndex, operandOf } from './view.ts'

const AGGREGATE = { sum: 0, average: 1, min: 2, max: 3 } as const

/** Decision trees over the rows of a, with scores for several targets. */
export const treeEnsemble: Operator = {
  name: 'TreeEnsemble',
  opcode: 22,
  source:
    'ONNX-ML TreeEnsembleRegressor-3 and TreeEnsembleClassifier-3 before post_transform; the targets are the class scores',
  meaning:
    "Each tree leads a row of a to a leaf. Scores of a target are the weights that the leaves reached have for it, in the order of the trees and then of the leaf's records: their sum (one addition after the other from +0), that sum ÷ numTrees, their least or their greatest (+0 without scores); then the base value is added. Table layout: spec/02 §6.1. Dims: out (n, targets), a (n, features), b (records, 8), c (weights, 2).",
  operands: [
    { use: 'required', layout: 'dense', classes: ['f32'] },
    { use: 'required', layout: 'dense', classes: ['i32'] },
    { use: 'required', layout: 'dense', classes: ['i32'] },
  ],
  attributes: [
    { name: 'numTrees', type: 'u32', min: 1, max: 2 ** 24, meaning: 'the first records of b are their roots' },
    {
      name: 'maxDepth',
      type: 'u32',
      max: 2 ** 16,
      meaning: 'most branches on the way to a leaf; a longer way has no leaf',
    },
    { name: 'maxWeights', type: 'u32', max: 2 ** 24, meaning: 'most weights of a leaf; later ones are not read' },
    { name: 'aggregate', type: 'u32', max: 3, meaning: '0 sum, 1 average, 2 min, 3 max' },
  ],
  microOps: 'none',
  check: (node) => {
    const [n, targets] = outputDims(node, 2)
    if (!['f32', 'f16', 'bf16'].includes(node.dtype)) refuse(`TreeEnsemble makes f32, f16 or bf16, not ${node.dtype}.`)
    checkDtype(node, 1, ['u32'])
    checkDtype(node, 2, ['u32'])
    checkDims(node, 0, [n, denseDims(node, 0, 2)[1]])
    const [numNodes, numWeights] = [denseDims(node, 1, 2)[0], denseDims(node, 2, 2)[0]]
    checkDims(node, 1, [numNodes, TREE_NODE_WORDS])
    checkDims(node, 2, [numWeights, LEAF_WEIGHT_WORDS])
    if (numNodes < node.attributes.numTrees) refuse(`${numNodes} records hold no ${node.attributes.numTrees} roots.`)
    if (numWeights < targets) refuse(`${numWeights} weight records hold no ${targets} base values.`)
  },
  costSteps: (node) => {
    const { numTrees, maxDepth, maxWeights } = node.attributes
    return movementSteps(node, 600) + linesPerBlock(node) * (100 + numTrees * (80 + 150 * maxDepth + 220 * maxWeights))
  },
  reference: (node, [a, b, c]) => {
    const trees = b as Uint32Array
    const weights = c as Uint32Array
    const out = newElements(node.dtype, numElements(node.shape))
    forEachIndex(node.shape, ([row, target], flat) => {
      const scores: number[] = []
      for (let tree = 0; tree < node.attributes.numTrees; tree++) {
        const leaf = findLeaf(node, { trees, tree, features: a as Elements, row })
        if (leaf !== undefined) scores.push(...leafScores(node, { leaf, weights, target }))
      }
      const score = aggregate(scores, node)
      storeValue(node.dtype, out, flat, Math.fround(score + weightAt(weights, target)))
    })
    return out
  },
}

/** The leaf of a tree for a row; undefined when the way leaves the table, meets an unknown mode or is too long. */
function findLeaf(
  node: Node,
  p: { trees: Uint32Array; tree: number; features: Elements; row: number },
): TreeNode | undefined {
  const [numRecords, numFeatures] = [denseDims(node, 1, 2)[0], denseDims(node, 0, 2)[1]]
  let at = p.tree
  for (let depth = 0; depth <= node.attributes.maxDepth; depth++) {
    if (at >= numRecords) return undefined
    const record = treeNode(p.trees, at)
    if (record.mode === TREE_MODES.leaf) return record
    const { feature } = record
    const index = p.row * numFeatures + feature
    const x = feature < numFeatures ? (loadValue(operandOf(node, 0).dtype, p.features, index) as number) : 0
    const isTrue = branches(record, x)
    if (isTrue === undefined) return undefined
    at = isTrue ? record.trueChild : record.falseChild
  }
  return undefined
}

function branches({ mode, threshold, flags }: TreeNode, x: number): boolean | undefined {
  const limit = new Float32Array(Uint32Array.of(threshold).buffer)[0]
  const isMissing = Number.isNaN(x) && (flags & MISSING_TRACKS_TRUE) !== 0
  switch (mode) {
    case TREE_MODES.lessOrEqual:
      return isMissing || x <= limit
    case TREE_MODES.less:
      return isMissing || x < limit
    case TREE_MODES.greaterOrEqual:
      return isMissing || x >= limit
    case TREE_MODES.greater:
      return isMissing || x > limit
    case TREE_MODES.equal:
      return isMissing || x === limit
    case TREE_MODES.notEqual:
      return isMissing || x !== limit
    default:
      return undefined
  }
}

function weightAt(weights: Uint32Array, index: number): number {
  return new Float32Array(weights.buffer, weights.byteOffset, weights.length)[index * LEAF_WEIGHT_WORDS + 1]
}

/** What a leaf gives to a target, in the order of its records. */
function leafScores(node: Node, p: { leaf: TreeNode; weights: Uint32Array; target: number }): number[] {
  const scores: number[] = []
  for (let k = 0; k < Math.min(p.leaf.numWeights, node.attributes.maxWeights); k++) {
    const index = p.leaf.firstWeight + k
    if (index >= denseDims(node, 2, 2)[0]) break
    if (p.weights[index * LEAF_WEIGHT_WORDS] === p.target) scores.push(weightAt(p.weights, index))
  }
  return scores
}

function aggregate(scores: readonly number[], { attributes }: Node): number {
  const [first = 0, ...rest] = scores
  const sum = (): number => scores.reduce((total, score) => Math.fround(total + score), 0)
  switch (attributes.aggregate) {
    case AGGREGATE.min:
      return rest.reduce(minF32, first)
    case AGGREGATE.max:
      return rest.reduce(maxF32, first)
    case AGGREGATE.average:
      return Math.fround(sum() / Math.fround(attributes.numTrees))
    default:
      return sum()
  }
}
