import { dtypeInfo } from '../../../graph/dtype.ts'
import { MicroOpList, type ValueId } from '../../builder/microOpList.ts'
import type { NodeSpec } from '../../builder/programBuilder.ts'
import type { Tensor } from '../../builder/tensor.ts'
import { expandView, transposeView } from '../../builder/views.ts'
import { broadcastShape } from './broadcast.ts'
import type { Lowering, NodeContext } from './context.ts'
import { reduce } from './reduction.ts'
import { unsqueezed } from './shapes.ts'

/** A product of matrices [.., m, k] and [.., k, n], with what is added to it in the same node. */
export interface Product {
  readonly a: Tensor
  readonly b: Tensor
  /** Dtype of the result; the accumulator is f32, or i32 or i64 for integers. */
  readonly dtype: Tensor['dtype']
  readonly zeroA?: number
  readonly zeroB?: number
  /** True where the caller has proven that sums fit i32; else only short sums of 8-bit integers are taken to. */
  readonly fitsI32?: boolean
}

/** Most terms of products of 8-bit numbers less their zero points that an i32 can sum. */
const MAX_TERMS_I32 = 33_000

/** The product of two stacks of matrices; their leading dimensions broadcast. */
export function product(context: NodeContext, p: Product): Tensor {
  const [m, k] = p.a.shape.slice(-2) as [number, number]
  const [depth, n] = p.b.shape.slice(-2) as [number, number]
  if (k !== depth) throw context.unsupported(`[${p.a.shape.join(', ')}] times [${p.b.shape.join(', ')}]`)
  const batch = broadcastShape(context, [{ shape: p.a.shape.slice(0, -2) }, { shape: p.b.shape.slice(0, -2) }])
  const a = expandView(p.a, [...batch, m, k])
  const b = expandView(p.b, [...batch, k, n])
  const rank = batch.length
  const view = (tensor: Tensor, rowStride: number, columnStride: number) => ({
    ref: tensor.ref,
    dtype: tensor.dtype,
    layout: {
      kind: 'view' as const,
      strides: [...tensor.strides.slice(0, rank), rowStride, columnStride],
      offset: tensor.offset,
    },
  })
  const terms = { k, strideA: a.strides[rank + 1] as number, strideB: b.strides[rank] as number }
  const operands = [view(a, a.strides[rank] as number, 0), view(b, 0, b.strides[rank + 1] as number)]
  const shape = [...batch, m, n]
  if (dtypeInfo(a.dtype).valueClass === 'f32')
    return context.builder.node({ op: 'MatMul', dtype: p.dtype, shape, operands, attributes: terms, microOps: [] })
  return integerProduct(context, { ...p, a, b }, { terms, operands, shape })
}

function integerProduct(
  context: NodeContext,
  p: Product,
  q: Pick<NodeSpec, 'operands' | 'shape'> & { terms: { k: number; strideA: number; strideB: number } },
): Tensor {
  const isNarrow = [p.a, p.b].every(({ dtype }) => dtypeInfo(dtype).bytes === 1)
  const isWide = p.fitsI32 !== true && (!isNarrow || q.terms.k > MAX_TERMS_I32)
  const attributes = { ...q.terms, zeroA: p.zeroA ?? 0, zeroB: p.zeroB ?? 0, accumulator: Number(isWide) }
  const list = new MicroOpList()
  if (isWide && dtypeInfo(p.dtype).valueClass === 'i32') list.op('i32.wrap_i64', list.acc())
  return context.builder.node({
    op: 'MatMulInteger',
    dtype: p.dtype,
    shape: q.shape,
    operands: q.operands,
    attributes,
    microOps: list.ops,
  })
}

/** A vector becomes a row on the left, a column on the right; its dimension of 1 is dropped from the result. */
export const matMulOf = (context: NodeContext, p: Product): Tensor => {
  const [isRow, isColumn] = [p.a.shape.length === 1, p.b.shape.length === 1]
  const a = isRow ? unsqueezed(p.a, [0]) : p.a
  const b = isColumn ? unsqueezed(p.b, [1]) : p.b
  const result = product(context, { ...p, a, b })
  const rank = result.shape.length
  const shape = result.shape.filter((_, axis) => !(isRow && axis === rank - 2) && !(isColumn && axis === rank - 1))
  return context.builder.reshape(result, shape)
}

/** A product of 64-bit integers: all products of elements, then their sums, both wrapped. */
function product64(context: NodeContext, left: Tensor, right: Tensor): Tensor {
  const [isRow, isColumn] = [left.shape.length === 1, right.shape.length === 1]
  const a = isRow ? unsqueezed(left, [0]) : left
  const b = transposeLast(isColumn ? unsqueezed(right, [1]) : right)
  const [rankA, rankB] = [a.shape.length, b.shape.length]
  if (a.shape[rankA - 1] !== b.shape[rankB - 1])
    throw context.unsupported(`[${left.shape.join(', ')}] times [${right.shape.join(', ')}]`)
  const factors = [unsqueezed(a, [rankA - 1]), unsqueezed(b, [rankB - 2])]
  const shape = broadcastShape(context, factors)
  const terms = context.builder.map({ dtype: a.dtype, shape }, factors, (list, x, y) =>
    list.op('i64.mul', x as ValueId, y as ValueId),
  )
  const sums = reduce(context, { tensor: terms, axes: [shape.length - 1], mode: 'sum' })
  const rank = sums.shape.length
  const kept = sums.shape.filter((_, axis) => !(isRow && axis === rank - 2) && !(isColumn && axis === rank - 1))
  return context.builder.reshape(sums, kept)
}

function transposeLast(tensor: Tensor): Tensor {
  const axes = tensor.shape.map((_, axis) => axis)
  return transposeView(tensor, [...axes.slice(0, -2), axes.length - 1, axes.length - 2])
}

const matMul: Lowering = (context) => {
  const [a, b] = [context.input(0), context.input(1)]
  if (dtypeInfo(a.dtype).valueClass === 'i64') return [product64(context, a, b)]
  return [matMulOf(context, { a, b, dtype: a.dtype })]
}

/** alpha · A' B' + beta · C, the factors where they are not 1. */
const gemm: Lowering = (context) => {
  const [alpha, beta] = [context.float('alpha', 1), context.float('beta', 1)]
  const a = context.int('transA', 0) === 0 ? context.input(0) : transposeView(context.input(0), [1, 0])
  const b = context.int('transB', 0) === 0 ? context.input(1) : transposeView(context.input(1), [1, 0])
  const result = product(context, { a, b, dtype: a.dtype })
  const c = context.optional(2)
  if (c === undefined && alpha === 1) return [result]
  const { valueClass } = dtypeInfo(a.dtype)
  if (valueClass !== 'f32') throw context.unsupported(`a product of ${a.dtype} with factors or a bias`)
  return [
    context.builder.map(result, c === undefined ? [result] : [result, c], (list, x, bias) => {
      const scaled = alpha === 1 ? (x as ValueId) : list.op('f32.mul', x as ValueId, { imm: alpha })
      if (bias === undefined) return scaled
      return list.op('f32.add', scaled, beta === 1 ? bias : list.op('f32.mul', bias, { imm: beta }))
    }),
  ]
}

/** A tensor of integers less a zero point of its own shape class, as i32 or, where the zero point is one known number, unchanged with that number. */
export function lessZeroPoint(
  context: NodeContext,
  p: { tensor: Tensor; zero: Tensor | undefined; axis: number },
): { tensor: Tensor; zero: number } {
  if (p.zero === undefined) return { tensor: p.tensor, zero: 0 }
  const known = context.knownOrNot(p.zero)
  if (known !== undefined && known.every((value) => value === known[0]))
    return { tensor: p.tensor, zero: Number(known[0] ?? 0) }
  const zero =
    p.zero.shape.length === 1 && p.zero.shape[0] !== 1
      ? alongAxis(p.zero, { axis: p.axis, rank: p.tensor.shape.length })
      : p.zero.shape.length > 1
        ? p.zero
        : { ...p.zero, shape: [], strides: [] }
  const shifted = context.builder.map({ dtype: 'i16', shape: p.tensor.shape }, [p.tensor, zero], (list, a, b) =>
    list.op('i32.sub', a as ValueId, b as ValueId),
  )
  return { tensor: shifted, zero: 0 }
}

/** A vector as a tensor of a rank with all other dimensions 1. */
export function alongAxis(vector: Tensor, p: { axis: number; rank: number }): Tensor {
  return {
    ...vector,
    shape: Array.from({ length: p.rank }, (_, axis) => (axis === p.axis ? (vector.shape[0] as number) : 1)),
    strides: Array.from({ length: p.rank }, (_, axis) => (axis === p.axis ? (vector.strides[0] as number) : 0)),
  }
}

const matMulInteger: Lowering = (context) => {
  const rankA = context.input(0).shape.length
  const rankB = context.input(1).shape.length
  const a = lessZeroPoint(context, { tensor: context.input(0), zero: context.optional(2), axis: rankA - 2 })
  const b = lessZeroPoint(context, { tensor: context.input(1), zero: context.optional(3), axis: rankB - 1 })
  return [matMulOf(context, { a: a.tensor, b: b.tensor, dtype: 'i32', zeroA: a.zero, zeroB: b.zero })]
}

/** Einsum of one or two operands: sums of products over the letters that the output does not have. */
const einsum: Lowering = (context) => {
  const [left, right] = context.string('equation', '').replaceAll(' ', '').split('->') as [string, string?]
  const terms = left.split(',')
  if (terms.length > 2) throw context.unsupported('Einsum with more than two operands')
  const tensors = terms.map((term, i) => lettersOf(context, { term, tensor: context.input(i) }))
  const all = tensors.map(({ letters }) => letters).join('')
  const ellipsis = [...new Set(all)]
    .filter((letter) => letter < 'A')
    .sort()
    .join('')
  const implicit =
    ellipsis +
    [...new Set(all)]
      .filter((letter) => letter >= 'A' && all.split(letter).length === 2)
      .sort()
      .join('')
  const output = right === undefined ? implicit : right.replace('...', ellipsis)
  const summed = [...new Set(all)].filter((letter) => !output.includes(letter))
  const [first, second] = tensors as [Lettered, Lettered?]
  const sizes = new Map(
    tensors
      .flatMap(({ letters, tensor }) =>
        letters.split('').map((letter, axis) => [letter, tensor.shape[axis] as number] as const),
      )
      .sort((x, y) => x[1] - y[1]),
  )
  const size = (letters: readonly string[]) => letters.map((letter) => sizes.get(letter) as number)
  const arrange = ({ letters, tensor }: Lettered, order: readonly string[]): Tensor => {
    const axes = order.map((letter) => letters.indexOf(letter))
    const pick = (values: readonly number[], fill: number) =>
      axes.map((axis) => (axis === -1 ? fill : (values[axis] as number)))
    return expandView({ ...tensor, shape: pick(tensor.shape, 1), strides: pick(tensor.strides, 0) }, size(order))
  }
  const one = second ?? { letters: '', tensor: context.constant(first.tensor.dtype, [], [1]) }
  const outer = output.split('')
  const depth = summed.reduce((count, letter) => count * (sizes.get(letter) as number), 1)
  const flat = (item: Lettered) =>
    context.builder.reshape(arrange(item, [...outer, ...summed]), [...size(outer), depth])
  const [a, b] = [flat(first), flat(one)]
  const view = (tensor: Tensor) => ({
    ref: tensor.ref,
    dtype: tensor.dtype,
    layout: { kind: 'view' as const, strides: tensor.strides.slice(0, -1), offset: tensor.offset },
  })
  const attributes = { k: depth, strideA: a.strides.at(-1) as number, strideB: b.strides.at(-1) as number }
  return [
    context.builder.node({
      op: 'MatMul',
      dtype: first.tensor.dtype,
      shape: size(outer),
      operands: [view(a), view(b)],
      attributes,
      microOps: [],
    }),
  ]
}

interface Lettered {
  readonly letters: string
  readonly tensor: Tensor
}

/** An operand with one letter an axis: digits stand for the axes of an ellipsis, a repeated letter takes the diagonal. */
function lettersOf(context: NodeContext, p: { term: string; tensor: Tensor }): Lettered {
  const rank = p.tensor.shape.length
  const numNamed = p.term.replace('...', '').length
  const digits = Array.from({ length: Math.max(0, rank - numNamed) }, (_, i) => String.fromCharCode(48 + i)).join('')
  const letters = p.term.replace('...', digits)
  if (letters.length !== rank) throw context.unsupported(`"${p.term}" for a tensor of rank ${rank}`)
  const unique = [...new Set(letters)]
  const shape = unique.map((letter) => p.tensor.shape[letters.indexOf(letter)] as number)
  const strides = unique.map((letter) =>
    letters
      .split('')
      .reduce((sum, other, axis) => (other === letter ? sum + (p.tensor.strides[axis] as number) : sum), 0),
  )
  return { letters: unique.join(''), tensor: { ...p.tensor, shape, strides } }
}

/** Products of matrices. */
export const MATRIX: Readonly<Record<string, Lowering>> = {
  MatMul: matMul,
  Gemm: gemm,
  MatMulInteger: matMulInteger,
  Einsum: einsum,
}
