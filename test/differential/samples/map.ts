import type { SeededRandom } from 'opml/core'
import {
  DTYPES,
  MICRO_OPS,
  type MicroOp,
  type MicroOpRow,
  type Operand,
  type Operands,
  type ValueClass,
  dtypeInfo,
} from 'opml/graph'
import { pickBytes, pickDtype, pickInt, pickOne, pickShape, pickView, type Sample } from './sample.ts'

const CLASS_OF: Readonly<Record<string, ValueClass>> = { F: 'f32', I: 'i32', L: 'i64' }
const ARITHMETIC = MICRO_OPS.filter((row) => row.arguments !== '')

/** Draws a list of micro-ops in which every value has a class, ending with one of class `result`. */
class ListDraft {
  readonly ops: MicroOp[] = []
  readonly classes: ValueClass[] = []
  readonly #random: SeededRandom

  constructor(random: SeededRandom) {
    this.#random = random
  }

  add(op: MicroOp, valueClass: ValueClass): number {
    this.classes.push(valueClass)
    return this.ops.push(op) - 1
  }

  /** An earlier value of a class; a constant where there is none. */
  valueOf(wanted: ValueClass): number {
    const found = this.classes.flatMap((valueClass, k) => (valueClass === wanted ? [k] : []))
    if (found.length > 0) return pickOne(this.#random, found)
    return this.add({ name: `${wanted}.const`, sources: [], imm: this.#random.below(2 ** 32) | 0 }, wanted)
  }

  apply(row: MicroOpRow): void {
    const sources: (number | 'imm')[] = row.arguments.split('').map((kind) => this.valueOf(CLASS_OF[kind]))
    const hasImm = row.arguments.length === 2 && this.#random.below(4) === 0
    if (hasImm) sources[1] = 'imm'
    if (row.name === 'i32.requantize')
      sources[2] = this.add({ name: 'i32.const', sources: [], imm: this.#random.below(63) }, 'i32')
    const imm = hasImm ? (this.#random.below(2) === 0 ? this.#random.below(70) : this.#random.below(2 ** 32) | 0) : 0
    this.add({ name: row.name, sources, imm }, row.result as ValueClass)
  }
}

/** A Map with random views, dtypes and micro-ops. */
export function sampleMap(random: SeededRandom): Sample {
  const shape = pickShape(random, random.below(7))
  const dtypes = [0, 1, 2].slice(0, random.below(4)).map(() => pickDtype(random, ['f32', 'i32', 'i64']))
  const views = dtypes.map((dtype, input) => pickView(random, { input, dtype, shape }))
  const draft = new ListDraft(random)
  dtypes.forEach((dtype, k) => draft.add({ name: 'load', sources: [k], imm: 0 }, dtypeInfo(dtype).valueClass))
  if (random.below(3) === 0 && shape.length > 0)
    draft.add({ name: 'index', sources: [6 - pickInt(random, 1, shape.length)], imm: 0 }, 'i32')
  while (draft.ops.length < 12) draft.apply(pickOne(random, ARITHMETIC))
  const dtype = pickDtype(random, [draft.classes.at(-1) as ValueClass])
  const node = {
    op: 'Map',
    dtype,
    shape,
    // SAFETY: there are at most three dtypes.
    operands: views.map(({ operand }) => operand) as readonly Operand[] as Operands,
    attributes: {},
    microOps: draft.ops,
  }
  const operands = views.map(({ operand, elements }) => pickBytes(random, { dtype: operand.dtype, count: elements }))
  return { node, operands }
}

const F32_WORDS = [
  0x3f800000, 0, 0x80000000, 1, 0x007fffff, 0x00800000, 0x3f000000, 0x3f7fffff, 0xbf800000, 0x3fc00000, 0xc0200000,
  0x40490fdb, 0xc1200000, 0x42c80000, 0x47c35000, 0x4b000001, 0x4f000000, 0xcf000001, 0x7f7fffff, 0x7f800000,
  0xff800000, 0x7fc00000,
]
const I64_WORDS = [0n, 1n, -1n, 2n, 7n, -8n, 31n, 63n, 64n, 2n ** 31n, -(2n ** 31n), 2n ** 63n - 1n, -(2n ** 63n)]
const VALUES: Readonly<Record<string, readonly (number | bigint)[]>> = {
  F: F32_WORDS,
  I: [0, 1, 2, 7, 31, 32, 62, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff],
  L: I64_WORDS,
}

/** The elements of a list, each repeated, over and over: with other factors, every element meets every one of another list. */
function spread(kind: string, p: { repeats: number; count: number }): Uint8Array {
  const values = VALUES[kind] as readonly (number | bigint)[]
  const at = (i: number) => values[Math.floor(i / p.repeats) % values.length] as number | bigint
  if (kind === 'L') return new Uint8Array(BigInt64Array.from({ length: p.count }, (_, i) => BigInt(at(i))).buffer)
  return new Uint8Array(Uint32Array.from({ length: p.count }, (_, i) => Number(at(i))).buffer)
}

/** A Map for each micro-op that computes, of that one alone, whose elements are all choices of arguments among odd ones. */
export function everyMicroOp(): Sample[] {
  return ARITHMETIC.map(({ name, arguments: kinds, result }) => {
    const letters = kinds.split('')
    const count = letters.reduce((product, kind) => product * (VALUES[kind]?.length ?? 0), 1)
    let repeats = 1
    const operands = letters.map((kind) => {
      const bytes = spread(kind, { repeats, count })
      repeats *= VALUES[kind]?.length ?? 0
      return bytes
    })
    const microOps: MicroOp[] = letters.map((_, k) => ({ name: 'load', sources: [k], imm: 0 }))
    microOps.push({ name, sources: letters.map((_, k) => k), imm: 0 })
    const views = letters.map(
      (kind, index): Operand => ({
        ref: { kind: 'input', index },
        dtype: CLASS_OF[kind],
        layout: { kind: 'view', strides: [1], offset: 0 },
      }),
    )
    // SAFETY: no micro-op has more than three arguments.
    const node = {
      op: 'Map',
      shape: [count],
      attributes: {},
      microOps,
      operands: views as readonly Operand[] as Operands,
    }
    return { node: { ...node, dtype: result as ValueClass }, operands }
  })
}

/** Views of 60 elements: as they lie, backwards in steps, rows with gaps between. */
const VIEWS = [
  { shape: [60], strides: [1], offset: 1 },
  { shape: [60], strides: [-2], offset: 118 },
  { shape: [4, 15], strides: [19, 1], offset: 3 },
]

/** A Map for each dtype and view that does nothing but load and store. */
export function everyTransfer(): Sample[] {
  return DTYPES.flatMap(({ name: dtype, bytes }) =>
    VIEWS.map(({ shape, ...view }): Sample => {
      const operand: Operand = { ref: { kind: 'input', index: 0 }, dtype, layout: { kind: 'view', ...view } }
      const data = Uint8Array.from({ length: 120 * bytes }, (_, i) => (dtype === 'bool' ? (i % 3) & 1 : i * 37 + 11))
      const microOps: MicroOp[] = [{ name: 'load', sources: [0], imm: 0 }]
      return { node: { op: 'Map', dtype, shape, operands: [operand], attributes: {}, microOps }, operands: [data] }
    }),
  )
}
