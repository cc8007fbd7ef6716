import { numElements, type Shape } from '../../../graph/shape.ts'
import type { Tensor } from '../../builder/tensor.ts'
import { expandView, sliceView, transposeView } from '../../builder/views.ts'
import { dtypeOfOnnx } from '../onnxDtype.ts'
import { broadcastShape } from './broadcast.ts'
import type { Lowering, NodeContext } from './context.ts'
import { castTensor } from './elementwise.ts'

/** A list that older operator sets have as an attribute and newer ones as an input that must be known. */
export function listOf(context: NodeContext, p: { attribute: string; input: number }): readonly number[] | undefined {
  const attribute = context.ints(p.attribute)
  if (attribute !== undefined) return attribute
  return context.optional(p.input) === undefined ? undefined : context.knownNumbers(p.input)
}

const identity: Lowering = (context) => [context.input(0)]

/** One output of data, and for Dropout the mask that keeps everything. */
const dropout: Lowering = (context) => {
  const data = context.input(0)
  const isTraining =
    context.opset < 7 ? context.int('is_test', 0) === 0 : context.optional(2) !== undefined && context.known(2)[0] !== 0
  const ratio = context.optional(1) === undefined ? context.float('ratio', 0.5) : Number(context.known(1)[0])
  if (isTraining && ratio !== 0) throw context.unsupported('dropout in training draws random numbers')
  // Before version 10 the mask of a run that drops nothing is not filled.
  if (!context.hasOutput(1) || context.opset < 10) return [data]
  const mask = context.builder.map({ dtype: 'bool', shape: data.shape }, [data], (list) => list.i32(1))
  return [data, mask]
}

const constant: Lowering = (context) => {
  const tensor = context.tensor('value')
  if (tensor !== undefined) return [context.constantOf(tensor)]
  const name = [...context.node.attributes.keys()].find((key) => key.startsWith('value_'))
  switch (name) {
    case undefined:
      throw context.unsupported('a constant without a value')
    case 'value_float':
      return [context.constant('f32', [], [context.float(name, 0)])]
    case 'value_floats': {
      const values = context.floats(name) ?? []
      return [context.constant('f32', [values.length], values)]
    }
    case 'value_int':
      return [context.constant('i64', [], [context.optionalInt(name) ?? 0n])]
    case 'value_ints': {
      const values = context.bigInts(name) ?? []
      return [context.constant('i64', [values.length], values)]
    }
    default:
      throw context.unsupported(`a constant by the attribute "${name}"`)
  }
}

const constantOfShape: Lowering = (context) => {
  const shape = context.knownNumbers(0)
  const value = context.tensor('value')
  const one = value === undefined ? context.constant('f32', [1], [0]) : context.constantOf(value)
  const scalar = { ...one, shape: [], strides: [] }
  return [expandView(scalar, shape)]
}

const shape: Lowering = (context) => {
  const { shape: dims } = context.input(0)
  const bound = (value: number) => Math.min(Math.max(value < 0 ? value + dims.length : value, 0), dims.length)
  const part = dims.slice(bound(context.int('start', 0)), bound(context.int('end', dims.length)))
  return [context.constant('i64', [part.length], part)]
}

const size: Lowering = (context) => [context.constant('i64', [], [numElements(context.input(0).shape)])]

const reshape: Lowering = (context) => {
  const data = context.input(0)
  const wanted = listOf(context, { attribute: 'shape', input: 1 }) ?? []
  const isZeroKept = context.int('allowzero', 0) === 0
  const dims = wanted.map((dim, axis) => (dim === 0 && isZeroKept ? (data.shape[axis] ?? 0) : dim))
  const open = dims.indexOf(-1)
  if (open !== -1)
    dims[open] = numElements(data.shape) / Math.max(1, numElements(dims.filter((_, axis) => axis !== open)))
  if (numElements(dims) !== numElements(data.shape) || !dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0))
    throw context.unsupported(`shape [${data.shape.join(', ')}] cannot become [${wanted.join(', ')}]`)
  return [context.builder.reshape(data, dims)]
}

const flatten: Lowering = (context) => {
  const data = context.input(0)
  const rank = data.shape.length
  const given = context.int('axis', 1)
  const axis = given < 0 ? given + rank : given
  return [context.builder.reshape(data, [numElements(data.shape.slice(0, axis)), numElements(data.shape.slice(axis))])]
}

const squeeze: Lowering = (context) => {
  const data = context.input(0)
  const given = listOf(context, { attribute: 'axes', input: 1 })
  const axes = given?.map((axis) => context.axis(axis, data.shape.length))
  const isDropped = (dim: number, axis: number) => (axes === undefined ? dim === 1 : axes.includes(axis))
  if (data.shape.some((dim, axis) => isDropped(dim, axis) && dim !== 1))
    throw context.unsupported(`[${data.shape.join(', ')}] squeezed along [${axes?.join(', ')}]`)
  return [
    pickAxes(
      data,
      data.shape.flatMap((dim, axis) => (isDropped(dim, axis) ? [] : [axis])),
    ),
  ]
}

function pickAxes(tensor: Tensor, axes: readonly number[]): Tensor {
  return {
    ...tensor,
    shape: axes.map((axis) => tensor.shape[axis] as number),
    strides: axes.map((axis) => tensor.strides[axis] as number),
  }
}

/** A dimension of 1 at each of `axes` of the result. */
export function unsqueezed(tensor: Tensor, axes: readonly number[]): Tensor {
  const [dims, strides]: [number[], number[]] = [[...tensor.shape], [...tensor.strides]]
  for (const axis of [...axes].sort((a, b) => a - b)) {
    dims.splice(axis, 0, 1)
    strides.splice(axis, 0, 0)
  }
  return { ...tensor, shape: dims, strides }
}

const unsqueeze: Lowering = (context) => {
  const data = context.input(0)
  const given = listOf(context, { attribute: 'axes', input: 1 }) ?? []
  const axes = given.map((axis) => context.axis(axis, data.shape.length + given.length))
  if (new Set(axes).size < axes.length) throw context.unsupported('an axis that is named twice')
  return [unsqueezed(data, axes)]
}

const transpose: Lowering = (context) => {
  const data = context.input(0)
  const permutation = context.ints('perm') ?? data.shape.map((_, axis) => data.shape.length - 1 - axis)
  const isPermutation =
    permutation.length === data.shape.length && data.shape.every((_, axis) => permutation.includes(axis))
  if (!isPermutation)
    throw context.unsupported(`[${permutation.join(', ')}] is no permutation of ${data.shape.length} axes`)
  return [transposeView(data, permutation)]
}

const slice: Lowering = (context) => {
  const data = context.input(0)
  const starts = listOf(context, { attribute: 'starts', input: 1 }) ?? []
  const ends = listOf(context, { attribute: 'ends', input: 2 }) ?? []
  const axes = listOf(context, { attribute: 'axes', input: 3 }) ?? starts.map((_, i) => i)
  const steps = context.optional(4) === undefined ? starts.map(() => 1) : context.knownNumbers(4)
  return [
    axes.reduce(
      (view, given, i) =>
        sliced(context, view, {
          axis: context.axis(given, data.shape.length),
          start: starts[i] as number,
          end: ends[i] as number,
          step: steps[i] as number,
        }),
      data,
    ),
  ]
}

/** One axis of a Slice, by the clamping rules of ONNX. */
function sliced(
  context: NodeContext,
  tensor: Tensor,
  p: { axis: number; start: number; end: number; step: number },
): Tensor {
  const dim = tensor.shape[p.axis] as number
  if (p.step === 0) throw context.unsupported('a step of 0')
  const clamp = (value: number, low: number, high: number) =>
    Math.min(Math.max(value < 0 ? value + dim : value, low), high)
  const isForward = p.step > 0
  const start = isForward ? clamp(p.start, 0, dim) : clamp(p.start, 0, dim - 1)
  const end = isForward ? clamp(p.end, 0, dim) : clamp(p.end, -1, dim - 1)
  const count = Math.max(0, Math.ceil((end - start) / p.step))
  return sliceView(tensor, { axis: p.axis, start, step: p.step, count })
}

const split: Lowering = (context) => {
  const data = context.input(0)
  const axis = context.axisOf(data, 0)
  const dim = data.shape[axis] as number
  const numParts = context.node.outputs.length
  const each = Math.ceil(dim / numParts)
  const sizes =
    listOf(context, { attribute: 'split', input: 1 }) ??
    Array.from({ length: numParts }, (_, i) => Math.max(0, Math.min(each, dim - i * each)))
  let start = 0
  return sizes.map((count) => {
    const part = sliceView(data, { axis, start, step: 1, count })
    start += count
    return part
  })
}

const expand: Lowering = (context) => {
  const data = context.input(0)
  const wanted = context.knownNumbers(1)
  return [expandView(data, broadcastShape(context, [data, { shape: wanted }]))]
}

const tile: Lowering = (context) => {
  const data = context.input(0)
  const repeats = context.knownNumbers(1)
  if (repeats.length !== data.shape.length)
    throw context.unsupported(`${repeats.length} repeats for rank ${data.shape.length}`)
  return [repeats.reduce((tensor, count, axis) => repeated(context, tensor, { axis, count }), data)]
}

/** A tensor `count` times along an axis. */
function repeated(context: NodeContext, tensor: Tensor, p: { axis: number; count: number }): Tensor {
  if (p.count === 1) return tensor
  const before = unsqueezed(tensor, [p.axis])
  const shape = before.shape.map((dim, axis) => (axis === p.axis ? p.count : dim))
  const wide: Shape = tensor.shape.map((dim, axis) => (axis === p.axis ? dim * p.count : dim))
  return context.builder.reshape(expandView(before, shape), wide)
}

/** Blocks of channels to space: both modes are a reshape, a transpose and a reshape. */
const depthToSpace: Lowering = (context) => {
  const data = context.input(0)
  const block = context.requiredInt('blocksize')
  const [n, c, h, w] = data.shape as [number, number, number, number]
  const depth = c / (block * block)
  const isCrd = context.string('mode', 'DCR') === 'CRD'
  const parts = isCrd ? [n, depth, block, block, h, w] : [n, block, block, depth, h, w]
  const order = isCrd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]
  const moved = transposeView(context.builder.reshape(data, parts), order)
  return [context.builder.reshape(moved, [n, depth, h * block, w * block])]
}

const spaceToDepth: Lowering = (context) => {
  const data = context.input(0)
  const block = context.requiredInt('blocksize')
  const [n, c, h, w] = data.shape as [number, number, number, number]
  const moved = transposeView(
    context.builder.reshape(data, [n, c, h / block, block, w / block, block]),
    [0, 3, 5, 1, 2, 4],
  )
  return [context.builder.reshape(moved, [n, c * block * block, h / block, w / block])]
}

const cast: Lowering = (context) => {
  const dtype = dtypeOfOnnx(context.requiredInt('to'))
  if (dtype === undefined) throw context.unsupported(`a cast to element type ${context.requiredInt('to')}`)
  return [castTensor(context, context.input(0), dtype)]
}

const castLike: Lowering = (context) => [castTensor(context, context.input(0), context.input(1).dtype)]

/** Operators that only look at elements from elsewhere, and those that make shapes. */
export const SHAPES: Readonly<Record<string, Lowering>> = {
  Identity: identity,
  Dropout: dropout,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Shape: shape,
  Size: size,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Slice: slice,
  Split: split,
  Expand: expand,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Cast: cast,
  CastLike: castLike,
}
