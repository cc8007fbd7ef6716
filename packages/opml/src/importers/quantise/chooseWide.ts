import type { OnnxNode } from '../onnx/onnxModel.ts'
import type { Clip } from './calibration.ts'
import type { Calibration } from './modelFacts.ts'
import type { WideChoice } from './qualityReport.ts'
import type { QuantisedProduct } from './quantiser.ts'

/** An output error that is always good enough. */
const LEAST_BUDGET = 0.01
/** What 8-bit activations may add to the error that 16-bit ones leave: as much again, as errors that are independent of each other add up. */
const ABOVE_FLOOR = Math.SQRT2
/** Steps of 8 bits. */
const LEVELS = 255

/** One way to quantise a model. */
export interface QuantisePlan {
  readonly clip: Clip
  readonly isWide: (node: OnnxNode) => boolean
}

/**
 * The error that 8-bit activations give a product's result, by the mean squares of the calibration: √(noise ÷ signal), where rounding
 * and clipping count as noise that the weights add up.
 */
function activationError({ node, power }: QuantisedProduct, p: { calibration: Calibration; clip: Clip }): number {
  const range = (name: string | undefined) => p.calibration.ranges.get(name ?? '')
  const [a, b, y] = [range(node.inputs[0]), range(node.inputs[1]), range(node.outputs[0])]
  const signal = y?.meanSquare ?? 0
  if (a === undefined || signal === 0) return 0
  const noise = a.meanSquaredError(LEVELS, p.clip)
  if (power.kind === 'weights') return Math.sqrt((noise * power.sum) / signal)
  const other = b === undefined ? 0 : a.meanSquare * b.meanSquaredError(LEVELS, p.clip) + noise * b.meanSquare
  return Math.sqrt((power.depth * other) / signal)
}

/** A product in the order in which products are widened. */
interface Candidate {
  readonly node: OnnxNode
  readonly place: number
  readonly activationError: number
  readonly resultError: number
}

/** The two orders in which products are widened: by what 8 bits do to the model's results, or to the product's own. */
const ORDERS = ['resultError', 'activationError'] as const

/** So many products at 16 bits, of an order, with this error. */
interface Attempt {
  readonly numWide: number
  readonly clip: Clip
  readonly error: number
  readonly order: readonly Candidate[]
}

/**
 * Chooses the products that take 16-bit activations, and the clipping of the 8-bit ones: as few products as bring the error of the model's
 * results within the budget; of the clippings the one that gives the smaller error.
 *
 * The budget is 1 %, or √2 times what is left when every product takes 16 bits, whichever is greater. Where 8 bits for all are not good enough,
 * each product is tried alone on one sample. Then products are widened worst first, in both {@link ORDERS}, the number being found by
 * halving in about 2·log₂(products) tries, and the order that needs fewer is taken.
 * @param p.products - as they stand with 8 bits.
 * @param p.errorOf - error of the results of a plan, over some samples of the calibration, or over the first alone.
 */
export async function chooseWide(p: {
  products: readonly QuantisedProduct[]
  calibration: Calibration
  clip: Clip | undefined
  errorOf: (plan: QuantisePlan, samples: 'some' | 'first') => Promise<number>
}): Promise<{ plan: QuantisePlan; choice: WideChoice }> {
  const clips: readonly Clip[] = p.clip === undefined ? ['mse', 'minmax'] : [p.clip]
  const all = p.products.length
  const tried: Omit<Attempt, 'order'>[] = []
  const attempt = async (found: Omit<Attempt, 'error'>): Promise<Attempt> => {
    const { numWide, clip } = found
    const error = await p.errorOf(planOf(found, all), 'some')
    tried.push({ numWide, clip, error })
    return { ...found, error }
  }
  const best = async (numWide: number, order: readonly Candidate[]) => {
    const results: Attempt[] = []
    for (const clip of clips) results.push(await attempt({ numWide, clip, order }))
    return results.reduce((least, result) => (result.error < least.error ? result : least))
  }
  const floor = await attempt({ numWide: all, clip: clips[0] as Clip, order: [] })
  const budget = Math.max(LEAST_BUDGET, ABOVE_FLOOR * floor.error)
  const fewest = async (order: readonly Candidate[]) => {
    let chosen: Attempt = { ...floor, order }
    for (let failed = 0; chosen.numWide - failed > 1; ) {
      const middle = await best(Math.floor((failed + chosen.numWide) / 2), order)
      if (middle.error <= budget) chosen = middle
      else failed = middle.numWide
    }
    return chosen
  }
  let chosen = all === 0 ? floor : await best(0, [])
  if (chosen.error > budget) {
    const candidates = await measured({ ...p, clips, clip: chosen.clip })
    const [first, second] = [await fewest(inOrder(candidates, 0)), await fewest(inOrder(candidates, 1))]
    chosen = second.numWide < first.numWide ? second : first
  }
  const widened = chosen.order.slice(0, chosen.numWide).map(({ node, activationError, resultError }) => ({
    name: node.outputs[0] ?? '',
    operator: node.opType,
    activationError,
    resultError,
  }))
  return { plan: planOf(chosen, all), choice: { budget, floor: floor.error, tried, widened } }
}

function planOf({ numWide, clip, order }: Omit<Attempt, 'error'>, all: number): QuantisePlan {
  const wide = new Set(order.slice(0, numWide).map(({ node }) => node))
  return { clip, isWide: (node) => numWide === all || wide.has(node) }
}

/** Worst first by one of {@link ORDERS}, among equals by the other. */
function inOrder(candidates: readonly Candidate[], which: 0 | 1): readonly Candidate[] {
  const [by, then] = [ORDERS[which], ORDERS[which === 0 ? 1 : 0]]
  return [...candidates].sort((one, other) => other[by] - one[by] || other[then] - one[then] || one.place - other.place)
}

/** The products with both errors: each alone takes 8 bits. */
async function measured(p: {
  products: readonly QuantisedProduct[]
  calibration: Calibration
  clips: readonly Clip[]
  clip: Clip
  errorOf: (plan: QuantisePlan, samples: 'first') => Promise<number>
}): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = []
  for (const [place, product] of p.products.entries()) {
    const { node } = product
    const resultError = await p.errorOf({ clip: p.clip, isWide: (other) => other !== node }, 'first')
    const errors = p.clips.map((clip) => activationError(product, { calibration: p.calibration, clip }))
    candidates.push({ node, place, activationError: Math.min(...errors), resultError })
  }
  return candidates
}
