import type { Node, Operand } from '../../graph/node.ts'
import { denseStrides, numElements, type Shape } from '../../graph/shape.ts'
import { joinLoops } from './loops.ts'
import { floatOf } from './mapForms.ts'
import { isSameOperand } from './normalizeMap.ts'

/** Mode of `Reduce`. */
const SUM = 0

/** The axes along which an operand repeats what is dense along the others; undefined where it does not. */
export function axesSpread(operand: Operand, shape: Shape): number[] | undefined {
  const { layout } = operand
  if (layout.kind !== 'view') return undefined
  const axes = [...shape.keys()].filter((axis) => shape[axis] !== 1 && layout.strides[axis] === 0)
  return axes.length > 0 && isSpread(operand, axes, shape) ? axes : undefined
}

/** Whether an operand repeats along the axes what is dense along the others. */
export function isSpread({ layout }: Operand, axes: readonly number[], shape: Shape): boolean {
  if (layout.kind !== 'view' || layout.offset !== 0) return false
  const dense = denseStrides(shape.map((size, axis) => (axes.includes(axis) ? 1 : size)))
  return layout.strides.every((stride, axis) =>
    axes.includes(axis) ? stride === 0 : shape[axis] === 1 || stride === dense[axis],
  )
}

/** What is reduced: an operand of that shape, along axes of it. */
interface Reduced {
  readonly of: Operand
  readonly axes: readonly number[]
  readonly shape: Shape
}

/** As {@link isReduction}, whatever is done with what comes of it. */
function isReductionOf(node: Node, p: Reduced & { mode: number }): boolean {
  const { attributes } = node
  const [a] = node.operands
  if (node.op !== 'Reduce' || attributes.mode !== p.mode || attributes.numPreOps !== 0 || node.operands.length !== 1)
    return false
  if (a?.layout.kind !== 'view' || p.of.layout.kind !== 'view' || a.layout.offset !== p.of.layout.offset) return false
  const strides = p.of.layout.strides
  const kept = [...p.shape.keys()].filter((axis) => !p.axes.includes(axis) && p.shape[axis] !== 1)
  const own = a.layout.strides
  const dims = [...node.shape.keys()].filter((axis) => node.shape[axis] !== 1)
  const isKept =
    dims.length === kept.length &&
    dims.every((dim, i) => {
      const axis = kept[i] as number
      return node.shape[dim] === p.shape[axis] && own[dim] === strides[axis]
    })
  const loops = joinLoops(p.axes.map((axis) => ({ size: p.shape[axis] as number, stride: strides[axis] as number })))
  const rounds = [0, 1, 2].map((k) => ({ size: attributes[`size${k}`], stride: attributes[`stride${k}`] }))
  const isAll = joinLoops(rounds as { size: number; stride: number }[])
  const isSame =
    loops.length === isAll.length &&
    loops.every(({ size, stride }, k) => size === isAll[k]?.size && stride === isAll[k]?.stride)
  return isKept && isSame && isSameOperand({ ...a, layout: p.of.layout }, p.of, p.shape)
}

/** Whether a node reduces all of the operand's elements along the axes, and does nothing else. */
export function isReduction(node: Node, p: Reduced & { mode: number }): boolean {
  return node.microOps.length === 0 && isReductionOf(node, p)
}

/** The ordered sum divided by the number of terms, as f32. */
export function isMean(node: Node, p: Reduced): boolean {
  const [acc, divide, ...rest] = node.microOps
  if (acc?.name !== 'acc' || divide?.name !== 'f32.div' || rest.length > 0 || !isReductionOf(node, { ...p, mode: SUM }))
    return false
  return (
    divide.sources[1] === 'imm' &&
    floatOf(divide) === Math.fround(numElements(p.axes.map((axis) => p.shape[axis] as number)))
  )
}
