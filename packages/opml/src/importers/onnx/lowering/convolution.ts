import { dtypeInfo } from '../../../graph/dtype.ts'
import { denseOperand, type Tensor } from '../../builder/tensor.ts'
import type { Lowering, NodeContext } from './context.ts'
import { alongAxis, lessZeroPoint } from './matrix.ts'
import { threeOf, type Window, windowAttributes, windowOf } from './windows.ts'

/** A convolution's factors and what surrounds them. */
interface Convolution {
  readonly x: Tensor
  readonly w: Tensor
  readonly dtype: Tensor['dtype']
  readonly zeroX?: number
  readonly zeroW?: number
  /** How the kernel moves; that of the node's attributes unless given. */
  readonly window?: Window
}

/** x [n, g·ic, …] with w [g·oc, ic, …], in f32 or in exact integers. */
export function convolution(context: NodeContext, p: Convolution): Tensor {
  const group = context.int('group', 1)
  const window =
    p.window ??
    windowOf(context, { input: p.x.shape.slice(2), kernel: context.ints('kernel_shape') ?? p.w.shape.slice(2) })
  checkChannels(context, { ...p, group })
  const [n, outChannels] = [p.x.shape[0] as number, p.w.shape[0] as number]
  const isFloat = dtypeInfo(p.x.dtype).valueClass === 'f32'
  const attributes = {
    ...windowAttributes(window),
    ...(isFloat ? {} : { zeroA: p.zeroX ?? 0, zeroB: p.zeroW ?? 0, accumulator: 0 }),
  }
  const result = context.builder.node({
    op: isFloat ? 'Conv' : 'ConvInteger',
    dtype: p.dtype,
    shape: [n, group, outChannels / group, ...threeOf(window.out, 1)],
    operands: [spatial(context, p.x), spatial(context, p.w)],
    attributes,
    microOps: [],
  })
  return context.builder.reshape(result, [n, outChannels, ...window.out])
}

/** [n, c, spatial…] as a dense operand with three spatial dimensions. */
function spatial(context: NodeContext, tensor: Tensor) {
  return denseOperand(context.builder.dense(tensor), [
    ...tensor.shape.slice(0, 2),
    ...threeOf(tensor.shape.slice(2), 1),
  ])
}

function checkChannels(context: NodeContext, p: Convolution & { group: number }): void {
  const fits =
    p.x.shape[1] === (p.w.shape[1] as number) * p.group &&
    (p.w.shape[0] as number) % p.group === 0 &&
    p.x.shape.length === p.w.shape.length
  if (!fits) throw context.unsupported(`x [${p.x.shape.join(', ')}], w [${p.w.shape.join(', ')}] in ${p.group} groups`)
}

/** A result with a bias an output channel. */
function withBias(context: NodeContext, result: Tensor, bias: Tensor | undefined): Tensor {
  if (bias === undefined) return result
  const { valueClass } = dtypeInfo(result.dtype)
  return context.builder.map(result, [result, alongAxis(bias, { axis: 1, rank: result.shape.length })], (list, x, b) =>
    list.op(`${valueClass}.add`, x as never, b as never),
  )
}

const conv: Lowering = (context) => {
  const x = context.input(0)
  return [withBias(context, convolution(context, { x, w: context.input(1), dtype: x.dtype }), context.optional(2))]
}

const convInteger: Lowering = (context) => {
  const x = lessZeroPoint(context, { tensor: context.input(0), zero: context.optional(2), axis: 1 })
  const w = lessZeroPoint(context, { tensor: context.input(1), zero: context.optional(3), axis: 0 })
  return [convolution(context, { x: x.tensor, w: w.tensor, dtype: 'i32', zeroX: x.zero, zeroW: w.zero })]
}

const convTranspose: Lowering = (context) => {
  const [x, w] = [context.input(0), context.input(1)]
  const group = context.int('group', 1)
  const window = transposedWindow(context, {
    input: x.shape.slice(2),
    kernel: context.ints('kernel_shape') ?? w.shape.slice(2),
  })
  const [n, perGroup] = [x.shape[0] as number, w.shape[1] as number]
  if (x.shape[1] !== w.shape[0] || (x.shape[1] as number) % group !== 0)
    throw context.unsupported(`x [${x.shape.join(', ')}], w [${w.shape.join(', ')}] in ${group} groups`)
  const result = context.builder.node({
    op: 'ConvTranspose',
    dtype: x.dtype,
    shape: [n, group, perGroup, ...threeOf(window.out, 1)],
    operands: [spatial(context, x), spatial(context, w)],
    attributes: windowAttributes(window),
    microOps: [],
  })
  return [withBias(context, context.builder.reshape(result, [n, group * perGroup, ...window.out]), context.optional(2))]
}

/** Output sizes of a transposed convolution: from the pads, or the pads from the output's shape. */
export function transposedWindow(
  context: NodeContext,
  p: { input: readonly number[]; kernel: readonly number[] },
): Window {
  const rank = p.input.length
  if (rank < 1 || rank > 3) throw context.unsupported(`${rank} spatial dimensions`)
  const ones = p.input.map(() => 1)
  const strides = context.ints('strides') ?? ones
  const dilations = context.ints('dilations') ?? ones
  const extra = context.ints('output_padding') ?? p.input.map(() => 0)
  const full = p.input.map(
    (size, i) =>
      (strides[i] as number) * (size - 1) +
      (extra[i] as number) +
      ((p.kernel[i] as number) - 1) * (dilations[i] as number) +
      1,
  )
  const mode = context.string('auto_pad', 'NOTSET')
  const isSame = mode.startsWith('SAME')
  const given =
    context.ints('output_shape')?.slice(-rank) ??
    (isSame ? p.input.map((size, i) => size * (strides[i] as number)) : undefined)
  const pads = context.ints('pads') ?? new Array<number>(2 * rank).fill(0)
  if (given === undefined) {
    const padBegin = pads.slice(0, rank)
    const padEnd = pads.slice(rank)
    const out = full.map((size, i) => size - (padBegin[i] as number) - (padEnd[i] as number))
    return { kernel: p.kernel, strides, dilations, padBegin, padEnd, out }
  }
  const totals = full.map((size, i) => size - (given[i] as number))
  const half = totals.map((total) => Math.floor(total / 2))
  const rest = totals.map((total, i) => total - (half[i] as number))
  const [padBegin, padEnd] = mode === 'SAME_UPPER' ? [half, rest] : [rest, half]
  return { kernel: p.kernel, strides, dilations, padBegin, padEnd, out: given }
}

/** Convolutions. */
export const CONVOLUTION: Readonly<Record<string, Lowering>> = {
  Conv: conv,
  ConvInteger: convInteger,
  ConvTranspose: convTranspose,
}
