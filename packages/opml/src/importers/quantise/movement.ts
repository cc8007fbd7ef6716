import { exp32 } from '../../core/math/exp32.ts'
import { numElements } from '../../graph/shape.ts'
import { MicroOpList } from '../builder/microOpList.ts'
import { pool, poolWindow } from '../onnx/lowering/pooling.ts'
import { reduce } from '../onnx/lowering/reduction.ts'
import { listOf, unsqueezed } from '../onnx/lowering/shapes.ts'
import type { QuantiseContext } from './quantiseContext.ts'
import { storedOf } from './quantiser.ts'
import type { Tensor } from '../builder/tensor.ts'
import type { Window } from '../onnx/lowering/windows.ts'
import { nearest, quantiseTo, type Target, targetOf } from './target.ts'
import { type Affine, type Source, type Stored, type Value, WIDE } from './values.ts'

/** Operators that move or choose elements: the integers go where the real numbers went. */
const MOVEMENT: ReadonlySet<string> = new Set(
  `Identity Dropout Reshape Flatten Squeeze Unsqueeze Transpose Slice Split Expand Tile DepthToSpace SpaceToDepth Gather GatherElements
  GatherND MaxPool GlobalMaxPool ReduceMax ReduceMin Resize Upsample Pad`.split(/\s+/),
)

/** True for operators whose result has the scale of its input. */
export function isMovement(opType: string): boolean {
  return MOVEMENT.has(opType)
}

/** The ordinary lowering on integers; what they mean stays. */
export function movement(context: QuantiseContext): readonly (Value | undefined)[] {
  const forms = context.node.outputs.filter((name) => name !== '').map((name) => context.facts.formOf(name))
  const form = forms.find(({ bits }) => bits === 16) ?? forms[0] ?? WIDE
  const stored = context.stored(0, form)
  const moved = context.lower(context.tensors((_, i) => (i === 0 ? stored : context.stored(i, form)).tensor))
  return moved.map((tensor) => tensor && { ...stored, tensor })
}

/** Pad: a border of a known number, or of rows of the tensor. */
export function pad(context: QuantiseContext): Stored {
  const stored = context.stored(0, context.facts.formOf(context.output))
  const inner = context.context([])
  const value = context.inputs[2] === undefined ? inner.float('value', 0) : context.known(2)
  const { dtype } = stored.tensor
  const target = { ...stored, ...rangeOf(stored), dtype }
  if (inner.string('mode', 'constant') === 'constant') checkBorder(context, { value, target })
  const border = inner.constant(dtype, [], [quantiseTo(target, value)])
  const [tensor] = context.lower([stored.tensor, context.plain(1), border, context.plain(3)])
  return { ...stored, tensor: tensor as Tensor }
}

/** Least and greatest integer that a stored tensor may hold. */
function rangeOf({ tensor, limit }: Stored): Pick<Target, 'low' | 'high'> {
  return tensor.dtype === 'i8' ? { low: -128, high: 127 } : { low: -limit, high: limit }
}

function checkBorder(context: QuantiseContext, { value, target }: { value: number; target: Target }): void {
  const real = (quantiseTo(target, value) - target.zero) * target.scale
  if (Math.abs(real - value) > target.scale)
    throw context.unsupported(`a border of ${value} around values of less than ${target.limit * target.scale}`)
}

/** Concat: every part gets the scale of the whole. */
export function concat(context: QuantiseContext): Stored {
  const form = context.facts.formOf(context.output)
  const range = context.facts.rangeOf(context.output, form)
  const target = targetOf(range, form)
  const parts = context.inputs.map((_, i) => context.integers(i, target))
  const [tensor] = context.lower(parts)
  const stored = storedOf(tensor as NonNullable<typeof tensor>, target)
  context.quantiser.layers.push({ name: context.output, stored })
  return stored
}

/** Most terms of a sum of 16-bit integers in 32 bits. */
const MAX_TERMS = 2 ** 15

/** Sums over axes, divided by `divisor`. */
function summed(
  context: QuantiseContext,
  p: { axes: readonly number[]; keepDims: boolean; divisor: (count: number) => number },
): Affine {
  const x = context.stored(0, WIDE)
  const count = p.axes.reduce((product, axis) => product * (x.tensor.shape[axis] as number), 1)
  if (count > MAX_TERMS) throw context.unsupported(`a sum of ${count} terms`)
  const sums = reduce(context.context([]), { tensor: x.tensor, axes: p.axes, mode: 'sum', dtype: 'i32' })
  const result = p.keepDims ? unsqueezed(sums, p.axes) : sums
  const source: Source = {
    shape: result.shape,
    scales: [x.scale],
    axis: 0,
    zero: count * x.zero,
    bound: count * (x.limit + Math.abs(x.zero)),
    emit: () => result,
  }
  return { kind: 'affine', source, gain: [1 / p.divisor(count)], offset: [0], axis: 0 }
}

/** ReduceSum and ReduceMean. */
export function reduction(context: QuantiseContext): Value {
  const rank = context.shape(0).length
  const inner = context.context(context.tensors(() => context.stored(0, WIDE).tensor))
  const given = listOf(inner, { attribute: 'axes', input: 1 }) ?? []
  if (given.length === 0 && inner.int('noop_with_empty_axes', 0) === 1) return context.stored(0, WIDE)
  const axes =
    given.length === 0 ? Array.from({ length: rank }, (_, axis) => axis) : given.map((axis) => inner.axis(axis, rank))
  const isMean = context.node.opType === 'ReduceMean'
  return summed(context, { axes, keepDims: inner.int('keepdims', 1) === 1, divisor: (count) => (isMean ? count : 1) })
}

/** GlobalAveragePool. */
export function globalAveragePool(context: QuantiseContext): Value {
  const axes = context
    .shape(0)
    .map((_, axis) => axis)
    .slice(2)
  return summed(context, { axes, keepDims: true, divisor: (count) => count })
}

/** AveragePool: sums, then a factor; where windows have different numbers of elements, a factor a place. */
export function averagePool(context: QuantiseContext): Value {
  const x = context.stored(0, WIDE)
  const inner = context.context([x.tensor])
  const window = poolWindow(inner, x.tensor)
  const count = numElements(window.kernel)
  if (count > MAX_TERMS) throw context.unsupported(`a window of ${count} elements`)
  const sums = pool(inner, { x: x.tensor, window, mode: 'sum', dtype: 'i32' })
  const sizes = x.tensor.shape.slice(2)
  const inside = elementsIn(window, { sizes, isPaddingCounted: false })
  const counted =
    inner.int('count_include_pad', 0) === 0 ? inside : elementsIn(window, { sizes, isPaddingCounted: true })
  const bound = count * (x.limit + Math.abs(x.zero))
  if ([...inside, ...counted].every((each) => each === count)) {
    const source: Source = {
      shape: sums.shape,
      scales: [x.scale],
      axis: 0,
      zero: count * x.zero,
      bound,
      emit: () => sums,
    }
    return { kind: 'affine', source, gain: [1 / count], offset: [0], axis: 0 }
  }
  const [n, c] = sums.shape as [number, number]
  const shape = [n, c, counted.length]
  // A window without elements sums up to 0.
  const scales = counted.map((each) => x.scale / Math.max(each, 1))
  const source: Source = { shape, scales, axis: 2, zero: 0, bound, emit: () => context.builder.reshape(sums, shape) }
  const offset = inside.map((each, place) => -each * x.zero * (scales[place] as number))
  const form = context.facts.formOf(context.output)
  const range = context.facts.rangeOf(context.output, form)
  const value: Affine = { kind: 'affine', source, gain: [1], offset, axis: 2 }
  const stored = context.quantiser.store(value, { form, range })
  const placed = { ...stored, tensor: context.builder.reshape(stored.tensor, sums.shape) }
  context.quantiser.layers.push({ name: context.output, stored: placed })
  return placed
}

/** Elements in the window of each place, row by row; those of the padding count if they are to. */
function elementsIn(window: Window, p: { sizes: readonly number[]; isPaddingCounted: boolean }): number[] {
  const along = p.sizes.map((size, i) => {
    const [begin, end] = [window.padBegin[i] as number, window.padEnd[i] as number]
    const [low, high] = p.isPaddingCounted ? [-begin, size + end] : [0, size]
    return Array.from({ length: window.out[i] as number }, (_, place) => {
      const first = place * (window.strides[i] as number) - begin
      const taps = Array.from(
        { length: window.kernel[i] as number },
        (__, k) => first + k * (window.dilations[i] as number),
      )
      return taps.filter((position) => position >= low && position < high).length
    })
  })
  return along.reduce<number[]>((all, axis) => all.flatMap((count) => axis.map((own) => count * own)), [1])
}

/** Fraction bits of the powers of a softmax. */
const POWER_ONE = 2 ** 15

/** Softmax: powers from a table of the distance to the greatest, then an integer division (docs/quantise.md). */
export function softmax(context: QuantiseContext): Stored {
  const x = context.stored(0, WIDE)
  const { shape } = x.tensor
  const inner = context.context([x.tensor])
  const opset = inner.opset
  const axis = inner.axis(inner.int('axis', opset < 13 ? 1 : -1), shape.length)
  if (opset < 13 && axis !== shape.length - 1) throw context.unsupported('an axis other than the last before opset 13')
  const count = shape[axis] as number
  if (count >= MAX_TERMS) throw context.unsupported(`${count} classes`)
  const greatest = unsqueezed(reduce(inner, { tensor: x.tensor, axes: [axis], mode: 'max' }), [axis])
  const table = powers(context, x.scale)
  const distance = context.builder.map({ dtype: 'i32', shape }, [greatest, x.tensor], (list, top, v) =>
    list.op('i32.min_s', list.op('i32.sub', top as never, v as never), { imm: (table.shape[0] as number) - 1 }),
  )
  const power = context.quantiser.gather(table, distance)
  const sum = unsqueezed(reduce(inner, { tensor: power, axes: [axis], mode: 'sum' }), [axis])
  const isNarrow = context.facts.formOf(context.output).bits === 8
  const [levels, zero] = isNarrow ? [255, -128] : [32767, 0]
  const list = new MicroOpList()
  const total = list.load(1)
  const scaled = list.op('i32.mul', list.load(0), { imm: levels })
  const quotient = list.op('i32.div_s', list.op('i32.add', scaled, list.op('i32.shr_s', total, { imm: 1 })), total)
  list.op('i32.add', quotient, { imm: zero })
  const tensor = context.builder.mapOps({ dtype: isNarrow ? 'i8' : 'i16', shape }, [power, sum], list.ops)
  const stored = storedOf(tensor, { scale: 1 / levels, zero, limit: levels })
  context.quantiser.layers.push({ name: context.output, stored })
  return stored
}

/** round(2^15 · exp(−i · scale)) for i from 0 to the first that is 0, or to the greatest distance of 16-bit numbers. */
function powers(context: QuantiseContext, scale: number) {
  const count = Math.min(2 * 32767 + 1, Math.ceil(12 / scale))
  const entries = Int32Array.from({ length: count }, (_, i) => nearest(exp32(Math.fround(-i * scale)) * POWER_ONE))
  const type = { name: 'powers', dtype: 'i32' as const, shape: [count] }
  return context.builder.constant(type, new Uint8Array(entries.buffer))
}
