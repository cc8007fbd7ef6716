import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseFaultSpec } from '@opml/node'
import { DEPLOYMENT_PARAMETERS } from 'opml/chain'
import { concatBytes } from 'opml/core'
import { faultScenario } from '../../apps/cli/src/demo/faultScenario.ts'
import { playScenario } from '../../apps/cli/src/demo/scenario.ts'
import { openStageOf } from '../../apps/cli/src/demo/stage.ts'
import type { Stage } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'
import { exampleModel } from '../../apps/node/src/testing/exampleModel.ts'

let stage: Stage

beforeAll(async () => {
  const { model, inputs } = await exampleModel()
  const parameters = DEPLOYMENT_PARAMETERS.production
  stage = await openStageOf(
    { model, input: concatBytes([...inputs]) },
    { environment: nodeEnvironment('error'), parameters },
  )
})

afterAll(() => stage?.close())

/**
 * Position, node and block where each fault is found, and what decides. Positions: 0 is section 0; 1 to 6 are the body, which halts in
 * step 3, at position 4; 7 is section 2.
 */
const FAULTS: readonly (readonly [spec: string, place: string, decidedBy: string])[] = [
  ['weight:0:6', '1 0 0', 'instruction'],
  ['weight:1', '7 0 0', 'instruction'],
  ['block:0', '0 0 0', 'instruction'],
  ['block:1:1:1', '2 0 1', 'instruction'],
  ['block:2:0:3', '4 1 0', 'instruction'],
  ['operand:1:b', '1 0 0', 'instruction'],
  ['operand:4:b', '7 0 0', 'instruction'],
  ['garbage:0', '7 0 2', 'rule'],
  ['garbage:1', '1 1 2', 'rule'],
  ['halt:early', '4 0 0', 'instruction'],
  ['halt:late', '5 0 0', 'rule'],
  ['vm:bad', '1 1 0', 'instruction'],
  // The liar's own run of the machine speaks against it.
  ['vm:right', '1 1 0', 'clock'],
]

describe('a dispute about a tensor program', () => {
  test.each(FAULTS)(
    'story: %s comes down to position, node and block %s, decided by %s',
    async (spec, place, decidedBy) => {
      const report = await playScenario(stage, faultScenario(parseFaultSpec(spec), spec))
      const found = report.located?.place
      expect([found?.position, found?.node, found?.block].join(' ')).toBe(place)
      expect(report.decidedBy.level).toBe(decidedBy)
      expect(report.honestResultWon).toBe(true)
      expect(report.honestBalanceChangeWei).toBeGreaterThan(0n)
    },
  )

  test('story: output: a right history under another answer has nobody to play for it', async () => {
    const report = await playScenario(stage, faultScenario(parseFaultSpec('output'), 'output'))
    expect(report).toMatchObject({ honestResultWon: true, numMatches: 0, located: null, decidedBy: { level: 'clock' } })
    expect(report.honestBalanceChangeWei).toBeGreaterThan(0n)
  })
})
