import type { PortableKernels } from 'opml/engine'
import { encodeDescriptor } from 'opml/graph'
import type { Operator } from 'opml/ops'
import type { Sample } from './sample.ts'

const BLOCK_BYTES = 128

/** The first sample whose blocks by the portable kernels are not the expected ones, and where; undefined when all are. */
export function differingSample(
  kernels: PortableKernels,
  p: { samples: readonly Sample[]; expected: readonly Uint8Array[]; operator: Operator },
): string | undefined {
  for (const [i, { node, operands }] of p.samples.entries()) {
    const expected = p.expected[i] as Uint8Array
    const range = { first: 0, count: expected.length / BLOCK_BYTES }
    const actual = kernels.blocks(encodeDescriptor(node, p.operator), operands, range)
    const at = actual.findIndex((byte, b) => byte !== expected[b])
    if (at >= 0)
      return `sample ${i}, byte ${at}: ${actual[at]}, not ${expected[at]}, of ${actual.length}: ${JSON.stringify(node)}`
  }
  return undefined
}
