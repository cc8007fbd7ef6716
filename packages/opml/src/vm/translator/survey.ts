import type { CodeCache } from './codeCache.ts'
import type { Dispatcher } from './dispatcher.ts'
import { ExitReason } from './layout.ts'

/** Regions that a survey enters one by one. */
const MAX_ENTERED = 256

/** Steps after which a survey has seen that control stays in one region. */
const MAX_STEPS = 2 ** 16

/** What a survey works on. */
export interface SurveyOptions {
  readonly registers: Uint32Array
  readonly code: CodeCache
  readonly dispatcher: Dispatcher
}

/** What a survey did. */
export interface SurveyResult {
  readonly steps: number
  /** Where quickly compiled code is worth more effort; undefined when everything seen has had it. */
  readonly pc: number | undefined
}

/** Entries seen and how often. */
class Visits {
  readonly #counts = new Map<number, number>()

  add(pc: number): void {
    this.#counts.set(pc, (this.#counts.get(pc) ?? 0) + 1)
  }

  /** The pc seen most often, and more than once; the first of those seen equally often. */
  get most(): number | undefined {
    let best: number | undefined
    let most = 1
    for (const [pc, count] of this.#counts) {
      if (count <= most) continue
      most = count
      best = pc
    }
    return best
  }
}

/**
 * Executes a little, region by region, to find the place whose thorough compilation keeps control inside one region.
 *
 * That is the place where a loop runs out of budget, or, when control wanders between regions, the one entered most often. Places
 * entered by a call come last: their callers, with the call copied in, hold the whole loop.
 */
export function survey({ registers, code, dispatcher }: SurveyOptions, maxSteps: number): SurveyResult {
  const places = new Visits()
  const callees = new Visits()
  let steps = 0
  for (let i = 0; i < MAX_ENTERED; i++) {
    const pc = registers[0]
    const entry = code.entryAt(pc)
    const budget = Math.min(maxSteps, MAX_STEPS) - steps
    if (entry === undefined || budget < entry.minBudget) break
    if (entry.effort === 'quick') (code.isCallee(pc, registers[1]) ? callees : places).add(pc)
    const retired = dispatcher.runRegion(entry.region, budget)
    steps += retired
    const reason = dispatcher.takeExitReason()
    if (reason === ExitReason.outOfBudgetInQuickRegion) return { steps, pc: registers[0] }
    // What compiled code cannot go on with is left to the caller: it finds a region that retires nothing, or none.
    if (retired === 0 || reason === ExitReason.mustInterpret) break
  }
  return { steps, pc: places.most ?? callees.most }
}
