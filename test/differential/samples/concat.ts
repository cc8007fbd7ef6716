import type { SeededRandom } from 'opml/core'
import type { Operands } from 'opml/graph'
import { checked, denseBytes, denseOperand, pickAnyDtype, pickDim } from './movement.ts'
import { pickInt, type Sample } from './sample.ts'

/** A Concat of two or three tensors, some of them empty. */
export function sampleConcat(random: SeededRandom): Sample {
  const dtype = pickAnyDtype(random)
  const [outer, inner] = [pickDim(random, 5), pickDim(random, 40)]
  const sizes = Array.from({ length: pickInt(random, 2, 3) }, () => (random.below(6) === 0 ? 0 : pickDim(random, 6)))
  const operands = sizes.map((size, input) => denseOperand(input, dtype, [outer, size, inner]))
  const shape = [outer, sizes.reduce((sum, size) => sum + size, 0), inner]
  return checked({
    node: { op: 'Concat', dtype, shape, operands: operands as unknown as Operands, attributes: {}, microOps: [] },
    operands: operands.map((operand) => denseBytes(random, operand)),
  })
}
