import { InvalidProgramError } from '../graph/errors.ts'
import type { Node } from '../graph/node.ts'
import type { AttributeRule } from '../graph/operatorRule.ts'

/** A value for each of the three axes D, H, W. */
export type Triple = readonly [number, number, number]

const MAX_I32 = 2 ** 31 - 1

/** Attributes `nameD`, `nameH`, `nameW`. */
export function axisAttributes(name: string, p: { min: number; meaning: string }): readonly AttributeRule[] {
  return ['D', 'H', 'W'].map((axis) => ({
    name: name + axis,
    type: 'u32',
    min: p.min,
    max: MAX_I32,
    meaning: `${p.meaning} along ${axis}`,
  }))
}

/** `strideD … padW`, as all operators that slide a window over D, H, W have them. */
export const WINDOW_ATTRIBUTES: readonly AttributeRule[] = [
  ...axisAttributes('stride', { min: 1, meaning: 'positions of the window from output to output' }),
  ...axisAttributes('dilation', { min: 1, meaning: 'positions from tap to tap of the window' }),
  ...axisAttributes('pad', { min: 0, meaning: 'positions before the first element' }),
]

/** Values of the attributes `nameD`, `nameH`, `nameW`. */
export function attributeTriple(node: Node, name: string): Triple {
  const { [`${name}D`]: d, [`${name}H`]: h, [`${name}W`]: w } = node.attributes
  return [d, h, w]
}

/** Refuses a position that does not fit a signed 32-bit word, in which kernels hold it. @throws {InvalidProgramError} */
export function checkPosition(p: { axis: number; position: number }): void {
  if (Math.abs(p.position) <= MAX_I32) return
  throw new InvalidProgramError({
    message: `the window reaches position ${p.position} along ${'DHW'.charAt(p.axis)}; it must be within ±${MAX_I32}.`,
  })
}

/** Refuses windows that slide beyond signed 32-bit positions: last output and last tap of each axis. @throws {InvalidProgramError} */
export function checkSlidingWindow(node: Node, p: { output: Triple; window: Triple }): void {
  const [stride, dilation, pad] = ['stride', 'dilation', 'pad'].map((name) => attributeTriple(node, name))
  for (const axis of [0, 1, 2] as const) {
    const last =
      Math.max(p.output[axis] - 1, 0) * stride[axis] + Math.max(p.window[axis] - 1, 0) * dilation[axis] - pad[axis]
    checkPosition({ axis, position: last })
  }
}
