import type { SeededRandom } from 'opml/core'
import { checkTreeTable } from 'opml/ops'
import { checked, denseBytes, denseOperand, pickDim } from './movement.ts'
import { pickBytes, pickDtype, pickInt, pickOne, type Sample } from './sample.ts'

interface Sizes {
  readonly numFeatures: number
  readonly numTargets: number
  readonly numTrees: number
  readonly maxDepth: number
  readonly maxWeights: number
}

/** Draws the table of an ensemble: roots first, children behind them, leaves with weights. */
class TableDraft {
  readonly records: number[][]
  readonly weights: number[][]
  readonly #random: SeededRandom
  readonly #sizes: Sizes
  /** Bits of f32 that features and thresholds share, so that equality happens. */
  readonly #values: readonly number[]

  constructor(random: SeededRandom, sizes: Sizes, values: readonly number[]) {
    this.#random = random
    this.#sizes = sizes
    this.#values = values
    this.weights = Array.from({ length: sizes.numTargets }, (_, target) => [target, this.#weight()])
    this.records = Array.from({ length: sizes.numTrees }, () => [])
    for (let root = 0; root < sizes.numTrees; root++) this.#fill(root, 0)
  }

  #weight(): number {
    return new Uint32Array(
      pickBytes(this.#random, { dtype: 'f32', count: 1, style: pickOne(this.#random, ['wild', 'tame', 'tame']) })
        .buffer,
    )[0]
  }

  #fill(index: number, depth: number): void {
    const random = this.#random
    if (depth === this.#sizes.maxDepth || random.below(4) === 0) {
      const numWeights = random.below(this.#sizes.maxWeights + 1)
      this.records[index] = [0, 0, 0, 0, 0, 0, this.weights.length, numWeights]
      for (let k = 0; k < numWeights; k++) this.weights.push([random.below(this.#sizes.numTargets), this.#weight()])
      return
    }
    const [trueChild, falseChild] = [this.records.push([]) - 1, this.records.push([]) - 1]
    const threshold = pickOne(random, this.#values)
    this.records[index] = [
      pickInt(random, 1, 6),
      random.below(this.#sizes.numFeatures),
      threshold,
      trueChild,
      falseChild,
      random.below(2),
      0,
      0,
    ]
    this.#fill(trueChild, depth + 1)
    this.#fill(falseChild, depth + 1)
  }
}

/** Numbers that lead out of a table of `size` entries, or back to its start. */
function strayNumber(random: SeededRandom, size: number): number {
  return pickOne(random, [0, size - 1, size, size + 1, size + 1, size + 2, 0x7fffffff, 0x80000000, 0xffffffff])
}

/** Damages records near the roots: cycles, numbers past the end, unknown modes, too many weights. */
function damage(random: SeededRandom, p: { trees: Uint32Array; weights: Uint32Array; sizes: Sizes }): void {
  const { trees, weights, sizes } = p
  const [numRecords, numWeights] = [trees.length / 8, weights.length / 2]
  for (let i = pickInt(random, 1, 6); i > 0; i--) {
    const record = trees.subarray(8 * random.below(Math.min(numRecords, 2 * sizes.numTrees)))
    const field = pickOne(random, record[0] === 0 ? [0, 6, 6, 7] : [0, 1, 1, 3, 4])
    if (field === 0) record[0] = pickOne(random, [0, 7, 7, 8, 0x100, 0xffffffff])
    else if (field === 1) record[1] = pickOne(random, [sizes.numFeatures, sizes.numFeatures + 1, 0xffffffff])
    else if (field === 7) record[7] = pickOne(random, [sizes.maxWeights + 1, sizes.maxWeights + 2, 0xffffffff])
    else if (field !== 6) record[field] = strayNumber(random, numRecords)
    else record.set([numWeights + pickOne(random, [-2, -1, -1, 0, 1, 1, 2, 0x7fffffff]), sizes.maxWeights], 6)
  }
  if (random.below(3) === 0) trees.set([0, 0, 0, 0, 0, 0, numWeights - 1, sizes.maxWeights + 2]) // a leaf half outside
  weights[2 * random.below(numWeights)] = strayNumber(random, sizes.numTargets)
}

/** Bytes of a table, then of records that do not belong to it: a longer tensor that the node reads the start of. */
function withStrangers(table: Uint32Array, record: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from([...table, ...record, ...record, ...record]).buffer)
}

/** A TreeEnsemble; half of the tables are malformed. */
export function sampleTreeEnsemble(random: SeededRandom): Sample {
  const sizes = {
    numFeatures: pickInt(random, 1, 5),
    numTargets: pickOne(random, [1, 1, 2, 3, 40]),
    numTrees: pickInt(random, 1, 6),
    maxDepth: random.below(6),
    maxWeights: random.below(5),
  }
  const values = Array.from(new Uint32Array(pickBytes(random, { dtype: 'f32', count: 6 }).buffer))
  const table = new TableDraft(random, sizes, values)
  const trees = Uint32Array.from(table.records.flat())
  const weights = Uint32Array.from(table.weights.flat())
  checkTreeTable(trees, weights, sizes)
  const isDamaged = random.below(2) === 0
  if (isDamaged) damage(random, { trees, weights, sizes })

  const n = pickDim(random, 20)
  const a = denseOperand(0, random.below(4) === 0 ? pickDtype(random, ['f32']) : 'f32', [n, sizes.numFeatures])
  const features = denseBytes(random, a)
  if (a.dtype === 'f32') {
    const words = new Uint32Array(features.buffer)
    for (let i = 0; i < words.length; i++) if (random.below(2) === 0) words[i] = pickOne(random, values)
  }
  const { numTrees } = sizes
  const [maxDepth, maxWeights] = [sizes.maxDepth, sizes.maxWeights].map((most) =>
    isDamaged && random.below(3) === 0 ? random.below(most + 1) : most,
  ) as [number, number]
  const operands = [
    a,
    denseOperand(1, 'u32', [trees.length / 8, 8]),
    denseOperand(2, 'u32', [weights.length / 2, 2]),
  ] as const
  const attributes = { numTrees, maxDepth, maxWeights, aggregate: random.below(4) }
  const dtype = random.below(4) === 0 ? pickDtype(random, ['f32']) : 'f32'
  return checked({
    node: { op: 'TreeEnsemble', dtype, shape: [n, sizes.numTargets], operands, attributes, microOps: [] },
    operands: [
      features,
      withStrangers(trees, [0, 0, 0, 0, 0, 0, sizes.numTargets, 9]),
      withStrangers(weights, [0, 0x49800000]),
    ],
  })
}
