import { f32ToBf16, f32ToF16 } from 'opml/core'
import { type Dtype, type TensorData, elements, zeroTensor } from 'opml/graph'
import { InputError } from './errors.ts'

type JsonValue = number | boolean | readonly JsonValue[]

/**
 * The tensor of a JSON number, boolean or (nested) list, whose shape is that of the nesting.
 *
 * @throws {InputError} for text that is none of these, lists of unlike lengths, or a value that the dtype cannot hold.
 */
export function jsonTensor(text: string, p: { input: string; dtype: Dtype }): TensorData {
  const fail = (reason: string) => new InputError({ input: p.input, reason })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw fail(`"${text.slice(0, 60)}" is neither a number, a JSON list nor a .npy file`)
  }
  const shape: number[] = []
  for (let inner = json; Array.isArray(inner); inner = inner[0]) shape.push(inner.length)
  const values: (number | boolean)[] = []
  const collect = (value: unknown, depth: number): void => {
    if (Array.isArray(value)) {
      if (value.length !== shape[depth]) throw fail('its lists have different lengths')
      for (const inner of value) collect(inner, depth + 1)
    } else if (depth !== shape.length || (typeof value !== 'number' && typeof value !== 'boolean'))
      throw fail(`${JSON.stringify(value)} is not a number`)
    else values.push(value)
  }
  collect(json as JsonValue, 0)
  const tensor = zeroTensor(p.dtype, shape)
  const view = elements(tensor)
  for (const [i, value] of values.entries()) {
    const stored = storedValue(p.dtype, Number(value))
    if (stored !== undefined) view[i] = stored
    if (stored === undefined || (isInteger(p.dtype) && Number(view[i]) !== Number(value)))
      throw fail(`${value} is no ${p.dtype}`)
  }
  return tensor
}

const isInteger = (dtype: Dtype): boolean => !['f32', 'f16', 'bf16'].includes(dtype)

/** The element as its array holds it; undefined for a number that is none of the dtype. */
function storedValue(dtype: Dtype, value: number): number | bigint | undefined {
  if (dtype === 'f16') return f32ToF16(Math.fround(value))
  if (dtype === 'bf16') return f32ToBf16(Math.fround(value))
  if (dtype === 'f32') return value
  if (!Number.isSafeInteger(value) || (dtype === 'bool' && value !== 0 && value !== 1)) return undefined
  return dtype === 'i64' || dtype === 'u64' ? BigInt(value) : value
}
