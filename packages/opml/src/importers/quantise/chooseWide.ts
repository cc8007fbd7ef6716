import type { OnnxNode } from '../onnx/onnxModel.ts'
import type { Clip } from './calibration.ts'
import type { Calibration } from './modelFacts.ts'
import type { WideChoice } from './qualityReport.ts'
import type { QuantisedProduct } from './quantiser.ts'

/** An output error that is always good enough. */
const LEAST_BUDGET = 0.01
/** What 8-bit activations may add to the error that 16-bit ones leave: a tenth of it. */
const ABOVE_FLOOR = 1.1
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

/**
 * Chooses the products that take 16-bit activations, and the clipping of the 8-bit ones: of the products in the order of
 * {@link activationError}, worst first, as few as bring the error of the model's results within the budget; of the clippings the one that
 * gives the smaller error.
 *
 * The budget is 1 %, or a tenth more than what is left when every product takes 16 bits, whichever is greater. The number is found by
 * halving, so the program is tried about 2·log₂(products) times.
 * @param p.products - as they stand with 8 bits.
 * @param p.errorOf - error of the results of a plan, over some samples of the calibration.
 */
export async function chooseWide(p: {
  products: readonly QuantisedProduct[]
  calibration: Calibration
  clip: Clip | undefined
  errorOf: (plan: QuantisePlan) => Promise<number>
}): Promise<{ plan: QuantisePlan; choice: WideChoice }> {
  const clips: readonly Clip[] = p.clip === undefined ? ['mse', 'minmax'] : [p.clip]
  const ordered = p.products
    .map(({ node, ...rest }, place) => ({
      node,
      place,
      error: Math.min(...clips.map((clip) => activationError({ node, ...rest }, { calibration: p.calibration, clip }))),
    }))
    .sort((one, other) => other.error - one.error || one.place - other.place)
  const all = ordered.length
  const planOf = (numWide: number, clip: Clip): QuantisePlan => {
    const wide = new Set(ordered.slice(0, numWide).map(({ node }) => node))
    return { clip, isWide: (node) => wide.has(node) }
  }
  const tried: { numWide: number; clip: Clip; error: number }[] = []
  const attempt = async (numWide: number, clip: Clip) => {
    const found = { numWide, clip, error: await p.errorOf(planOf(numWide, clip)) }
    tried.push(found)
    return found
  }
  const floor = await attempt(all, clips[0] as Clip)
  const budget = Math.max(LEAST_BUDGET, ABOVE_FLOOR * floor.error)
  const best = async (numWide: number) => {
    const results = []
    for (const clip of clips) results.push(await attempt(numWide, clip))
    return results.reduce((least, result) => (result.error < least.error ? result : least))
  }
  let chosen = all === 0 ? floor : await best(0)
  if (chosen.error > budget) {
    chosen = floor
    for (let failed = 0; chosen.numWide - failed > 1; ) {
      const middle = await best(Math.floor((failed + chosen.numWide) / 2))
      if (middle.error <= budget) chosen = middle
      else failed = middle.numWide
    }
  }
  const widened = ordered
    .slice(0, chosen.numWide)
    .map(({ node, error }) => ({ name: node.outputs[0] ?? '', operator: node.opType, activationError: error }))
  const { clip, numWide } = chosen
  return { plan: planOf(numWide, clip), choice: { budget, floor: floor.error, tried, widened } }
}
