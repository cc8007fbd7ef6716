import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { differingSample } from './samples/portableCheck.ts'
import { drawSamples, numElementsOf, referenceBytes } from './samples/reference.ts'
import { PortableKernels } from '../../packages/opml/src/engine/portableKernels.ts'
import { encodeDescriptor } from '../../packages/opml/src/graph/encodeDescriptor.ts'
import { OPERATOR_TABLE } from '../../packages/opml/src/ops/index.ts'
import type { Operator } from '../../packages/opml/src/ops/operator.ts'
import { loadGuestImage } from '../../packages/opml/src/trace/guestImage.ts'
import { runNode } from '../../packages/opml/src/trace/nodeMachine.ts'
import { Translator } from '../../packages/opml/src/vm/translator/translator.ts'
import type { Sample } from './samples/sample.ts'
import { FIXED_SAMPLES, SAMPLERS } from './samples/samplers.ts'

const SAMPLES_EACH = 200
const GUEST_RUNS_EACH = 20
const BLOCK_BYTES = 128

const guest = loadGuestImage(readFileSync('guest/images/program1.elf'))
const kernels = new PortableKernels()

function describeSample({ node }: Sample): string {
  return JSON.stringify(node)
}

describe.each(Object.entries(SAMPLERS))('%s', (name, sampler) => {
  const operator = OPERATOR_TABLE.named(name) as Operator
  const { samples, random } = drawSamples(sampler, SAMPLES_EACH)

  test('differential: the portable kernels give the bits of the reference, block by block', () => {
    const all = [...samples, ...(FIXED_SAMPLES[name] ?? [])]
    for (const sample of all) operator.check(sample.node, numElementsOf(sample))
    const expected = all.map((sample) => referenceBytes(sample, operator))
    expect(differingSample(kernels, { samples: all, expected, operator })).toBeUndefined()
  })

  test('differential: the guest gives the bits of the reference within the declared cost', () => {
    for (const sample of samples.slice(0, GUEST_RUNS_EACH)) {
      const expected = referenceBytes(sample, operator)
      const block = random.below(expected.length / BLOCK_BYTES)
      const run = { descriptor: encodeDescriptor(sample.node, operator), operands: sample.operands, block, step: 0 }
      const result = runNode(guest, run, { createMachine: (start) => new Translator(start), maxSteps: 2 ** 30 })
      expect(result.block, describeSample(sample)).toEqual(
        expected.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES),
      )
      expect(result.isExitZero).toBe(true)
      expect(result.steps, describeSample(sample)).toBeLessThanOrEqual(operator.costSteps(sample.node))
    }
  })
})

// Random operands hardly ever scale to below the least i32.
test.each([
  [-(2 ** 31), 2 ** 31 - 1, 0, -(2 ** 31)],
  [2 ** 31 - 1, 2 ** 31 - 1, 0, 2 ** 31 - 1],
  [-(2 ** 31), -(2 ** 31), 0, 2 ** 31 - 1],
  [3, 1, 1, 2],
  [5, 1, 1, 2],
])(
  'edge: Map i32.requantize of %d by %d / 2^%d is %d in the kernels and in the reference',
  (acc, by, shift, result) => {
    const constant = (imm: number) => ({ name: 'i32.const', sources: [], imm })
    const microOps = [
      constant(acc),
      constant(by),
      constant(shift),
      { name: 'i32.requantize', sources: [0, 1, 2], imm: 0 },
    ]
    const node = {
      op: 'Map',
      dtype: 'i32',
      shape: [1],
      operands: [],
      attributes: {},
      microOps,
    } as unknown as Sample['node']
    const operator = OPERATOR_TABLE.named('Map') as Operator
    const block = kernels.blocks(encodeDescriptor(node, operator), [], { first: 0, count: 1 })
    expect([...new Int32Array(block.slice(0, 4).buffer)]).toEqual([result])
    expect(referenceBytes({ node, operands: [] }, operator)).toEqual(block)
  },
)
