import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { PortableKernels } from '../../packages/opml/src/engine/portableKernels.ts'
import { encodeDescriptor } from '../../packages/opml/src/graph/encodeDescriptor.ts'
import { dtypeInfo } from '../../packages/opml/src/graph/dtype.ts'
import { type Elements, newElements } from '../../packages/opml/src/ops/elements.ts'
import { OPERATOR_TABLE } from '../../packages/opml/src/ops/index.ts'
import type { Operator } from '../../packages/opml/src/ops/operator.ts'
import { loadGuestImage } from '../../packages/opml/src/trace/guestImage.ts'
import { runNode } from '../../packages/opml/src/trace/nodeMachine.ts'
import { Translator } from '../../packages/opml/src/vm/translator/translator.ts'
import type { Sample } from './samples/sample.ts'
import { SAMPLERS } from './samples/samplers.ts'

const SAMPLES_EACH = 200
const GUEST_RUNS_EACH = 20
const BLOCK_BYTES = 128

const guest = loadGuestImage(readFileSync('guest/images/program1.elf'))
const kernels = new PortableKernels()

function elementsOf(bytes: Uint8Array, dtype: string): Elements {
  const elements = newElements(dtypeInfo(dtype).name, bytes.length / dtypeInfo(dtype).bytes)
  new Uint8Array(elements.buffer).set(bytes)
  return elements
}

/** Bytes of the reference's output, zero-padded to whole blocks (one at least). */
function referenceBytes({ node, operands }: Sample, operator: Operator): Uint8Array {
  const inputs = operands.map((bytes, i) => bytes && elementsOf(bytes, node.operands[i]?.dtype ?? 'u8'))
  const out = operator.reference(node, inputs)
  const bytes = new Uint8Array(Math.max(1, Math.ceil(out.byteLength / BLOCK_BYTES)) * BLOCK_BYTES)
  bytes.set(new Uint8Array(out.buffer, 0, out.byteLength))
  return bytes
}

/** Elements of each operand, as the verifier hands them to `check`. */
function numElementsOf({ node, operands }: Sample): (number | undefined)[] {
  return operands.map((bytes, i) => bytes && bytes.length / dtypeInfo(node.operands[i]?.dtype ?? 'u8').bytes)
}

function describeSample({ node }: Sample): string {
  return JSON.stringify(node)
}

describe.each(Object.entries(SAMPLERS))('%s', (name, sampler) => {
  const operator = OPERATOR_TABLE.named(name) as Operator
  const random = seededRandom(20_26)
  const samples = Array.from({ length: SAMPLES_EACH }, () => sampler(random))

  test('differential: the portable kernels give the bits of the reference, block by block', () => {
    for (const sample of samples) {
      const expected = referenceBytes(sample, operator)
      const range = { first: 0, count: expected.length / BLOCK_BYTES }
      operator.check(sample.node, numElementsOf(sample))
      const actual = kernels.blocks(encodeDescriptor(sample.node, operator), sample.operands, range)
      expect(actual, describeSample(sample)).toEqual(expected)
    }
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
