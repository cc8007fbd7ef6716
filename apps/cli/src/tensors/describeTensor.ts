import { bf16ToF32, bytesToHex, f16ToF32, keccak256 } from 'opml/core'
import { type Hex } from 'opml/core'
import { type TensorData, elements, numElements } from 'opml/graph'

/** Tensors of at most so many elements are printed with their values. */
const MAX_PRINTED = 64
const NUM_TOP = 5

/** What a result says of a tensor. */
export interface TensorReport {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  /** keccak-256 of the bytes, dense and little-endian. */
  readonly keccak256: Hex
  /** Elements in row-major order, for small tensors; not-a-number and infinities as text, for JSON has none. */
  readonly values?: readonly (number | string)[]
}

/** The report of a tensor under its name. */
export function tensorReport(name: string, tensor: TensorData): TensorReport {
  const { dtype, shape, bytes } = tensor
  const isSmall = numElements(shape) <= MAX_PRINTED
  return {
    name,
    dtype,
    shape,
    keccak256: bytesToHex(keccak256(bytes)),
    ...(isSmall && { values: valuesOf(tensor).map(jsonNumber) }),
  }
}

/** One or two lines for people: the type, then the values of a small tensor or range, mean and greatest elements. */
export function tensorText(name: string, tensor: TensorData): string {
  const head = `${name}  ${tensor.dtype}[${tensor.shape.join(', ')}]`
  const values = valuesOf(tensor).map(Number)
  if (values.length === 0) return `${head}  (no elements)`
  const numbers = values.map((value, index) => ({ value, index })).filter(({ value }) => !Number.isNaN(value))
  const top = numbers.sort((a, b) => b.value - a.value || a.index - b.index).slice(0, NUM_TOP)
  const numNaN = values.length - numbers.length
  const lines = [
    head,
    `  greatest  ${top.map(({ value, index }) => `${short(value)} at [${place(index, tensor.shape)}]`).join(', ')}`,
  ]
  if (values.length <= MAX_PRINTED) lines.push(`  values    ${values.map(short).join(' ')}`)
  else {
    const sum = numbers.reduce((total, { value }) => total + value, 0)
    lines.push(
      `  least ${short(numbers.at(-1)?.value ?? Number.NaN)}, mean ${short(sum / numbers.length)}, ${values.length} elements`,
    )
  }
  if (numNaN > 0) lines.push(`  ${numNaN} of them are not numbers (NaN)`)
  return lines.join('\n')
}

function valuesOf(tensor: TensorData): (number | bigint)[] {
  const raw = Array.from<number | bigint>(elements(tensor))
  if (tensor.dtype === 'f16') return raw.map((bits) => f16ToF32(Number(bits)))
  if (tensor.dtype === 'bf16') return raw.map((bits) => bf16ToF32(Number(bits)))
  return raw
}

/** A JSON number where it is exact, else text. */
function jsonNumber(value: number | bigint): number | string {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value)
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
}

function place(index: number, shape: readonly number[]): string {
  let rest = index
  return shape
    .map((_, axis) => {
      const stride = numElements(shape.slice(axis + 1))
      const at = Math.floor(rest / stride)
      rest -= at * stride
      return at
    })
    .join(', ')
}
