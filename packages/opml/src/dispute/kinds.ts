/**
 * Kinds of tournaments, as the contract numbers them (spec/06 §2): what the leaves of the tree are, and what a leaf in dispute
 * leads to.
 */
export const KIND = {
  /** States of a machine program's run; a root. */
  coarse: 0,
  /** Single instructions, below a leaf of `coarse` or `block`. */
  fine: 1,
  /** Steps, nodes and blocks of a tensor program's run; a root. */
  graph: 2,
  /** States of the machine that computes one block, below a leaf of `graph`. */
  block: 3,
} as const

/** A value of {@link KIND}. */
export type Kind = (typeof KIND)[keyof typeof KIND]

/** Names of the kinds for people, by number. */
export const KIND_NAMES = ['VM coarse', 'VM fine', 'graph', 'VM block'] as const satisfies Record<Kind, string>

/** What a game has to know of a model: the kind of its root tournament and the heights of all trees (spec/06 §2). */
export interface ModelLevels {
  readonly rootKind: typeof KIND.coarse | typeof KIND.graph
  /** `coarseHeight` for a machine program, 0 to 64 for a tensor program. */
  readonly rootHeight: number
  /** Of the states of a machine's run, 1 to 40. */
  readonly coarseHeight: number
  /** Of the instructions below one of them, 0 to 20; 0: there is no such tree. */
  readonly fineHeight: number
  /** Words of a program's proofs as spec/06 §10 counts them; 0 for a machine program. */
  readonly words: number
}

/** Levels of a machine program. */
export function machineLevels(p: { readonly coarseHeight: number; readonly fineHeight: number }): ModelLevels {
  const { coarseHeight, fineHeight } = p
  return { rootKind: KIND.coarse, rootHeight: coarseHeight, coarseHeight, fineHeight, words: 0 }
}

/** What of a tensor program its levels follow from. */
export interface ProgramLevelsOptions {
  readonly stepHeight: number
  readonly nodeHeight: number
  readonly blockHeight: number
  readonly coarseHeight: number
  readonly fineHeight: number
  readonly numNodes: number
  readonly numConstants: number
  readonly numInputs: number
  readonly numOutputs: number
  /** Whether some section has a halt node. */
  readonly hasHalt: boolean
}

/** Levels of a tensor program. */
export function programLevels(p: ProgramLevelsOptions): ModelLevels {
  const { stepHeight, nodeHeight, blockHeight, coarseHeight, fineHeight } = p
  const rootHeight = stepHeight + nodeHeight + blockHeight
  return { rootKind: KIND.graph, rootHeight, coarseHeight, fineHeight, words: programWords(p) }
}

/** The larger of the words by which a result is proven and those by which a leaf is judged (spec/06 §10). */
function programWords(p: ProgramLevelsOptions): number {
  const outputHeight = p.stepHeight + p.nodeHeight
  const resultWords = p.numOutputs * (1 + outputHeight)
  const haltWords = p.hasHalt ? 5 + 2 * (outputHeight + p.blockHeight) : 0
  const operandHeight = Math.max(heightOver(p.numConstants), heightOver(p.numInputs), outputHeight)
  return Math.max(resultWords, 16 + heightOver(p.numNodes) + haltWords + 3 * (1 + operandHeight))
}

/** Height of the smallest tree with so many leaves, at least one. */
function heightOver(numLeaves: number): number {
  let height = 0
  while (2 ** height < numLeaves) height += 1
  return height
}

/** Whether a tournament of this kind has no parent. */
export function isRootKind(kind: Kind): boolean {
  return kind === KIND.coarse || kind === KIND.graph
}

/** Height of the tree of a tournament of kind `kind`. */
export function heightOf(levels: ModelLevels, kind: Kind): number {
  if (kind === KIND.fine) return levels.fineHeight
  return kind === KIND.graph ? levels.rootHeight : levels.coarseHeight
}

/**
 * The kind of tournament that a leaf in dispute opens, null where one instruction decides it. (A leaf of `graph` may also be decided
 * by a rule.)
 */
export function innerKindOf(levels: ModelLevels, kind: Kind): typeof KIND.fine | typeof KIND.block | null {
  if (kind === KIND.graph) return KIND.block
  return kind === KIND.fine || levels.fineHeight === 0 ? null : KIND.fine
}

/** Kinds of the tournaments of a model, outermost first. */
export function kindsOf(levels: ModelLevels): Kind[] {
  const kinds: Kind[] = []
  for (let kind: Kind | null = levels.rootKind; kind !== null; kind = innerKindOf(levels, kind)) kinds.push(kind)
  return kinds
}
