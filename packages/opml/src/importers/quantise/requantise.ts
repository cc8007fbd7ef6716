import type { MicroOpList, ValueId } from '../builder/microOpList.ts'
import { MicroOpList as List } from '../builder/microOpList.ts'
import type { ProgramBuilder } from '../builder/programBuilder.ts'
import type { Tensor } from '../builder/tensor.ts'
import { nearest, type Target } from './target.ts'
import type { Affine, Apart } from './values.ts'

/** Bits of fraction that a scaled value keeps until the offset is added. */
const MAX_FRACTION_BITS = 8
/** Scaled values and offsets stay below this, so that their sum fits i32. */
const HEADROOM = 2 ** 30
const MAX_SHIFT = 62

/** Factors as integers: `round(v · multiplier[c] / 2^shift)` is v · ratio[c] · 2^fraction. */
export interface Multipliers {
  readonly fraction: number
  readonly shift: number
  readonly multiplier: readonly number[]
}

/**
 * Integer multipliers for real ratios that share one shift.
 *
 * @param p.bound - greatest magnitude of what is multiplied: the fraction is cut so that results stay below 2^30 where they can.
 * @see spec/01-numerics.md §3
 */
export function multipliersOf(
  ratios: readonly number[],
  p: { bound: number; offsets?: readonly number[] },
): Multipliers {
  const greatest = ratios.reduce((most, ratio) => Math.max(most, Math.abs(ratio)), 2 ** -50)
  const offset = (p.offsets ?? []).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  let fraction = MAX_FRACTION_BITS
  while (fraction > 0 && Math.max(p.bound * greatest, offset) * 2 ** fraction >= HEADROOM) fraction--
  let shift = MAX_SHIFT
  while (shift > 0 && nearest(greatest * 2 ** (fraction + shift)) >= 2 ** 31) shift--
  return { fraction, shift, multiplier: ratios.map((ratio) => nearest(ratio * 2 ** (fraction + shift))) }
}

/** The end of every requantisation: half a unit is added, the fraction dropped, the range of the target kept. */
export function rounded(list: MicroOpList, x: ValueId, p: { fraction: number; target: Target }): ValueId {
  const whole = p.fraction === 0 ? x : list.op('i32.shr_s', x, { imm: p.fraction })
  return list.op('i32.min_s', list.op('i32.max_s', whole, { imm: p.target.low }), { imm: p.target.high })
}

/** An offset with the zero point and the half that {@link rounded} needs. */
export function offsetWord(value: number, p: { fraction: number; target: Target }): number {
  const half = p.fraction === 0 ? 0 : 2 ** (p.fraction - 1)
  return Math.min(Math.max(nearest((value + p.target.zero) * 2 ** p.fraction) + half, -HEADROOM), HEADROOM)
}

/** Appends the requantisation of `value` to `target` as a Map, which fusion takes into the product before it. */
export function requantised(builder: ProgramBuilder, value: Affine, p: { target: Target }): Tensor {
  const { source } = value
  const channels = Math.max(source.scales.length, value.gain.length, value.offset.length)
  const axis = source.scales.length > 1 ? source.axis : value.axis
  const at = (list: readonly number[], c: number) => list[list.length === 1 ? 0 : c]
  const each = Array.from({ length: channels }, (_, c) => c)
  const ratios = each.map((c) => (at(value.gain, c) * at(source.scales, c)) / p.target.scale)
  const offsets = each.map((c) => at(value.offset, c) / p.target.scale - source.zero * ratios[c])
  const { fraction, shift, multiplier } = multipliersOf(ratios, { bound: source.bound, offsets })
  const words = offsets.map((offset) => offsetWord(offset, { fraction, target: p.target }))
  const limited = clamped(p.target, value)
  const isBounded = source.bound * Math.max(...ratios.map(Math.abs)) * 2 ** fraction < HEADROOM
  // Channels of dimension 1 alone can be told apart before the elements are in their places.
  const apart = channels === 1 || axis === 1 ? source.apart : undefined
  const input = source.apart === apart ? source.emit() : (source.apart as Apart).arrange(source.emit())
  const placed = (tensor: Tensor) => apart?.arrange(tensor) ?? tensor
  const list = new List()
  const acc = list.load(0)
  const m = channels === 1 ? list.i32(multiplier[0]) : list.load(1)
  const scaled = list.op('i32.requantize', acc, m, list.i32(shift))
  const safe = isBounded
    ? scaled
    : list.op('i32.min_s', list.op('i32.max_s', scaled, { imm: -HEADROOM }), { imm: HEADROOM - 1 })
  const moved =
    channels === 1
      ? list.op('i32.add', safe, { imm: words[0] })
      : list.op('i32.add', safe, list.load(1, channels * (apart?.perChannel ?? 1)))
  rounded(list, moved, { fraction, target: limited })
  const type = { dtype: p.target.dtype, shape: apart?.shape ?? source.shape }
  if (channels === 1) return placed(builder.mapOps(type, [input], list.ops))
  const parameters = [...multiplier, ...words].flatMap((word) => new Array<number>(apart?.perChannel ?? 1).fill(word))
  return placed(builder.mapOps(type, [input, packed(builder, parameters, { axis, rank: type.shape.length })], list.ops))
}

/** The target with the limits of a clamp in it. */
function clamped(target: Target, { clamp }: Affine): Target {
  if (clamp === undefined) return target
  const bound = (value: number) =>
    Math.min(Math.max(nearest(value / target.scale) + target.zero, target.low), target.high)
  return { ...target, low: bound(clamp.low), high: bound(clamp.high) }
}

/** Multipliers, then offsets, as one constant whose first half is seen along `axis`. */
function packed(builder: ProgramBuilder, words: readonly number[], p: { axis: number; rank: number }): Tensor {
  const bytes = new Uint8Array(Int32Array.from(words).buffer)
  const tensor = builder.constant({ name: 'requantise', dtype: 'i32', shape: [words.length] }, bytes)
  const along = (inside: number, outside: number) =>
    Array.from({ length: p.rank }, (_, axis) => (axis === p.axis ? inside : outside))
  return { ...tensor, shape: along(words.length / 2, 1), strides: along(1, 0) }
}
