import type { Dtype } from '../../graph/dtype.ts'
import type { Range } from './calibration.ts'
import type { Form } from './values.ts'

/** Room above the greatest magnitude seen at 16 bits: inputs beyond the calibration then cost half a bit, not the result. */
const WIDE_HEADROOM = 1.5
/** A tensor that was always zero still has a scale. */
const LEAST_RANGE = 2 ** -40

/** Where integers go: dtype, meaning `(q − zero) · scale`, and the integers that may occur. */
export interface Target {
  readonly dtype: Dtype
  readonly scale: number
  readonly zero: number
  readonly low: number
  readonly high: number
  /** Greatest |q − zero|. */
  readonly limit: number
}

/** The target for real values of a range that holds 0. */
export function targetOf(range: Range, form: Form): Target {
  if (form.bits === 16) {
    const greatest = Math.max(-range.low, range.high, LEAST_RANGE)
    const scale = (greatest * WIDE_HEADROOM) / form.limit
    return { dtype: 'i16', scale, zero: 0, low: -form.limit, high: form.limit, limit: form.limit }
  }
  const low = Math.min(range.low, 0)
  const span = Math.max(Math.max(range.high, 0) - low, LEAST_RANGE)
  const scale = span / 255
  const zero = nearest(-128 - low / scale)
  return { dtype: 'i8', scale, zero, low: -128, high: 127, limit: 255 }
}

/** The nearest whole number, ties to even, never −0. */
export function nearest(value: number): number {
  const up = Math.round(value)
  const isTie = Math.abs(value % 1) === 0.5
  return (isTie && up % 2 !== 0 ? up - 1 : up) + 0
}

/** An integer of the target for a real value: nearest, saturated. */
export function quantiseTo(target: Target, value: number): number {
  const q = nearest(value / target.scale) + target.zero
  return Math.min(Math.max(q, target.low), target.high)
}
