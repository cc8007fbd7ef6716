import { bytesEqual } from 'opml/core'
import { PortableKernels } from 'opml/engine'
import { encodeDescriptor } from 'opml/graph'
import { OPERATOR_TABLE, OPERATORS, type Operator } from 'opml/ops'
import { drawSamples, referenceBytes } from '../differential/samples/reference.ts'
import type { Sample } from '../differential/samples/sample.ts'
import { SAMPLERS } from '../differential/samples/samplers.ts'
import { referenceHashes } from './both/referenceHashes.ts'
import { inNode, readFile } from './page/host.ts'
import { describe, expect, test } from './page/testApi.ts'

const SAMPLES_EACH = 200
const BLOCK_BYTES = 128

/** A sample with what the reference gives for it, in whole blocks, one at least. */
interface Case {
  readonly sample: Sample
  readonly expected: Uint8Array
}

/** What runs nodes in a page: outputs of the cases of one operator, as long as `expected`. */
type Execute = (cases: readonly Case[], operator: Operator) => Promise<Uint8Array[]>

const kernels = new PortableKernels()

/** Every executor is held against the reference by the same samples; a new one is a line here. */
const EXECUTORS: Readonly<Record<string, Execute>> = {
  'the portable kernels': async (cases, operator) =>
    cases.map(({ sample, expected }) => {
      const range = { first: 0, count: expected.length / BLOCK_BYTES }
      return kernels.blocks(encodeDescriptor(sample.node, operator), sample.operands, range)
    }),
}

test('default: there are samples of every operator', () => {
  expect(Object.keys(SAMPLERS).sort()).toEqual(OPERATORS.map(({ name }) => name).sort())
})

test('differential: the references give the bits that they give in Node', async () => {
  expect(await referenceHashes(readFile, SAMPLES_EACH)).toEqual(await inNode(referenceHashes, SAMPLES_EACH))
})

describe.each(Object.entries(EXECUTORS))('%s', (_, execute) => {
  test.each(Object.entries(SAMPLERS))('differential: %s has the bits of the reference', async (name, sampler) => {
    const operator = OPERATOR_TABLE.named(name) as Operator
    const { samples } = drawSamples(sampler, SAMPLES_EACH)
    const cases = samples.map((sample) => ({ sample, expected: referenceBytes(sample, operator) }))
    const outputs = await execute(cases, operator)
    expect(outputs.length).toBe(SAMPLES_EACH)
    cases.forEach(({ sample, expected }, i) => {
      const actual = outputs[i] as Uint8Array
      if (!bytesEqual(actual, expected)) expect(actual, JSON.stringify(sample.node)).toEqual(expected)
    })
  })
})
