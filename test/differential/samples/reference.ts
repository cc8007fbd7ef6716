import { type SeededRandom, seededRandom } from 'opml/core'
import { dtypeInfo } from 'opml/graph'
import { type Elements, type Operator, newElements } from 'opml/ops'
import type { Sample, Sampler } from './sample.ts'

const BLOCK_BYTES = 128

/** `count` samples of a sampler, always the same ones; the generator goes on behind them. */
export function drawSamples(sampler: Sampler, count: number): { samples: Sample[]; random: SeededRandom } {
  const random = seededRandom(20_26)
  return { samples: Array.from({ length: count }, () => sampler(random)), random }
}

function elementsOf(bytes: Uint8Array, dtype: string): Elements {
  const elements = newElements(dtypeInfo(dtype).name, bytes.length / dtypeInfo(dtype).bytes)
  new Uint8Array(elements.buffer).set(bytes)
  return elements
}

/** Bytes of the reference's output, zero-padded to whole blocks (one at least). */
export function referenceBytes({ node, operands }: Sample, operator: Operator): Uint8Array {
  const inputs = operands.map((bytes, i) => bytes && elementsOf(bytes, node.operands[i]?.dtype ?? 'u8'))
  const out = operator.reference(node, inputs)
  const bytes = new Uint8Array(Math.max(1, Math.ceil(out.byteLength / BLOCK_BYTES)) * BLOCK_BYTES)
  bytes.set(new Uint8Array(out.buffer, 0, out.byteLength))
  return bytes
}

/** Elements of each operand, as the verifier hands them to `check`. */
export function numElementsOf({ node, operands }: Sample): (number | undefined)[] {
  return operands.map((bytes, i) => bytes && bytes.length / dtypeInfo(node.operands[i]?.dtype ?? 'u8').bytes)
}
