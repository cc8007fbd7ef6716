import { dtypeInfo } from '../../../graph/dtype.ts'
import { denseOperand, type Tensor } from '../../builder/tensor.ts'
import type { Lowering, NodeContext } from './context.ts'
import { gatherRows } from './indexing.ts'
import { listOf } from './shapes.ts'

/** Pads that are constant are a node; the others pick rows that are known. */
const pad: Lowering = (context) => {
  const data = context.input(0)
  const rank = data.shape.length
  const given = listOf(context, { attribute: 'pads', input: 1 }) ?? context.ints('paddings') ?? []
  const axes =
    context.optional(3) === undefined
      ? data.shape.map((_, axis) => axis)
      : context.knownNumbers(3).map((axis) => context.axis(axis, rank))
  const [begin, end] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)]
  axes.forEach((axis, i) => {
    begin[axis] = given[i] as number
    end[axis] = given[axes.length + i] as number
  })
  const mode = context.string('mode', 'constant')
  if (mode === 'constant')
    return [
      padConstant(context, {
        data,
        begin,
        end,
        value: context.optional(2) ?? context.constant(data.dtype, [], [context.float('value', 0)]),
      }),
    ]
  return [
    data.shape.reduce(
      (tensor, _, axis) =>
        padRows(context, { tensor, axis, begin: begin[axis] as number, end: end[axis] as number, mode }),
      data,
    ),
  ]
}

/** A tensor inside a border of one value that is known. */
export function padConstant(
  context: NodeContext,
  p: { data: Tensor; begin: readonly number[]; end: readonly number[]; value: Tensor },
): Tensor {
  const { data, value } = p
  const bytes = context.builder.knownBytes(value)
  if (bytes === undefined)
    throw context.unsupported('the padding value is not known before the run; fix it with --bind')
  const words = new Uint32Array(2)
  new Uint8Array(words.buffer).set(bytes.subarray(0, dtypeInfo(data.dtype).bytes))
  const shape = data.shape.map((dim, axis) => dim + (p.begin[axis] as number) + (p.end[axis] as number))
  const all = [...new Array<number>(6 - shape.length).fill(0), ...p.begin]
  const attributes = {
    ...Object.fromEntries(all.map((count, i) => [`begin${i}`, count])),
    valueLow: words[0] as number,
    valueHigh: words[1] as number,
  }
  return context.builder.node({
    op: 'Pad',
    dtype: data.dtype,
    shape,
    operands: [denseOperand(context.builder.dense(data))],
    attributes,
    microOps: [],
  })
}

function padRows(
  context: NodeContext,
  p: { tensor: Tensor; axis: number; begin: number; end: number; mode: string },
): Tensor {
  if (p.begin === 0 && p.end === 0) return p.tensor
  const size = p.tensor.shape[p.axis] as number
  const rowOf = (i: number): number => {
    if (p.mode === 'edge') return Math.min(Math.max(i, 0), size - 1)
    if (p.mode === 'wrap') return ((i % size) + size) % size
    const period = Math.max(1, 2 * (size - 1))
    const folded = ((i % period) + period) % period
    return folded < size ? folded : period - folded
  }
  const numRows = context.count(size + p.begin + p.end, 'rows')
  const rows = Array.from({ length: numRows }, (_, i) => rowOf(i - p.begin))
  return gatherRows(context, { data: p.tensor, indices: context.constant('i64', [rows.length], rows), axis: p.axis })
}

/** The middle of a tensor, or the tensor in the middle of zeros, axis by axis; of an odd difference the end takes more. */
const centerCropPad: Lowering = (context) => {
  const data = context.input(0)
  const rank = data.shape.length
  const wanted = context.knownNumbers(1)
  const axes = context.ints('axes')?.map((axis) => context.axis(axis, rank)) ?? data.shape.map((_, axis) => axis)
  const [begin, end] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)]
  axes.forEach((axis, i) => {
    const missing = (wanted[i] as number) - (data.shape[axis] as number)
    begin[axis] = missing < 0 ? -Math.floor(-missing / 2) : Math.floor(missing / 2)
    end[axis] = missing - (begin[axis] as number)
  })
  return [padConstant(context, { data, begin, end, value: context.constant(data.dtype, [], [0]) })]
}

/** Borders around tensors. */
export const PADDING: Readonly<Record<string, Lowering>> = { Pad: pad, CenterCropPad: centerCropPad }
