import { readFileSync } from 'node:fs'
import { hashText } from 'opml/dispute'
import { OPERATORS, OPERATOR_TABLE } from 'opml/ops'
import type { Operator } from 'opml/ops'
import { loadGuestImage } from 'opml/trace'
import { DEPLOYMENT_PARAMETERS } from 'opml/chain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStageOf } from '../../apps/cli/src/demo/stage.ts'
import type { Stage } from '../../apps/cli/src/demo/stage.ts'
import { nodeEnvironment } from '../../apps/cli/src/nodeEnvironment.ts'
import { drawSamples } from '../differential/samples/reference.ts'
import { SAMPLERS } from '../differential/samples/samplers.ts'
import { functionRange, operatorCase, playOperatorCase } from './operatorDispute.ts'
import type { CodeRange, OperatorCase } from './operatorDispute.ts'

const elf = readFileSync('guest/images/program1.elf')
const guest = loadGuestImage(elf)
const NUM_SAMPLES = 30

/** `ScatterND` is computed by `scatter_nd_block`. */
function kernelOf(operator: string): CodeRange {
  return functionRange(elf, `${operator.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()}_block`)
}

/** The first sample whose run is short enough and enters the kernel. */
function caseOf(name: string): OperatorCase {
  const { samples } = drawSamples(SAMPLERS[name] as NonNullable<(typeof SAMPLERS)[string]>, NUM_SAMPLES)
  for (const sample of samples) {
    const operator = OPERATOR_TABLE.named(name) as Operator
    const made = operatorCase({ sample, operator, guest, kernel: kernelOf(name) })
    if (made !== null) return made
  }
  throw new RangeError(`No sample of ${name} fits.`)
}

let stage: Stage | undefined

beforeAll(async () => {
  const { model, inputs } = caseOf('Map')
  const parameters = DEPLOYMENT_PARAMETERS.local
  const environment = nodeEnvironment('error')
  stage = await openStageOf({ model, input: inputs[0] ?? new Uint8Array(0) }, { environment, parameters })
})

afterAll(() => stage?.close())

test('default: every operator has a sampler', () => {
  expect(new Set(Object.keys(SAMPLERS))).toEqual(new Set(OPERATORS.map(({ name }) => name)))
})

test.each(Object.keys(SAMPLERS))(
  'story: a lie inside the kernel of %s is decided there, on the chain',
  async (name) => {
    if (stage === undefined) throw new RangeError('No stage.')
    const made = caseOf(name)
    const here = await stage.withSubject({ model: made.model, input: new Uint8Array(0) })
    const report = await playOperatorCase(here, made, hashText(`operator ${name}`))
    expect(report.honestClaimWon).toBe(true)
    expect(report.leaf).toBe(0n)
    expect(report.step).toBe(made.fault.afterStep - 1)
    const { start, end } = kernelOf(name)
    expect(report.pc).toBeGreaterThanOrEqual(start)
    expect(report.pc).toBeLessThan(end)
  },
)
