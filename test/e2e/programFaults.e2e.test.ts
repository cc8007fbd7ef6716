import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ProgramRuns, createMachine, parseFaultSpec, programTraceOf } from '@opml/node'
import { DEPLOYMENT_PARAMETERS } from 'opml/chain'
import { concatBytes } from 'opml/core'
import { splitTensors } from 'opml/graph'
import { runNode } from 'opml/trace'
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

/** Instructions of the machine that compute a block of the honest history. */
async function stepsOfBlock(leaf: bigint): Promise<number> {
  if (stage.model.kind !== 'program') throw new TypeError('The stage has no tensor program.')
  const runs = new ProgramRuns()
  try {
    const inputs = splitTensors(stage.input, stage.model.program.inputs)
    const honest = programTraceOf(stage.model, { inputs, run: runs.traced(stage.model, inputs) })
    const { judgement } = await honest.claim.judge(leaf)
    if (judgement.kind !== 'machine') throw new TypeError('A rule tells that block.')
    return runNode(stage.model.guest, judgement.run, { createMachine, maxSteps: 2 ** 24 }).steps
  } finally {
    runs.close()
  }
}

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

  test.each([
    ['block:1:1:1', (steps: number) => steps >> 1],
    ['block:1:1:1@0', () => 0],
    ['block:1:1:1@37', () => 37],
    ['weight:0:6@100%', (steps: number) => steps - 1],
    ['vm:bad', (steps: number) => steps >> 1],
    ['vm:bad@25%', (steps: number) => steps >> 2],
    ['vm:bad@123', () => 123],
  ] as const)('story: %s is decided by the instruction that it is about', async (spec, injected) => {
    const report = await playScenario(stage, faultScenario(parseFaultSpec(spec), spec))
    const steps = await stepsOfBlock(report.located?.index ?? -1n)
    expect(report.decidedBy).toMatchObject({ level: 'instruction', step: injected(steps) })
    expect(report.honestResultWon).toBe(true)
    expect(report.honestBalanceChangeWei).toBeGreaterThan(0n)
  })

  test('error: an instruction past the end of the run', async () => {
    const spec = 'block:1:1:1@100000000'
    await expect(playScenario(stage, faultScenario(parseFaultSpec(spec), spec))).rejects.toMatchObject({
      code: 'NODE_FAULT_NOT_FOUND',
      message: expect.stringMatching(/instruction 100000000 in the machine's run of \d+ /),
    })
  })

  test('story: output: a right history under another answer has nobody to play for it', async () => {
    const report = await playScenario(stage, faultScenario(parseFaultSpec('output'), 'output'))
    expect(report).toMatchObject({ honestResultWon: true, numMatches: 0, located: null, decidedBy: { level: 'clock' } })
    expect(report.honestBalanceChangeWei).toBeGreaterThan(0n)
  })
})
