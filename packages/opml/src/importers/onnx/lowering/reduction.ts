import { type Dtype, dtypeInfo } from '../../../graph/dtype.ts'
import type { MicroOp } from '../../../graph/node.ts'
import { MAX_RANK, numElements } from '../../../graph/shape.ts'
import { joinLoops, type Loop } from '../../builder/loops.ts'
import { MicroOpList, type ValueId } from '../../builder/microOpList.ts'
import { type Tensor, viewOperand } from '../../builder/tensor.ts'
import { transposeView } from '../../builder/views.ts'
import type { Lowering, NodeContext } from './context.ts'
import { listOf, unsqueezed } from './shapes.ts'

const MODES = { sum: 0, product: 1, max: 2, min: 3 } as const

/** Most reduction axes of a node after joining those that lie behind one another. */
const MAX_AXES = 3

/**
 * Most terms that a node reduces: one block has 32 outputs or more, each of which costs a referee all of its terms.
 * A longer reduction is done in two nodes.
 */
const MAX_TERMS = 4096

/** A reduction: which axes, how, and micro-ops before and after. */
export interface Reduction {
  readonly tensor: Tensor
  readonly axes: readonly number[]
  readonly mode: keyof typeof MODES
  readonly dtype?: Dtype
  readonly before?: (list: MicroOpList, x: ValueId) => ValueId
  readonly after?: (list: MicroOpList, x: ValueId) => ValueId
}

/** The reduction of a tensor; the axes are dropped from its shape. */
export function reduce(context: NodeContext, p: Reduction): Tensor {
  const kept = p.tensor.shape.map((_, axis) => axis).filter((axis) => !p.axes.includes(axis))
  const ordered = [...p.axes].sort((a, b) => a - b)
  const loops = joinLoops(
    ordered.map((axis) => ({ size: p.tensor.shape[axis] as number, stride: p.tensor.strides[axis] as number })),
  )
  if (loops.length > MAX_AXES) {
    const moved = transposeView(p.tensor, [...kept, ...ordered])
    const outer = moved.shape.slice(0, kept.length)
    const flat = context.builder.reshape(moved, [...outer, numElements(moved.shape.slice(kept.length))])
    return reduce(context, { ...p, tensor: context.builder.dense(flat), axes: [kept.length] })
  }
  const pick = (values: readonly number[]) => kept.map((axis) => values[axis] as number)
  const view = { ...p.tensor, shape: pick(p.tensor.shape), strides: pick(p.tensor.strides) }
  const parts = partsOf(loops, MAX_RANK - kept.length)
  if (parts !== undefined) return reduceInParts(context, p, { view, ...parts })
  const preOps = listBy(p.before)
  const [first, second, third] = [...loops, ...new Array(MAX_AXES).fill({ size: 1, stride: 0 })].slice(0, MAX_AXES) as [
    Loop,
    Loop,
    Loop,
  ]
  return context.builder.node({
    op: 'Reduce',
    dtype: p.dtype ?? p.tensor.dtype,
    shape: view.shape,
    operands: [viewOperand(view)],
    attributes: {
      mode: MODES[p.mode],
      size0: first.size,
      size1: second.size,
      size2: third.size,
      stride0: first.stride,
      stride1: second.stride,
      stride2: third.stride,
      numPreOps: preOps.length,
    },
    microOps: [...preOps, ...listBy(p.after)],
  })
}

/** Loops cut into outer and inner ones of about as many rounds; undefined where all are short, or nothing divides them. */
function partsOf(loops: readonly Loop[], maxOuter: number): { outer: Loop[]; inner: Loop[] } | undefined {
  const count = loops.reduce((product, { size }) => product * size, 1)
  if (count <= MAX_TERMS) return undefined
  let best: { outer: Loop[]; inner: Loop[] } | undefined
  let leastRounds = count
  loops.forEach(({ size, stride }, at) => {
    for (const divisor of divisorsOf(size)) {
      const inner = [{ size: divisor, stride }, ...loops.slice(at + 1)]
      const outer = [...loops.slice(0, at), { size: size / divisor, stride: stride * divisor }]
      const rounds = inner.reduce((product, loop) => product * loop.size, 1)
      const longer = Math.max(rounds, count / rounds)
      if (longer < leastRounds && outer.length <= maxOuter) [best, leastRounds] = [{ outer, inner }, longer]
    }
  })
  return best
}

function divisorsOf(n: number): number[] {
  const found: number[] = []
  for (let d = 1; d * d <= n; d++) if (n % d === 0) found.push(d, n / d)
  return found
}

/** The inner loops in one node, which keeps the outer ones as dimensions, then those in another. */
function reduceInParts(
  context: NodeContext,
  p: Reduction,
  q: { view: Tensor; outer: readonly Loop[]; inner: readonly Loop[] },
): Tensor {
  const { shape, strides } = q.view
  const loops = [...q.outer, ...q.inner]
  const tensor = {
    ...q.view,
    shape: [...shape, ...loops.map(({ size }) => size)],
    strides: [...strides, ...loops.map(({ stride }) => stride)],
  }
  const axesFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i)
  const { before, after, ...rest } = p
  const partial = reduce(context, {
    ...rest,
    ...(before && { before }),
    tensor,
    axes: axesFrom(shape.length + q.outer.length, q.inner.length),
    dtype: accumulatorDtype(p.tensor.dtype),
  })
  return reduce(context, {
    ...rest,
    ...(after && { after }),
    tensor: partial,
    axes: axesFrom(shape.length, q.outer.length),
    dtype: p.dtype ?? p.tensor.dtype,
  })
}

/** The dtype that holds a value of a dtype's class and keeps its order. */
function accumulatorDtype(dtype: Dtype): Dtype {
  const { valueClass } = dtypeInfo(dtype)
  if (valueClass === 'i64') return dtype
  return valueClass === 'f32' ? 'f32' : dtype === 'u32' ? 'u32' : 'i32'
}

function listBy(build: ((list: MicroOpList, x: ValueId) => ValueId) | undefined): readonly MicroOp[] {
  if (build === undefined) return []
  const list = new MicroOpList()
  build(list, list.acc())
  return list.ops
}

/** A Reduce operator of ONNX: axes as attribute or input, dimensions kept as 1 or dropped. */
function reduction(
  build: (p: { count: number; dtype: Dtype }) => Pick<Reduction, 'mode' | 'before' | 'after'>,
): Lowering {
  return (context) => {
    const tensor = context.input(0)
    const given = listOf(context, { attribute: 'axes', input: 1 })
    if ((given === undefined || given.length === 0) && context.int('noop_with_empty_axes', 0) === 1) return [tensor]
    const axes =
      given === undefined || given.length === 0
        ? tensor.shape.map((_, axis) => axis)
        : given.map((axis) => context.axis(axis, tensor.shape.length))
    const count = axes.reduce((product, axis) => product * (tensor.shape[axis] as number), 1)
    const result = reduce(context, { tensor, axes, ...build({ count, dtype: tensor.dtype }) })
    return [context.int('keepdims', 1) === 1 ? unsqueezed(result, axes) : result]
  }
}

const square = (list: MicroOpList, x: ValueId, dtype: Dtype): ValueId =>
  list.op(`${dtypeInfo(dtype).valueClass}.mul`, x, x)

function magnitude(list: MicroOpList, x: ValueId, dtype: Dtype): ValueId {
  const { valueClass } = dtypeInfo(dtype)
  if (valueClass === 'f32') return list.op('f32.abs', x)
  const zero = valueClass === 'i32' ? list.i32(0) : list.i64(0)
  return list.op(`${valueClass}.max_s`, x, list.op(`${valueClass}.sub`, zero, x))
}

function divided(list: MicroOpList, x: ValueId, p: { count: number; dtype: Dtype }): ValueId {
  const { valueClass } = dtypeInfo(p.dtype)
  return list.op(valueClass === 'f32' ? 'f32.div' : `${valueClass}.div_s`, x, { imm: p.count })
}

/** log Σ exp(x): the largest is taken out first, so that nothing overflows. */
const logSumExp: Lowering = (context) => {
  const tensor = context.input(0)
  const given = listOf(context, { attribute: 'axes', input: 1 })
  const axes =
    given === undefined || given.length === 0
      ? tensor.shape.map((_, axis) => axis)
      : given.map((axis) => context.axis(axis, tensor.shape.length))
  const high = unsqueezed(reduce(context, { tensor, axes, mode: 'max' }), axes)
  const terms = context.builder.map(tensor, [tensor, high], (list, x, top) =>
    list.op('f32.exp', list.op('f32.sub', x as ValueId, top as ValueId)),
  )
  const sum = unsqueezed(
    reduce(context, { tensor: terms, axes, mode: 'sum', after: (list, x) => list.op('f32.log', x) }),
    axes,
  )
  const result = context.builder.map(high, [sum, high], (list, x, top) =>
    list.op('f32.add', x as ValueId, top as ValueId),
  )
  if (context.int('keepdims', 1) === 1) return [result]
  return [
    context.builder.reshape(
      result,
      tensor.shape.filter((_, axis) => !axes.includes(axis)),
    ),
  ]
}

/** The average or maximum over all spatial dimensions, which stay as 1. */
function globalPool(mode: 'sum' | 'max'): Lowering {
  return (context) => {
    const tensor = context.input(0)
    const axes = tensor.shape.map((_, axis) => axis).slice(2)
    const count = numElements(tensor.shape.slice(2))
    const after = (list: MicroOpList, x: ValueId) => list.op('f32.div', x, { imm: count })
    return [unsqueezed(reduce(context, { tensor, axes, mode, ...(mode === 'sum' && { after }) }), axes)]
  }
}

/** (Σ |x|^p)^(1/p) over all spatial dimensions, which stay as 1. */
const globalLpPool: Lowering = (context) => {
  const tensor = context.input(0)
  const power = context.int('p', 2)
  const axes = tensor.shape.map((_, axis) => axis).slice(2)
  const raised = (list: MicroOpList, x: ValueId, exponent: number) =>
    exponent === 1 ? x : list.op('f32.pow', x, { imm: exponent })
  return [
    unsqueezed(
      reduce(context, {
        tensor,
        axes,
        mode: 'sum',
        before: (list, x) => (power === 2 ? list.op('f32.mul', x, x) : raised(list, list.op('f32.abs', x), power)),
        after: (list, x) => (power === 2 ? list.op('f32.sqrt', x) : raised(list, x, 1 / power)),
      }),
      axes,
    ),
  ]
}

/** Position (i64) of the largest (mode 0) or smallest (1) along an axis, the first or the last of equals; the axis is dropped. */
export function argReduceAlong(
  context: NodeContext,
  p: { tensor: Tensor; axis: number; mode: 0 | 1; isLast: number },
): Tensor {
  const { tensor, axis } = p
  const kept = tensor.shape.map((_, i) => i).filter((i) => i !== axis)
  const view = {
    ...tensor,
    shape: kept.map((i) => tensor.shape[i] as number),
    strides: kept.map((i) => tensor.strides[i] as number),
  }
  return context.builder.node({
    op: 'ArgReduce',
    dtype: 'i64',
    shape: view.shape,
    operands: [viewOperand(view)],
    attributes: {
      mode: p.mode,
      isLast: p.isLast,
      size: tensor.shape[axis] as number,
      stride: tensor.strides[axis] as number,
    },
    microOps: [],
  })
}

function argReduce(mode: 0 | 1): Lowering {
  return (context) => {
    const tensor = context.input(0)
    const axis = context.axisOf(tensor, 0)
    const result = argReduceAlong(context, { tensor, axis, mode, isLast: context.int('select_last_index', 0) })
    return [context.int('keepdims', 1) === 1 ? unsqueezed(result, [axis]) : result]
  }
}

/** Reductions along axes. */
export const REDUCTION: Readonly<Record<string, Lowering>> = {
  ReduceSum: reduction(() => ({ mode: 'sum' })),
  ReduceProd: reduction(() => ({ mode: 'product' })),
  ReduceMax: reduction(() => ({ mode: 'max' })),
  ReduceMin: reduction(() => ({ mode: 'min' })),
  ReduceMean: reduction(({ count, dtype }) => ({
    mode: 'sum',
    after: (list, x) => divided(list, x, { count, dtype }),
  })),
  ReduceSumSquare: reduction(({ dtype }) => ({ mode: 'sum', before: (list, x) => square(list, x, dtype) })),
  ReduceL1: reduction(({ dtype }) => ({ mode: 'sum', before: (list, x) => magnitude(list, x, dtype) })),
  ReduceL2: reduction(({ dtype }) => ({
    mode: 'sum',
    before: (list, x) => square(list, x, dtype),
    after: (list, x) => list.op('f32.sqrt', x),
  })),
  ReduceLogSum: reduction(() => ({ mode: 'sum', after: (list, x) => list.op('f32.log', x) })),
  ReduceLogSumExp: logSumExp,
  GlobalAveragePool: globalPool('sum'),
  GlobalLpPool: globalLpPool,
  GlobalMaxPool: globalPool('max'),
  ArgMax: argReduce(0),
  ArgMin: argReduce(1),
}
