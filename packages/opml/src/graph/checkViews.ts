import { InvalidProgramError } from './errors.ts'
import type { Node, OperandLayout } from './node.ts'
import type { Shape } from './shape.ts'

/** A loop of an operator inside one output element, over an operand: `extent` rounds, `stride` elements apart. */
export interface ViewLoop {
  readonly extent: number
  readonly stride: number
}

/** Smallest and largest element that a view reaches; undefined when it reaches none. */
export interface ViewRange {
  readonly min: number
  readonly max: number
}

/**
 * Elements that a view reaches over all indices of `shape` and all rounds of `loops`.
 *
 * SAFETY: extents are below 2^32 and strides below 2^31, so a sum may pass 2^53 and be rounded. The terms of `max` (and those of
 * `min`) have one sign, so that the rounded sum is then still beyond any tensor: the verdict is exact.
 */
export function viewRange(
  layout: Extract<OperandLayout, { kind: 'view' }>,
  p: { shape: Shape; loops?: readonly ViewLoop[] },
): ViewRange | undefined {
  const axes = p.shape.map((extent, axis): ViewLoop => ({ extent, stride: layout.strides[axis] }))
  const all = [...axes, ...(p.loops ?? [])]
  if (all.some(({ extent }) => extent === 0)) return undefined
  let [min, max] = [0, 0]
  for (const { extent, stride } of all) {
    if (stride < 0) min += (extent - 1) * stride
    else max += (extent - 1) * stride
  }
  return { min: layout.offset + min, max: layout.offset + max }
}

/**
 * Checks that operand `place` (0 a, 1 b, 2 c) of a node, read through its view, is never read outside its `elements`.
 *
 * An absent operand and a dense one pass. For `OperatorRule.check`: `loops` are the operator's own, `shift` is added to every index.
 * @throws {InvalidProgramError} with the elements that are reached.
 */
export function checkViewInside(p: {
  node: Node
  place: number
  elements: number | undefined
  loops?: readonly ViewLoop[]
  shift?: number
}): void {
  const layout = p.node.operands[p.place]?.layout
  if (layout?.kind !== 'view' || p.elements === undefined) return
  const range = viewRange(layout, { shape: p.node.shape, ...(p.loops && { loops: p.loops }) })
  if (range === undefined) return
  const shift = p.shift ?? 0
  const [min, max] = [range.min + shift, range.max + shift]
  if (min >= 0 && max < p.elements) return
  throw new InvalidProgramError({
    message: `operand ${'abc'.charAt(p.place)} is read from element ${min} to ${max}, it has ${p.elements} elements.`,
  })
}

/** Checks every `load` of a node at its immediate. @throws {InvalidProgramError} */
export function checkLoads(node: Node, elements: readonly (number | undefined)[]): void {
  for (const op of node.microOps) {
    if (op.name !== 'load') continue
    const place = Number(op.sources[0])
    checkViewInside({ node, place, elements: elements[place], shift: op.imm })
  }
}
