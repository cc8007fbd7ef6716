import type { Tensor } from '../builder/tensor.ts'
import { OnnxDataType } from '../onnx/onnxModel.ts'
import { type QuantiseContext, scalarOf } from './quantiseContext.ts'
import { storedOf } from './quantiser.ts'
import { targetOf } from './target.ts'
import { type Stored, type Value, WIDE } from './values.ts'

/** Operators that compare real tensors. */
const COMPARISONS: ReadonlySet<string> = new Set(['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Equal'])
const FLOATS: ReadonlySet<number> = new Set([
  OnnxDataType.float,
  OnnxDataType.double,
  OnnxDataType.float16,
  OnnxDataType.bfloat16,
])

/** True for what {@link decision} takes. */
export function isDecision(opType: string): boolean {
  return COMPARISONS.has(opType) || opType === 'Cast'
}

/**
 * A comparison of activations or a Cast of them to integers, as the plain tensor that it gives; undefined for a Cast from float to float.
 *
 * With numbers it is a table over all integers; two tensors are first brought to the scale of what both hold.
 */
export function decision(context: QuantiseContext): Tensor | undefined {
  if (isFloatCast(context)) return undefined
  return tabulated(context) ?? compared(context)
}

function isFloatCast(context: QuantiseContext): boolean {
  return context.node.opType === 'Cast' && FLOATS.has(context.context([]).requiredInt('to'))
}

function tabulated(context: QuantiseContext): Tensor | undefined {
  const places = context.inputs.flatMap((input, i) => (input?.kind === 'real' ? [i] : []))
  const [place] = places
  const isKnown = context.inputs.every((_, i) => {
    const constant = context.constant(i)
    return i === place || (constant !== undefined && scalarOf(constant) !== undefined)
  })
  if (place === undefined || places.length > 1 || !isKnown) return undefined
  const value = context.real(place) as Value
  const table = context.quantiser.table(value) ?? context.quantiser.table(context.stored(place, WIDE))
  if (table === undefined) return undefined
  const [results] = context.lower(
    context.inputs.map((_, i) => {
      const plain = context.plain(i)
      return i === place ? table.values : plain && { ...plain, shape: [], strides: [] }
    }),
  )
  return context.quantiser.gather(results as Tensor, context.quantiser.index(table.base))
}

function compared(context: QuantiseContext): Tensor | undefined {
  const ranges = context.inputs.map((input, i) => {
    if (input?.kind === 'real') return context.facts.rangeOf(input.name, WIDE)
    const values = Array.from(context.constant(i)?.values ?? [])
    return values.reduce((seen, v) => ({ low: Math.min(seen.low, v), high: Math.max(seen.high, v) }), {
      low: 0,
      high: 0,
    })
  })
  const range = { low: Math.min(...ranges.map(({ low }) => low)), high: Math.max(...ranges.map(({ high }) => high)) }
  const target = targetOf(range, WIDE)
  return context.lower([context.integers(0, target), context.integers(1, target)])[0]
}

/** A Cast of activations from float to float. */
export function cast(context: QuantiseContext): Value {
  return context.real(0) as Value
}

/** A Cast of truths or of integers of 8 bits to float: the integers themselves, of scale 1. */
export function castToReal(context: QuantiseContext): Stored | undefined {
  const tensor = context.plain(0)
  if (tensor === undefined || !isFloatCast(context) || context.builder.knownBytes(tensor) !== undefined)
    return undefined
  const limit = { bool: 1, i8: 128, u8: 255 }[tensor.dtype as string]
  if (limit === undefined) throw context.unsupported(`a Cast of ${tensor.dtype} that is not known before the run`)
  const result = context.builder.map({ dtype: 'i16', shape: tensor.shape }, [tensor], (_, x) => x)
  return storedOf(result, { scale: 1, zero: 0, limit })
}

/** Where: both sides get the scale of the result. */
export function where(context: QuantiseContext): Stored {
  const form = context.facts.formOf(context.output)
  const target = targetOf(context.facts.rangeOf(context.output, form), form)
  const condition = context.plain(0)
  if (condition === undefined) throw context.unsupported('the condition is a tensor of activations')
  const [tensor] = context.lower([condition, context.integers(1, target), context.integers(2, target)])
  const stored = storedOf(tensor as Tensor, target)
  context.quantiser.layers.push({ name: context.output, stored })
  return stored
}
