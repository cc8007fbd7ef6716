import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEPLOYMENT_PARAMETERS } from 'opml/chain'
import { shippedDigitFile, shippedModelFile } from '../../apps/cli/src/demo/demoFiles.ts'
import { playScenario } from '../../apps/cli/src/demo/scenario.ts'
import { SCENARIOS } from '../../apps/cli/src/demo/scenarios.ts'
import { openStage } from '../../apps/cli/src/demo/stage.ts'
import type { Stage } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'

/** What decides each scenario, and how many matches it takes. */
const EXPECTED: Readonly<Record<string, { level: string; matches: number }>> = {
  'honest-server': { level: 'none', matches: 0 },
  'lying-server-weight': { level: 'instruction', matches: 2 },
  'lying-server-activation': { level: 'instruction', matches: 2 },
  'lying-server-output': { level: 'instruction', matches: 2 },
  'lying-challenger': { level: 'instruction', matches: 2 },
  'server-silent': { level: 'clock', matches: 0 },
  'challenger-silent': { level: 'clock', matches: 1 },
  'three-liars': { level: 'instruction', matches: 6 },
  'verifier-killed': { level: 'instruction', matches: 2 },
  'sybil-loses-on-purpose': { level: 'instruction', matches: 3 },
}

let stage: Stage

beforeAll(async () => {
  stage = await openStage({
    environment: nodeEnvironment('error'),
    parameters: DEPLOYMENT_PARAMETERS.production,
    modelFile: shippedModelFile('int8'),
    inputFile: shippedDigitFile(7),
  })
})

afterAll(async () => {
  await stage?.close()
})

describe('scenarios', () => {
  test('vector: every scenario has an expectation', () => {
    expect(SCENARIOS.map((scenario) => scenario.name)).toEqual(Object.keys(EXPECTED))
  })

  test.each(SCENARIOS)('story: $name', async (scenario) => {
    const report = await playScenario(stage, scenario)
    expect({ digit: report.digit, honestResultWon: report.honestResultWon }).toEqual({
      digit: 7,
      honestResultWon: true,
    })
    expect(report.honestBalanceChangeWei).toBeGreaterThanOrEqual(0n)
    expect({ level: report.decidedBy.level, matches: report.numMatches }).toEqual(EXPECTED[scenario.name])
  })
})

describe('lying server', () => {
  test('budget: the dispute takes at most 24 transactions and 2.5 million gas from challenge to payment', async () => {
    const scenario = SCENARIOS.find(({ name }) => name === 'lying-server-weight')
    if (scenario === undefined) throw new Error('The scenario lying-server-weight is gone.')
    const report = await playScenario(stage, scenario)
    expect(report.gas).toBeLessThanOrEqual(2_500_000n)
    const { numTransactions, numMoves, numMatches, decidedBy } = report
    // Counts are snapshots: a changed number is part of the diff.
    expect({ numTransactions, numMoves, numMatches, decidedBy }).toMatchInlineSnapshot(`
      {
        "decidedBy": {
          "instruction": "0x00010308: lb s3, 3(s0)",
          "level": "instruction",
          "step": 14894,
        },
        "numMatches": 2,
        "numMoves": 6,
        "numTransactions": 14,
      }
    `)
  })
})
