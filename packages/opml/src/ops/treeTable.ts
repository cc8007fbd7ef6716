import { refuse } from './checkOperand.ts'

/** Words of a node record. @see spec/02-program.md §6.1 */
export const TREE_NODE_WORDS = 8

/** Words of a weight record. */
export const LEAF_WEIGHT_WORDS = 2

/** Kinds of node records: a leaf, or how a branch compares the feature with the threshold. */
export const TREE_MODES = {
  leaf: 0,
  lessOrEqual: 1,
  less: 2,
  greaterOrEqual: 3,
  greater: 4,
  equal: 5,
  notEqual: 6,
} as const

/** Bit of `flags`: a NaN takes the true branch. */
export const MISSING_TRACKS_TRUE = 1

/** One record of the table of trees. @see spec/02-program.md §6.1 */
export interface TreeNode {
  readonly mode: number
  readonly feature: number
  /** Bits of an f32. */
  readonly threshold: number
  /** Numbers of records. */
  readonly trueChild: number
  readonly falseChild: number
  readonly flags: number
  /** Number of the leaf's first weight record, and how many it has. */
  readonly firstWeight: number
  readonly numWeights: number
}

/** Record `index` of a table. */
export function treeNode(trees: Uint32Array, index: number): TreeNode {
  const [mode, feature, threshold, trueChild, falseChild, flags, firstWeight, numWeights] = trees.subarray(
    index * TREE_NODE_WORDS,
    (index + 1) * TREE_NODE_WORDS,
  )
  return { mode, feature, threshold, trueChild, falseChild, flags, firstWeight, numWeights }
}

/** What a table is checked against: the node's dims and attributes. */
export interface TreeLimits {
  readonly numFeatures: number
  readonly numTargets: number
  readonly numTrees: number
  readonly maxDepth: number
  readonly maxWeights: number
}

/**
 * Checks a table of trees whose bytes are known: every record is well formed, and from each root a leaf comes within `maxDepth` branches.
 *
 * The kernels need none of this to end or to stay inside the table; a model whose table fails would lose leaves in silence.
 * Time is linear in the records, times `maxDepth` where records are shared between branches.
 * @param trees - whole node records, as little-endian words.
 * @param weights - whole weight records.
 * @throws {InvalidProgramError} with the record and the rule.
 * @see spec/02-program.md §6.1
 */
export function checkTreeTable(trees: Uint32Array, weights: Uint32Array, limits: TreeLimits): void {
  const numNodes = trees.length / TREE_NODE_WORDS
  const numWeights = weights.length / LEAF_WEIGHT_WORDS
  if (!Number.isInteger(numNodes) || numNodes < limits.numTrees)
    refuse(`${trees.length} words are no table of ${limits.numTrees} trees.`)
  if (!Number.isInteger(numWeights) || numWeights < limits.numTargets)
    refuse(`${weights.length} words are no weights of ${limits.numTargets} targets.`)
  for (let i = 0; i < numWeights; i++) checkWeight(weights[i * LEAF_WEIGHT_WORDS], i, limits)
  for (let i = 0; i < numNodes; i++) checkNode(treeNode(trees, i), i, { ...limits, numNodes, numWeights })
  checkDepth(trees, limits)
}

function checkWeight(target: number, index: number, { numTargets }: TreeLimits): void {
  const isBase = index < numTargets
  if (isBase ? target !== index : target >= numTargets) refuse(`weight record ${index} has target ${target}.`)
}

function checkNode(node: TreeNode, index: number, p: TreeLimits & { numNodes: number; numWeights: number }): void {
  const fault = (what: string): never => refuse(`tree record ${index} ${what}.`)
  if (node.mode > TREE_MODES.notEqual) fault(`has mode ${node.mode}`)
  if (node.mode === TREE_MODES.leaf) {
    const { feature, threshold, trueChild, falseChild, flags, firstWeight, numWeights } = node
    if ([feature, threshold, trueChild, falseChild, flags].some((word) => word !== 0)) fault('is a leaf with a branch')
    if (numWeights > p.maxWeights) fault(`has ${numWeights} weights, at most ${p.maxWeights} are declared`)
    const isInside = firstWeight >= p.numTargets && firstWeight + numWeights <= p.numWeights
    if (!isInside) fault(`has the weights ${firstWeight} to ${firstWeight + numWeights - 1}`)
    return
  }
  if (node.firstWeight !== 0 || node.numWeights !== 0) fault('is a branch with weights')
  if (node.flags > MISSING_TRACKS_TRUE) fault(`has flags ${node.flags}`)
  if (node.feature >= p.numFeatures) fault(`reads feature ${node.feature} of ${p.numFeatures}`)
  if (node.trueChild >= p.numNodes || node.falseChild >= p.numNodes)
    fault(`leads to ${node.trueChild} and ${node.falseChild}`)
}

/** INVARIANT: `level` holds the records that some root reaches by exactly `depth` branches. */
function checkDepth(trees: Uint32Array, { numTrees, maxDepth }: TreeLimits): void {
  let level = new Set(Array.from({ length: numTrees }, (_, root) => root))
  for (let depth = 0; level.size > 0; depth++) {
    const next = new Set<number>()
    for (const index of level) {
      const { mode, trueChild, falseChild } = treeNode(trees, index)
      if (mode !== TREE_MODES.leaf) next.add(trueChild).add(falseChild)
    }
    if (depth === maxDepth && next.size > 0) refuse(`a tree is deeper than ${maxDepth} branches, or has no end.`)
    level = next
  }
}
