import { describe, expect, test } from 'vitest'
import { verifyFixedProfile } from '../../graph/fixedProfile.ts'
import { verifyProgram } from '../../graph/verifyProgram.ts'
import { OPERATOR_TABLE } from '../../ops/index.ts'
import { QuantiseUnsupportedError } from './errors.ts'
import { RULE_MODELS } from './testing/ruleModels.ts'
import type { QuantisedType } from './qualityReport.ts'
import { quantiseValues } from './quantiseOnnx.ts'
import { quantiseSmall, runIntegers, sampleOf, type SmallModel } from './testing/smallModel.ts'

describe.each(RULE_MODELS)('%s', (_, model, bound) => {
  test('property: integers alone, near the float model at 16 bits', async () => {
    const { program, report } = await quantiseSmall(model, { isWide: () => true })
    verifyFixedProfile(program)
    verifyProgram(program, { operators: OPERATOR_TABLE, coarseHeight: 16, fineHeight: 16 })
    expect(report.outputs[0]?.relativeError).toBeLessThan(bound)
    expect(report.outputs[0]?.relativeError).toBeGreaterThan(0)
  })

  test('property: 8-bit products lose little more', async () => {
    const { report } = await quantiseSmall(model, { isWide: () => false })
    expect(report.outputs[0]?.relativeError).toBeLessThan(Math.max(bound, 0.02))
  })
})

test('default: a transposed convolution is one product, its requantisation included, and one move', async () => {
  const [, model] = RULE_MODELS[0] as (typeof RULE_MODELS)[0]
  const { program } = await quantiseSmall(model)
  expect(program.sections[0]?.nodes.map(({ op, dtype }) => [op, dtype])).toEqual([
    ['ConvInteger', 'i16'],
    ['Map', 'i16'],
  ])
})

test('default: a Cast of activations to integers goes toward zero', async () => {
  const values = [-0.99, -0.51, -0.12, 0, 0.13, 0.49, 0.76, 0.99]
  const model: SmallModel = {
    x: [8],
    constants: { eight: { dims: [], values: [8] } },
    nodes: [
      ['Mul', ['x', 'eight'], 'more'],
      ['Cast', ['more'], 'y', { to: 7 }],
    ],
  }
  const quantised = await quantiseSmall(model, { calibration: [sampleOf({ dims: [8], values })] })
  const [input] = quantised.report.inputs as [QuantisedType]
  const integers = runIntegers(quantised, [quantiseValues(Float32Array.from(values), input)])
  expect([...new BigInt64Array(integers.slice().buffer)].map(Number)).toEqual([-7, -4, 0, 0, 1, 3, 6, 7])
})

test.each<[string, SmallModel, RegExp]>([
  [
    'cubic Resize',
    {
      x: [1, 1, 4, 4],
      constants: { s: { dims: [4], values: [1, 1, 2, 2] } },
      nodes: [['Resize', ['x', '', 's'], 'y', { mode: 'cubic' }]],
    },
    /\(Resize\): mode cubic/,
  ],
  [
    'a border that the integers cannot be',
    {
      x: [1, 3],
      constants: { p: { dims: [4], values: [0, 1, 0, 0], isInteger: true }, v: { dims: [], values: [9] } },
      nodes: [['Pad', ['x', 'p', 'v'], 'y']],
    },
    /\(Pad\): a border of 9 around values of less than/,
  ],
])('error: %s', async (_, model, message) => {
  const run = quantiseSmall(model)
  await expect(run).rejects.toThrow(QuantiseUnsupportedError)
  await expect(run).rejects.toThrow(message)
})
