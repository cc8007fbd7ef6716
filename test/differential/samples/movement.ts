import type { SeededRandom } from 'opml/core'
import { DTYPES, type Dtype, type Operand, type Shape, dtypeInfo, numElements } from 'opml/graph'
import { OPERATOR_TABLE } from 'opml/ops'
import { pickBytes, pickInt, pickOne, type Sample } from './sample.ts'

/** A dimension of up to `max`, sometimes 0 or 1. */
export function pickDim(random: SeededRandom, max: number): number {
  return random.below(25) === 0 ? 0 : pickInt(random, 1, random.below(4) === 0 ? 1 : max)
}

/** Any dtype. */
export function pickAnyDtype(random: SeededRandom): Dtype {
  return pickOne(random, DTYPES).name
}

/** Any dtype, those whose order has a case of its own more often. */
export function pickScatterDtype(random: SeededRandom): Dtype {
  return random.below(2) === 0 ? pickAnyDtype(random) : pickOne(random, ['u32', 'i64', 'u64'])
}

/** Task input `input` as a dense operand. */
export function denseOperand(input: number, dtype: Dtype, dims: Shape): Operand {
  return { ref: { kind: 'input', index: input }, dtype, layout: { kind: 'dense', dims } }
}

/** Bytes of an index tensor for a dimension of `size`: from both ends, some out of range, some far out. */
export function pickIndices(
  random: SeededRandom,
  p: { dtype: 'i32' | 'i64'; count: number; size: number },
): Uint8Array {
  const far =
    p.dtype === 'i64' ? [2n ** 32n, -(2n ** 32n), 2n ** 63n - 1n, -(2n ** 63n)] : [2n ** 31n - 1n, -(2n ** 31n)]
  const indices = Array.from({ length: p.count }, () => {
    if (random.below(20) === 0) return pickOne(random, far)
    return BigInt(
      random.below(8) === 0
        ? pickInt(random, -p.size - 2, p.size + 1)
        : pickInt(random, -p.size, Math.max(0, p.size - 1)),
    )
  })
  const words = p.dtype === 'i64' ? BigInt64Array.from(indices) : Int32Array.from(indices, Number)
  return new Uint8Array(words.buffer)
}

/** Random bytes of a dense operand. */
export function denseBytes(
  random: SeededRandom,
  { dtype, layout }: Operand,
  style: 'wild' | 'tame' = 'wild',
): Uint8Array {
  if (layout.kind !== 'dense') throw new TypeError('not dense')
  const bytes = pickBytes(random, { dtype, count: numElements(layout.dims), style })
  if (dtype === 'bool' && random.below(2) === 0) for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256)
  return bytes
}

/** The sample, once its operator's own check has accepted it. */
export function checked(sample: Sample): Sample {
  const sizes = sample.operands.map(
    (bytes, i) => bytes && bytes.length / dtypeInfo(sample.node.operands[i]?.dtype ?? 'u8').bytes,
  )
  OPERATOR_TABLE.named(sample.node.op)?.check(sample.node, sizes)
  return sample
}
