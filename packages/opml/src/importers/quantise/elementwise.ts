import { numElements } from '../../graph/shape.ts'
import { MicroOpList, type ValueId } from '../builder/microOpList.ts'
import type { Tensor } from '../builder/tensor.ts'
import { loweringOf } from '../onnx/lowering/index.ts'
import { broadcastShape } from '../onnx/lowering/broadcast.ts'
import type { Range } from './calibration.ts'
import { type QuantiseContext, type RealConstant, scalarOf } from './quantiseContext.ts'
import { storedOf } from './quantiser.ts'
import { multipliersOf, offsetWord, rounded } from './requantise.ts'
import { nearest, type Target, targetOf } from './target.ts'
import { type Affine, affineOf, shapeOf, type Stored, type Table, type Value, WIDE, WIDE_LIMIT } from './values.ts'

/** Operators that work element by element on real numbers. */
const ELEMENTWISE: ReadonlySet<string> = new Set(
  `Add Sub Mul Div Max Min Sum Mean Pow Mod Sqrt Exp Log Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Asinh Acosh Atanh Erf Sigmoid Softplus
  Floor Ceil Round Relu Reciprocal Softsign HardSwish LeakyRelu Elu Celu Selu ThresholdedRelu HardSigmoid Mish Gelu Shrink PRelu Clip Neg
  Abs Sign`.split(/\s+/),
)

/** True for what {@link elementwise} takes. */
export function isElementwise(opType: string): boolean {
  return ELEMENTWISE.has(opType)
}

/** An element-wise operator: part of a requantisation where it is affine, else one table, else integer arithmetic on two tensors. */
export function elementwise(context: QuantiseContext): Value {
  return affine(context) ?? clamp(context) ?? tabulated(context) ?? combined(context)
}

/** Gain and offset of an operator with one real input and known other ones; undefined for all others. */
interface Coefficients {
  readonly gain: readonly number[]
  readonly offset: readonly number[]
  readonly axis: number
}

function affine(context: QuantiseContext): Value | undefined {
  const place = context.real(0) === undefined ? 1 : 0
  const value = context.real(place)
  const constant = context.constant(1 - place)
  if (value === undefined || constant === undefined || context.inputs.length !== 2) return undefined
  const by = coefficientsOf(context.node.opType, { values: Array.from(constant.values), place })
  const axis = axisOf(constant, shapeOf(value))
  if (by === undefined || axis === undefined) return undefined
  const isScalar = by.gain.length === 1 && by.offset.length === 1
  if (value.kind === 'table' && isScalar) return undefined
  return composed(context, { place, by: { ...by, axis } })
}

/** BatchNormalization as gain and offset of a channel. */
export function batchNormalization(context: QuantiseContext): Value {
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((i) => context.constant(i)?.values)
  if (scale === undefined || shift === undefined || mean === undefined || variance === undefined)
    throw context.unsupported('its parameters are not known before the run')
  const epsilon = context.context([]).float('epsilon', 1e-5)
  const gain = Array.from(scale, (s, c) => s / Math.sqrt((variance[c] as number) + epsilon))
  const offset = Array.from(shift, (b, c) => b - (mean[c] as number) * (gain[c] as number))
  return composed(context, { place: 0, by: { gain, offset, axis: 1 } })
}

/** The one dimension along which a constant differs; 0 for a single number, undefined where there are two or it broadcasts the value. */
function axisOf({ shape }: RealConstant, valueShape: readonly number[]): number | undefined {
  if (shape.length > valueShape.length) return numElements(shape) === 1 ? 0 : undefined
  const axes = shape.flatMap((dim, i) => (dim === 1 ? [] : [i + valueShape.length - shape.length]))
  if (axes.length > 1) return undefined
  const [axis = 0] = axes
  return axes.length === 0 || valueShape[axis] === numElements(shape) ? axis : undefined
}

function coefficientsOf(
  opType: string,
  p: { values: readonly number[]; place: number },
): Pick<Coefficients, 'gain' | 'offset'> | undefined {
  const { values, place } = p
  switch (opType) {
    case 'Add':
      return { gain: [1], offset: values }
    case 'Sub':
      return place === 0 ? { gain: [1], offset: values.map((c) => -c) } : { gain: [-1], offset: values }
    case 'Mul':
      return { gain: values, offset: [0] }
    case 'Div':
      return place === 0 && values.every((c) => c !== 0) ? { gain: values.map((c) => 1 / c), offset: [0] } : undefined
    default:
      return undefined
  }
}

/** `by` after what the value is already; what cannot take it in is stored first. */
function composed(context: QuantiseContext, p: { place: number; by: Coefficients }): Affine {
  const value = context.real(p.place) as Value
  const before = value.kind === 'affine' && takes(value, p.by) ? value : affineOf(context.stored(p.place, WIDE))
  const axis = before.gain.length > 1 || before.offset.length > 1 ? before.axis : p.by.axis
  const length = Math.max(before.gain.length, before.offset.length, p.by.gain.length, p.by.offset.length)
  const each = Array.from({ length }, (_, c) => c)
  const at = (list: readonly number[], c: number) => list[list.length === 1 ? 0 : c] as number
  return {
    kind: 'affine',
    source: before.source,
    axis,
    gain: each.map((c) => at(before.gain, c) * at(p.by.gain, c)),
    offset: each.map((c) => at(before.offset, c) * at(p.by.gain, c) + at(p.by.offset, c)),
  }
}

function takes(value: Affine, by: Coefficients): boolean {
  if (value.clamp !== undefined) return false
  const isScalar = by.gain.length === 1 && by.offset.length === 1
  const axes = [
    ...(value.source.scales.length > 1 ? [value.source.axis] : []),
    ...(value.gain.length > 1 || value.offset.length > 1 ? [value.axis] : []),
  ]
  return isScalar || axes.every((axis) => axis === by.axis)
}

/** Relu and Clip as limits of the requantisation before them. */
function clamp(context: QuantiseContext): Value | undefined {
  const value = context.real(0)
  if (value?.kind !== 'affine' || value.clamp !== undefined) return undefined
  const limits = limitsOf(context)
  return limits && { ...value, clamp: limits }
}

function limitsOf(context: QuantiseContext): Range | undefined {
  if (context.node.opType === 'Relu') return { low: 0, high: Infinity }
  if (context.node.opType !== 'Clip') return undefined
  const inner = context.context([])
  const limit = (i: number, name: string, fallback: number) => {
    if (context.inputs[i] === undefined) return inner.float(name, fallback)
    const constant = context.constant(i)
    return constant && scalarOf(constant)
  }
  const [low, high] = [limit(1, 'min', -Infinity), limit(2, 'max', Infinity)]
  return low === undefined || high === undefined ? undefined : { low, high }
}

/** A function of one stored tensor: the ordinary lowering of the node, folded over all values that the tensor can have. */
function tabulated(context: QuantiseContext): Table | undefined {
  const tables: Table[] = []
  for (const [i, input] of context.inputs.entries()) {
    if (input?.kind === 'plain') {
      const constant = context.constant(i)
      if (constant === undefined || scalarOf(constant) === undefined) return undefined
    } else if (input !== undefined) {
      const table = context.quantiser.table(input.value) ?? context.quantiser.table(context.stored(i, WIDE))
      if (table === undefined) return undefined
      tables.push(table)
    }
  }
  const [first] = tables
  if (first === undefined || tables.some(({ base }) => base !== first.base)) return undefined
  let next = 0
  const inputs = context.inputs.map((input): Tensor | undefined => {
    if (input?.kind === 'plain') return { ...input.tensor, shape: [], strides: [] }
    return input && (tables[next++] as Table).values
  })
  const [values] = context.lower(inputs)
  return { kind: 'table', base: first.base, values: values as Tensor }
}

/** Two tensors, one of which may be a constant. */
function combined(context: QuantiseContext): Stored {
  const { opType } = context.node
  if (context.inputs.length !== 2) throw context.unsupported(`${context.inputs.length} inputs that differ`)
  if (opType === 'Add' || opType === 'Sub' || opType === 'Sum' || opType === 'Max' || opType === 'Min')
    return aligned(context, opType)
  if (opType === 'Mul')
    return scaledProduct(context, { a: operand(context, 0, WIDE_LIMIT), b: operand(context, 1, WIDE_LIMIT) })
  if (opType === 'Div') return scaledProduct(context, { a: operand(context, 0, WIDE_LIMIT), b: reciprocal(context) })
  throw context.unsupported('two tensors of activations')
}

function outputTarget(context: QuantiseContext): Target {
  const form = context.facts.formOf(context.output)
  return targetOf(context.facts.rangeOf(context.output, form), form)
}

/** Input `i` as integers of magnitude up to `limit`; a constant takes all of it. */
function operand(context: QuantiseContext, i: number, limit: number): Stored {
  const constant = context.constant(i)
  if (constant === undefined) return context.stored(i, WIDE)
  const greatest = constant.values.reduce((most, value) => Math.max(most, Math.abs(value)), 2 ** -40)
  const scale = greatest / limit
  const values = Int32Array.from(constant.values, (value) => nearest(value / scale))
  const type = { name: `${context.output}.constant`, dtype: 'i32' as const, shape: constant.shape }
  const tensor = context.builder.constant(type, new Uint8Array(values.buffer))
  return storedOf(tensor, { scale, zero: 0, limit })
}

/** Sum, difference, maximum or minimum: both sides scaled to the target, with bits of fraction. */
function aligned(context: QuantiseContext, opType: 'Add' | 'Sub' | 'Sum' | 'Max' | 'Min'): Stored {
  const [a, b] = [operand(context, 0, 2 ** 22), operand(context, 1, 2 ** 22)]
  const target = outputTarget(context)
  const ratios = [a.scale / target.scale, ((opType === 'Sub' ? -1 : 1) * b.scale) / target.scale] as const
  const reach = Math.abs(ratios[0]) * (a.limit + Math.abs(a.zero)) + Math.abs(ratios[1]) * (b.limit + Math.abs(b.zero))
  const { fraction, shift, multiplier } = multipliersOf(ratios, { bound: reach / Math.max(...ratios.map(Math.abs)) })
  if (reach * 2 ** fraction >= 2 ** 30) throw context.unsupported('the terms are far greater than their result')
  const zeros = [-a.zero * ratios[0], -b.zero * ratios[1]] as const
  const list = new MicroOpList()
  const shifts = list.i32(shift)
  const scaled = ([0, 1] as const).map((i) =>
    list.op('i32.requantize', list.load(i), list.i32(multiplier[i] as number), shifts),
  )
  const [x, y] = scaled as [ValueId, ValueId]
  let result: ValueId
  if (opType === 'Max' || opType === 'Min') {
    const moved = [x, y].map((v, i) =>
      list.op('i32.add', v, { imm: offsetWord(zeros[i] as number, { fraction, target }) }),
    )
    result = list.op(opType === 'Max' ? 'i32.max_s' : 'i32.min_s', moved[0] as ValueId, moved[1] as ValueId)
  } else
    result = list.op('i32.add', list.op('i32.add', x, y), {
      imm: offsetWord(zeros[0] + zeros[1], { fraction, target }),
    })
  rounded(list, result, { fraction, target })
  return finished(context, { a, b, target, list })
}

/** A product of two tensors: exact in i32, then requantised. */
function scaledProduct(context: QuantiseContext, p: { a: Stored; b: Stored }): Stored {
  const { a, b } = p
  const target = outputTarget(context)
  const ratio = (a.scale * b.scale) / target.scale
  const { fraction, shift, multiplier } = multipliersOf([ratio], { bound: a.limit * b.limit })
  const list = new MicroOpList()
  const less = (i: number, zero: number) =>
    zero === 0 ? list.load(i) : list.op('i32.sub', list.load(i), { imm: zero })
  const exact = list.op('i32.mul', less(0, a.zero), less(1, b.zero))
  const scaled = list.op('i32.requantize', exact, list.i32(multiplier[0] as number), list.i32(shift))
  const safe = a.limit * b.limit * ratio * 2 ** fraction < 2 ** 30 ? scaled : bounded(list, scaled)
  rounded(list, list.op('i32.add', safe, { imm: offsetWord(0, { fraction, target }) }), { fraction, target })
  return finished(context, { a, b, target, list })
}

function bounded(list: MicroOpList, x: ValueId): ValueId {
  return list.op('i32.min_s', list.op('i32.max_s', x, { imm: -(2 ** 30) }), { imm: 2 ** 30 - 1 })
}

function finished(context: QuantiseContext, p: { a: Stored; b: Stored; target: Target; list: MicroOpList }): Stored {
  const shape = broadcastShape(context.context([]), [p.a.tensor, p.b.tensor])
  const tensor = context.builder.mapOps({ dtype: p.target.dtype, shape }, [p.a.tensor, p.b.tensor], p.list.ops)
  const stored = storedOf(tensor, p.target)
  context.quantiser.layers.push({ name: context.output, stored })
  return stored
}

/** One over input 1, by a table: its range is that of the divisor turned over. */
function reciprocal(context: QuantiseContext): Stored {
  const constant = context.constant(1)
  if (constant !== undefined) throw context.unsupported('a division by a constant that holds 0 or broadcasts')
  const divisor = context.inputs[1]
  if (divisor?.kind !== 'real') throw context.unsupported('the divisor is no tensor of activations')
  const seen = context.facts.rangeOf(divisor.name, WIDE)
  if (seen.low <= 0 && seen.high >= 0)
    throw context.unsupported(`a division by values from ${seen.low} to ${seen.high}`)
  const table = context.quantiser.table(divisor.value) ?? context.quantiser.table(context.stored(1, WIDE))
  const lowering = loweringOf({ domain: '', opType: 'Reciprocal' })
  const [values] = lowering?.(context.context([table?.values])) ?? []
  const ends = [1 / seen.low, 1 / seen.high]
  const range = { low: Math.min(...ends), high: Math.max(...ends) }
  const turned: Table = { kind: 'table', base: (table as Table).base, values: values as Tensor }
  return context.quantiser.store(turned, { form: WIDE, range })
}
