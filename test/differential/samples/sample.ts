import type { SeededRandom } from 'opml/core'
import {
  DTYPES,
  type Dtype,
  type Node,
  type Operand,
  type Shape,
  type ValueClass,
  denseStrides,
  dtypeInfo,
  numElements,
} from 'opml/graph'

/** A node with its operands' bytes; the references are task inputs 0, 1, 2. */
export interface Sample {
  readonly node: Node
  readonly operands: readonly (Uint8Array | undefined)[]
}

/** Draws a node of one operator. */
export type Sampler = (random: SeededRandom) => Sample

/** f32 bit patterns that break careless kernels: zeros, subnormals, ones, limits, infinities, NaN with a payload. */
const SPECIAL_F32 = [
  0, 0x80000000, 1, 0x80000001, 0x007fffff, 0x00800000, 0x3f800000, 0xbf800000, 0x3f000000, 0x7f7fffff, 0xff7fffff,
  0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x7f800001, 0x4b000000, 0x4b7fffff, 0x4f000000, 0xcf000000,
  0x5f000000,
]

/** An integer from `low` to `high`. */
export function pickInt(random: SeededRandom, low: number, high: number): number {
  return low + random.below(high - low + 1)
}

/** One of the items. */
export function pickOne<T>(random: SeededRandom, items: readonly T[]): T {
  return items[random.below(items.length)] as T
}

/** A dtype of one of the classes. */
export function pickDtype(random: SeededRandom, classes: readonly ValueClass[]): Dtype {
  return pickOne(
    random,
    DTYPES.filter((info) => classes.includes(info.valueClass)),
  ).name
}

/** A shape of rank `rank` whose elements stay below about `limit`. */
export function pickShape(random: SeededRandom, rank: number, limit = 300): number[] {
  const shape: number[] = []
  for (let axis = 0; axis < rank; axis++) {
    const room = Math.max(1, Math.floor(limit / numElements(shape)))
    shape.push(pickInt(random, 1, Math.min(room, 9)))
  }
  return shape
}

/**
 * Random elements; `wild` mixes in special values, otherwise floats are of moderate size so that sums stay finite.
 */
export function pickBytes(
  random: SeededRandom,
  p: { dtype: Dtype; count: number; style?: 'wild' | 'tame' },
): Uint8Array {
  const bytes = new Uint8Array(p.count * dtypeInfo(p.dtype).bytes)
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256)
  if (p.dtype === 'bool') bytes.forEach((byte, i) => (bytes[i] = byte & 1))
  if (p.dtype === 'f32') fillF32(random, new Uint32Array(bytes.buffer), p.style ?? 'wild')
  return bytes
}

function fillF32(random: SeededRandom, words: Uint32Array, style: 'wild' | 'tame'): void {
  const floats = new Float32Array(words.buffer)
  for (let i = 0; i < words.length; i++) {
    if (style === 'wild' && random.below(4) === 0) words[i] = pickOne(random, SPECIAL_F32)
    else if (style === 'tame' || random.below(2) === 0)
      floats[i] = (random.below(2 ** 24) - 2 ** 23) / 2 ** pickInt(random, 18, 26)
  }
}

/** A view operand over `shape`: dimensions in random memory order, some broadcast, some reversed, from an offset. */
export function pickView(
  random: SeededRandom,
  p: { input: number; dtype: Dtype; shape: Shape },
): { operand: Operand; elements: number } {
  const order = p.shape.map((_, axis) => axis)
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  const dense = denseStrides(order.map((axis) => p.shape[axis]))
  const strides = new Array<number>(p.shape.length)
  let offset = random.below(4)
  let last = offset
  order.forEach((axis, place) => {
    const kind = random.below(6)
    const stride = kind === 0 ? 0 : kind === 1 ? 0 - dense[place] : dense[place]
    strides[axis] = stride
    const reach = Math.abs(stride) * (p.shape[axis] - 1)
    if (stride < 0) offset += reach
    last += reach
  })
  return {
    operand: { ref: { kind: 'input', index: p.input }, dtype: p.dtype, layout: { kind: 'view', strides, offset } },
    elements: last + 1,
  }
}
