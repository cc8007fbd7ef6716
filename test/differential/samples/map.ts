import type { SeededRandom } from 'opml/core'
import {
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
