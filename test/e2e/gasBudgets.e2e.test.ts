import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SCENARIOS, playScenario } from '../../apps/cli/src/demo/index.ts'
import type { ScenarioReport } from '../../apps/cli/src/demo/index.ts'
import type { Stage } from '../../apps/cli/src/demo/stage.ts'
import { openTestStage } from './testStage.ts'

/** Gas of whole transactions, calldata floor included (spec/06 §10). */
const BUDGETS: Readonly<Record<string, bigint>> = {
  move: 65_000n,
  firstMove: 90_000n,
  joinRoot: 210_000n,
  joinInner: 210_000n,
  sealCoarse: 250_000n,
  sealFine: 210_000n,
  timeout: 130_000n,
  finishInner: 130_000n,
  finishRoot: 130_000n,
  // Refunded as far as it finishes the game; the rest is the winner's.
  settle: 150_000n,
  // Refunded by nobody: what "--commit auto" reckons with (SECURITY.md).
  commit: 50_000n,
}
/** From challenge to payment, over VM 12 + 12. */
const MATCH_BUDGET = 2_000_000n

let stage: Stage
const reports: ScenarioReport[] = []

beforeAll(async () => {
  stage = await openTestStage()
  for (const name of ['lying-server-weight', 'lying-server-activation', 'lying-server-output', 'challenger-silent']) {
    const scenario = SCENARIOS.find((candidate) => candidate.name === name)
    if (scenario !== undefined) reports.push(await playScenario(stage, scenario))
  }
})

afterAll(async () => {
  await stage?.close()
})

describe('gas on a real chain', () => {
  test.each(Object.entries(BUDGETS))('budget: every %s stays within %i gas', (name, budget) => {
    const gas = reports.flatMap(({ calls }) => calls.filter((call) => call.name === name).map((call) => call.gas))
    expect(gas.length).toBeGreaterThan(0)
    for (const used of gas) expect(used).toBeLessThanOrEqual(budget)
  })

  test('budget: a whole match over VM 12 + 12 stays within 2 million gas', () => {
    for (const { gas } of reports) expect(gas).toBeLessThanOrEqual(MATCH_BUDGET)
  })
})
