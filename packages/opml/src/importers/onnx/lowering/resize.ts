import { type Tensor, denseOperand } from '../../builder/tensor.ts'
import { numElements } from '../../../graph/shape.ts'
import type { Lowering, NodeContext } from './context.ts'
import { gatherRows } from './indexing.ts'
import { castTensor } from './elementwise.ts'

/** How one axis is resampled. */
export interface Axis {
  readonly size: number
  readonly out: number
  readonly scale: number
  /** Start and end of the region in `tf_crop_and_resize`, as parts of the axis. */
  readonly region: readonly [number, number]
}

/** Taps of one output position: rows of the input and their weights. */
export interface Taps {
  readonly rows: readonly number[]
  readonly weights: readonly number[]
  readonly isOutside: boolean
}

const f32 = Math.fround

/** Where output position `i` lies in the input: in f32, rounded at every step, as runtimes compute it. */
function position(context: NodeContext, axis: Axis, i: number): number {
  const { size, out, scale } = axis
  const mode = context.opset >= 11 ? context.string('coordinate_transformation_mode', 'half_pixel') : 'asymmetric'
  const halfPixel = () => f32(f32((i + 0.5) / scale) - 0.5)
  switch (mode) {
    case 'half_pixel':
      return halfPixel()
    case 'pytorch_half_pixel':
      return out > 1 ? halfPixel() : 0
    case 'half_pixel_symmetric': {
      const adjustment = f32(out / f32(scale * size))
      return f32(f32((size / 2) * f32(1 - adjustment)) + halfPixel())
    }
    case 'align_corners':
      return out === 1 ? 0 : f32((i * (size - 1)) / f32(f32(scale * size) - 1))
    case 'asymmetric':
      return f32(i / scale)
    case 'tf_half_pixel_for_nn':
      return f32((i + 0.5) / scale)
    case 'tf_crop_and_resize': {
      const [start, end] = axis.region
      return out > 1
        ? f32(f32(start * (size - 1)) + f32(f32(i * f32(f32(end - start) * (size - 1))) / (out - 1)))
        : f32(0.5 * f32(f32(start + end) * (size - 1)))
    }
    default:
      throw context.unsupported(`coordinate_transformation_mode ${mode}`)
  }
}

/** Version 10 says nothing of rounding; runtimes round up where they shrink, else down. */
function nearestRow(context: NodeContext, x: number, scale: number): number {
  if (context.opset < 11) return context.node.opType === 'Resize' && scale < 1 ? Math.ceil(x) : Math.floor(x)
  const mode = context.string('nearest_mode', 'round_prefer_floor')
  if (mode === 'floor') return Math.floor(x)
  if (mode === 'ceil') return Math.ceil(x)
  return mode === 'round_prefer_ceil' ? Math.floor(x + 0.5) : Math.ceil(x - 0.5)
}

/** Weights of the four taps of a cubic convolution (Keys) at distance `t` behind the second. */
function cubicWeights(t: number, a: number): number[] {
  const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1
  const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
  return [far(t + 1), near(t), near(1 - t), far(2 - t)]
}

function tapsAt(context: NodeContext, axis: Axis, i: number): Taps {
  const x = position(context, axis, i)
  const isOutside =
    context.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize' && (x < 0 || x > axis.size - 1)
  const inside = (row: number) => Math.min(Math.max(row, 0), axis.size - 1)
  const mode = context.string('mode', 'nearest')
  if (mode === 'nearest') return { rows: [inside(nearestRow(context, x, axis.scale))], weights: [1], isOutside }
  const isCubic = mode === 'cubic'
  const first = Math.floor(x) - (isCubic ? 1 : 0)
  const t = x - Math.floor(x)
  const raw = isCubic ? cubicWeights(t, context.float('cubic_coeff_a', -0.75)) : [1 - t, t]
  const places = raw.map((_, k) => first + k)
  const kept = raw.map((weight, k) =>
    context.int('exclude_outside', 0) === 1 && places[k] !== inside(places[k] as number) ? 0 : weight,
  )
  const total = kept.reduce((sum, weight) => sum + weight, 0)
  return {
    rows: places.map(inside),
    weights: context.int('exclude_outside', 0) === 1 ? kept.map((weight) => weight / total) : kept,
    isOutside,
  }
}

/** True where an output position is the element at the same place. */
function isItself({ rows, weights }: Taps, place: number): boolean {
  return rows.every((row, k) => weights[k] === (row === place && rows.indexOf(row) === k ? 1 : 0))
}

/** Taps of every output position along an axis; undefined where each is the element at its own place. */
export function axisTaps(context: NodeContext, spec: Axis): readonly Taps[] | undefined {
  if (context.count(spec.out, 'rows') === 0) throw context.unsupported('an output without elements')
  const taps = Array.from({ length: spec.out }, (_, i) => tapsAt(context, spec, i))
  return spec.out === spec.size && taps.every(isItself) ? undefined : taps
}

/** One axis of a tensor resampled; whole rows are picked, everything else is weighted. */
function resampled(context: NodeContext, tensor: Tensor, p: { axis: number; spec: Axis }): Tensor {
  const taps = axisTaps(context, p.spec)
  if (taps === undefined) return tensor
  const shape = tensor.shape.map((dim, axis) => (axis === p.axis ? p.spec.out : dim))
  const numTaps = (taps[0] as Taps).rows.length
  if (numTaps === 1)
    return gatherRows(context, {
      data: tensor,
      indices: context.constant(
        'i64',
        [p.spec.out],
        taps.map(({ rows }) => rows[0] as number),
      ),
      axis: p.axis,
    })
  const floats = castTensor(context, tensor, 'f32')
  const [outer, inner] = [numElements(shape.slice(0, p.axis)), numElements(shape.slice(p.axis + 1))]
  const rows = context.constant(
    'i32',
    [p.spec.out, numTaps],
    taps.flatMap((tap) => tap.rows),
  )
  const weights = context.constant(
    'f32',
    [p.spec.out, numTaps],
    taps.flatMap((tap) => tap.weights),
  )
  const operands = [
    denseOperand(context.builder.dense(floats), [outer, p.spec.size, inner]),
    denseOperand(rows),
    denseOperand(weights),
  ]
  const result = context.builder.node({
    op: 'Interpolate',
    dtype: 'f32',
    shape: [outer, p.spec.out, inner],
    operands,
    attributes: {},
    microOps: [],
  })
  return context.builder.reshape(result, shape)
}

/** The value outside the region, where `tf_crop_and_resize` looks there. */
function withOutside(context: NodeContext, tensor: Tensor, specs: readonly (Axis | undefined)[]): Tensor {
  const value = context.float('extrapolation_value', 0)
  return specs.reduce<Tensor>((result, spec, axis) => {
    if (spec === undefined) return result
    const outside = Array.from({ length: spec.out }, (_, i) => Number(tapsAt(context, spec, i).isOutside))
    if (!outside.includes(1)) return result
    const mask = context.constant(
      'bool',
      result.shape.map((_, k) => (k === axis ? spec.out : 1)),
      outside,
    )
    return context.builder.map(result, [mask, result], (list, isOut, x) =>
      list.op('f32.select', isOut as never, list.f32(value), x as never),
    )
  }, tensor)
}

const resize: Lowering = (context) => {
  const tensor = context.input(0)
  const specs = resizedAxes(context, tensor.shape)
  const result = specs.reduce<Tensor>(
    (found, spec, axis) => (spec === undefined ? found : resampled(context, found, { axis, spec })),
    tensor,
  )
  const isRegion = context.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize'
  return [castTensor(context, isRegion ? withOutside(context, result, specs) : result, tensor.dtype)]
}

/** What becomes of each axis of a shape; undefined for those that stay. */
export function resizedAxes(context: NodeContext, shape: readonly number[]): readonly (Axis | undefined)[] {
  const isOld = context.opset < 11 || context.node.opType === 'Upsample'
  const axes = context.ints('axes')?.map((axis) => context.axis(axis, shape.length)) ?? shape.map((_, axis) => axis)
  const sizes = isOld || context.optional(3) === undefined ? [] : context.knownNumbers(3)
  const given = isOld
    ? (context.floats('scales') ?? context.knownNumbers(1))
    : context.optional(2) === undefined
      ? []
      : context.knownNumbers(2)
  const regions = isOld || context.optional(1) === undefined ? [] : context.knownNumbers(1)
  if (context.int('antialias', 0) === 1) throw context.unsupported('antialias')
  const isRegion = context.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize'
  const specs = shape.map((size, axis): Axis | undefined => {
    const i = axes.indexOf(axis)
    if (i === -1) return undefined
    const region = [regions[i] ?? 0, regions[i + axes.length] ?? 1] as const
    const length = isRegion ? size * (region[1] - region[0]) : size
    const out = sizes.length > 0 ? (sizes[i] as number) : Math.floor(length * (given[i] as number))
    return { size, out, scale: sizes.length > 0 ? f32(out / size) : f32(given[i] as number), region }
  })
  return withPolicy(context, specs)
}

/** keep_aspect_ratio_policy (opset 18): one scale for all axes. */
function withPolicy(context: NodeContext, specs: readonly (Axis | undefined)[]): readonly (Axis | undefined)[] {
  const policy = context.string('keep_aspect_ratio_policy', 'stretch')
  if (policy === 'stretch') return specs
  const scales = specs.flatMap((spec) => (spec === undefined ? [] : [spec.out / spec.size]))
  const scale = policy === 'not_larger' ? Math.min(...scales) : Math.max(...scales)
  return specs.map((spec) => spec && { ...spec, scale, out: Math.floor(spec.size * scale + 0.5) })
}

/** Resampling along axes. */
export const RESIZE: Readonly<Record<string, Lowering>> = { Resize: resize, Upsample: resize }
