import type { SeededRandom } from 'opml/core'
import { dtypeInfo } from 'opml/graph'
import { checked, denseBytes, denseOperand, pickAnyDtype, pickDim } from './movement.ts'
import { pickInt, pickOne, pickShape, type Sample } from './sample.ts'

/** A Pad that grows, crops or moves each dimension, far out of a in some. */
export function samplePad(random: SeededRandom): Sample {
  const dtype = pickAnyDtype(random)
  const shape = pickShape(random, random.below(7))
  const dims = shape.map(() => pickDim(random, 4))
  const attributes: Record<string, number> = {}
  for (let d = 0; d < 6; d++) {
    const isMissing = d < 6 - shape.length
    const far = pickOne(random, [-(2 ** 31), 2 ** 31 - 1])
    attributes[`begin${d}`] = isMissing ? 0 : random.below(40) === 0 ? far : pickInt(random, -2, 3)
  }
  const { bytes } = dtypeInfo(dtype)
  attributes['valueLow'] = random.below(2 ** 32) % 2 ** Math.min(32, 8 * bytes)
  attributes['valueHigh'] = bytes === 8 ? random.below(2 ** 32) : 0
  const a = denseOperand(0, dtype, dims)
  return checked({
    node: { op: 'Pad', dtype, shape, operands: [a], attributes, microOps: [] },
    operands: [denseBytes(random, a)],
  })
}
