import type { MicroOp } from '../../../graph/node.ts'
import { denseOperand, type Tensor } from '../../builder/tensor.ts'
import { MicroOpList } from '../../builder/microOpList.ts'
import type { Lowering, NodeContext } from './context.ts'
import { threeOf, type Window, windowAttributes, windowOf } from './windows.ts'

const MODES = { max: 0, sum: 1, average: 2, argMax: 3 } as const

/** A pool over x [n, c, …]: `dtype` of the result, micro-ops before and after. */
export function pool(
  context: NodeContext,
  p: {
    x: Tensor
    window: Window
    mode: keyof typeof MODES
    dtype: Tensor['dtype']
    countPadding?: number
    preOps?: readonly MicroOp[]
    epilogue?: readonly MicroOp[]
  },
): Tensor {
  const [n, c] = p.x.shape as [number, number]
  const [kernelD, kernelH, kernelW] = threeOf(p.window.kernel, 1) as [number, number, number]
  const [padEndD, padEndH, padEndW] = threeOf(p.window.padEnd, 0) as [number, number, number]
  const { strideD, strideH, strideW, dilationD, dilationH, dilationW, padD, padH, padW } = windowAttributes(p.window)
  const preOps = p.preOps ?? []
  const attributes = {
    mode: MODES[p.mode],
    kernelD,
    kernelH,
    kernelW,
    strideD,
    strideH,
    strideW,
    dilationD,
    dilationH,
    dilationW,
    padD,
    padH,
    padW,
    padEndD,
    padEndH,
    padEndW,
    countPadding: p.countPadding ?? 0,
    numPreOps: preOps.length,
  } as Record<string, number>
  const dense = context.builder.dense(p.x)
  const result = context.builder.node({
    op: 'Pool',
    dtype: p.dtype,
    shape: [n * c, ...threeOf(p.window.out, 1)],
    operands: [denseOperand(dense, [n * c, ...threeOf(p.x.shape.slice(2), 1)])],
    attributes,
    microOps: [...preOps, ...(p.epilogue ?? [])],
  })
  return context.builder.reshape(result, [n, c, ...p.window.out])
}

/** The window of a pooling node. @throws {UnsupportedNode} */
export function poolWindow(context: NodeContext, x: Tensor): Window {
  const kernel = context.ints('kernel_shape')
  if (kernel === undefined) throw context.unsupported('attribute "kernel_shape" is missing')
  return windowOf(context, { input: x.shape.slice(2), kernel })
}

const maxPool: Lowering = (context) => {
  const x = context.input(0)
  const window = poolWindow(context, x)
  const values = pool(context, { x, window, mode: 'max', dtype: x.dtype })
  if (!context.hasOutput(1)) return [values]
  const indices = pool(context, { x, window, mode: 'argMax', dtype: 'i64' })
  return [
    values,
    context.int('storage_order', 0) === 0 ? indices : columnMajor(context, { indices, spatial: x.shape.slice(2) }),
  ]
}

/** Indices counted with the spatial dimensions in the order of columns. */
function columnMajor(context: NodeContext, p: { indices: Tensor; spatial: readonly number[] }): Tensor {
  if (p.spatial.length !== 2) throw context.unsupported('storage_order 1 with other than two spatial dimensions')
  const [h, w] = p.spatial as [number, number]
  return context.builder.map(p.indices, [p.indices], (list, index) => {
    const plane = list.op('i64.rem_s', index as never, { imm: h * w })
    const column = list.op('i64.rem_s', plane, { imm: w })
    const row = list.op('i64.div_s', plane, { imm: w })
    const base = list.op('i64.sub', index as never, plane)
    return list.op('i64.add', base, list.op('i64.add', list.op('i64.mul', column, { imm: h }), row))
  })
}

const averagePool: Lowering = (context) => {
  const x = context.input(0)
  return [
    pool(context, {
      x,
      window: poolWindow(context, x),
      mode: 'average',
      dtype: x.dtype,
      countPadding: context.int('count_include_pad', 0),
    }),
  ]
}

const lpPool: Lowering = (context) => {
  const x = context.input(0)
  const power = context.int('p', 2)
  const pre = new MicroOpList()
  const size = pre.op('f32.abs', pre.acc())
  if (power === 2) pre.op('f32.mul', size, size)
  else if (power !== 1) pre.op('f32.pow', size, { imm: power })
  const post = new MicroOpList()
  if (power === 2) post.op('f32.sqrt', post.acc())
  else if (power !== 1) post.op('f32.pow', post.acc(), { imm: 1 / power })
  return [
    pool(context, {
      x,
      window: poolWindow(context, x),
      mode: 'sum',
      dtype: x.dtype,
      preOps: pre.ops,
      epilogue: post.ops,
    }),
  ]
}

/** x ÷ (bias + alpha ÷ size · Σ x² over a window of channels)^beta */
const lrn: Lowering = (context) => {
  const x = context.input(0)
  const size = context.requiredInt('size')
  const [n, c] = x.shape as [number, number]
  const rest = x.shape.slice(2).reduce((product, dim) => product * dim, 1)
  const square = new MicroOpList()
  const element = square.acc()
  square.op('f32.mul', element, element)
  const begin = Math.floor((size - 1) / 2)
  const window: Window = {
    kernel: [size, 1],
    strides: [1, 1],
    dilations: [1, 1],
    padBegin: [begin, 0],
    padEnd: [size - 1 - begin, 0],
    out: [c, rest],
  }
  const planes = context.builder.reshape(x, [n, 1, c, rest])
  const sums = context.builder.reshape(
    pool(context, { x: planes, window, mode: 'sum', dtype: x.dtype, preOps: square.ops }),
    x.shape,
  )
  const [alpha, beta, bias] = [context.float('alpha', 0.0001), context.float('beta', 0.75), context.float('bias', 1)]
  return [
    context.builder.map(x, [x, sums], (list, value, sum) => {
      const scale = list.op('f32.add', list.op('f32.mul', sum as never, { imm: alpha / size }), { imm: bias })
      return list.op('f32.div', value as never, list.op('f32.pow', scale, { imm: beta }))
    }),
  ]
}

/** Pools over windows; those over everything are reductions. */
export const POOLING: Readonly<Record<string, Lowering>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  LpPool: lpPool,
  LRN: lrn,
}
