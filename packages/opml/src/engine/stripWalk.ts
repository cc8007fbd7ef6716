import { type Dtype, dtypeInfo } from '../graph/dtype.ts'
import type { MicroOp, Node } from '../graph/node.ts'
import { denseStrides } from '../graph/shape.ts'

/** A member of a chain of nodes (engineChains.ts), and where its operands and its output lie. */
export interface StripMember {
  readonly node: Node
  readonly operands: readonly number[]
  /** 0: not stored. */
  readonly out: number
  /** For each operand 1 + the number of the member of the chain that it is the output of, or 0. */
  readonly chained: readonly number[]
}

/** How a load finds its elements: those of an earlier member, at the element's own number, one for all, or by rows of elements. */
export type Load =
  | { readonly kind: 'chained'; readonly member: number }
  | { readonly kind: 'linear' | 'fixed'; readonly address: number }
  | { readonly kind: 'row'; readonly address: number; readonly rowBytes: number; readonly isAlong: boolean }

/** Output elements as rows of so many, 0 if all are one row, and for each operand the steps from row to row and inside one. */
export interface Walk {
  readonly rowLength: number
  readonly strides: readonly (readonly [number, number])[]
}

/** The dims joined where every view that is loaded walks them as one; undefined where more than rows of neighbours remain. */
export function walkOf({ node, chained }: StripMember): Walk | undefined {
  const loaded = new Set(node.microOps.flatMap(({ name, sources }) => (name === 'load' ? [sources[0]] : [])))
  const views: (readonly number[])[] = []
  for (const [i, operand] of node.operands.entries()) {
    if (!loaded.has(i) || chained[i] !== 0) views.push(denseStrides(node.shape))
    else if (operand?.layout.kind === 'view') views.push(operand.layout.strides)
    else return undefined
  }
  const dims: { size: number; strides: readonly number[] }[] = []
  node.shape.forEach((size, d) => {
    const strides = views.map((view) => view[d] as number)
    const last = dims.at(-1)
    if (size === 1) return
    if (last?.strides.every((stride, i) => stride === (strides[i] as number) * size))
      dims[dims.length - 1] = { size: last.size * size, strides }
    else dims.push({ size, strides })
  })
  const inner = dims.pop()
  const outer = dims.pop()
  if (dims.length > 0 || inner?.strides.some((stride) => stride !== 0 && stride !== 1)) return undefined
  return {
    rowLength: outer === undefined ? 0 : (inner?.size as number),
    strides: views.map((_, i) => [outer?.strides[i] ?? 0, inner?.strides[i] ?? 0]),
  }
}

export function loadOf(
  { node, operands, chained }: StripMember,
  { rowLength, strides }: Walk,
  { sources, imm }: MicroOp,
): Load {
  const place = sources[0] as number
  if (chained[place] !== 0) return { kind: 'chained', member: (chained[place] as number) - 1 }
  const operand = node.operands[place]
  const size = dtypeInfo(operand?.dtype as Dtype).bytes
  const offset = operand?.layout.kind === 'view' ? operand.layout.offset : 0
  const address = (operands[place] as number) + (offset + imm) * size
  const [rowStride, stride] = strides[place] as readonly [number, number]
  const perRow = rowStride - stride * rowLength
  if (perRow === 0) return { kind: stride === 0 ? 'fixed' : 'linear', address }
  return { kind: 'row', address, rowBytes: perRow * size, isAlong: stride !== 0 }
}
