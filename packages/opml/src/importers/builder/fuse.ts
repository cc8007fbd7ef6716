import type { Dtype } from '../../graph/dtype.ts'
import type { MicroOp, Node, Operand } from '../../graph/node.ts'
import type { OperatorTable } from '../../graph/operatorRule.ts'
import { MAX_RANK, numElements, type Shape } from '../../graph/shape.ts'
import type { ConstantPool } from './constantPool.ts'
import { MAX_MICRO_OPS } from './microOpList.ts'
import { isSameOperand } from './normalizeMap.ts'
import { isDense } from './tensor.ts'
import { reshapeView } from './views.ts'

/** A node that took in the node it read, or undefined where the two stay apart. */
type Fused = Node | undefined

const MAX_OPERANDS = 3

/**
 * Takes an element-wise node into the node whose whole output it alone reads, so that the output between them is never stored.
 *
 * The result has the bits of the two nodes, since every micro-op rounds on its own and narrow intermediates keep their narrowing.
 *
 * @param producer - a `Map`, or a node of an operator with an epilogue.
 * @param place - which operand of `consumer` the producer's output is.
 * @see spec/02-program.md §5
 */
export function fuse(producer: Node, consumer: Node, p: FusePlace): Fused {
  if (consumer.op !== 'Map' || !readsWhole(consumer, p.place, producer)) return undefined
  return joined(producer, consumer, p) ?? joined(withDimsOf(producer, consumer.shape), consumer, p)
}

/** Where the consumer reads the producer, and what fusion needs besides. */
interface FusePlace {
  readonly place: number
  readonly operators: OperatorTable
  readonly pool: ConstantPool
}

function joined(producer: Node | undefined, consumer: Node, p: FusePlace): Fused {
  if (producer === undefined) return undefined
  if (p.operators.named(producer.op)?.microOps === 'none') return undefined
  const kept = producer.op === 'Map' ? consumer.shape : producer.shape
  const shape = producer.op === 'Map' ? consumer : producer
  const slots = new OperandSlots(producer, { ...p, kept })
  if (!slots.takeProducer() || !slots.takeConsumer(consumer, p.place)) return undefined
  const microOps = joinLists(producer, consumer, { place: p.place, slots })
  if (microOps === undefined || microOps.length > MAX_MICRO_OPS) return undefined
  return {
    ...producer,
    dtype: consumer.dtype,
    shape: shape.shape,
    operands: slots.operands as unknown as Node['operands'],
    microOps,
  }
}

/** A `Normalize` whose dimensions end where those of `shape` do too: factors of channels inside a row then have strides. */
function withDimsOf(node: Node, shape: Shape): Node | undefined {
  const [a] = node.operands
  if (node.op !== 'Normalize' || a === undefined || node.operands.length > 1) return undefined
  const ends = (dims: Shape) => dims.map((_, axis) => numElements(dims.slice(axis)))
  const sizes = [...new Set([...ends(node.shape), ...ends(shape), 1])].sort((one, other) => other - one)
  const dims = sizes.slice(0, -1).map((size, i) => size / (sizes[i + 1] as number))
  const moved = dims.length <= MAX_RANK && dims.every(Number.isInteger) ? redimension(a, node.shape, dims) : undefined
  const row = numElements(node.shape.slice(node.shape.length - (node.attributes.numAxes as number)))
  const numAxes = dims.length - sizes.indexOf(row)
  if (moved === undefined || numAxes === 0) return undefined
  return { ...node, shape: dims, operands: [moved], attributes: { ...node.attributes, numAxes } }
}

/** True when the consumer loads each element of the producer's output at its own place, once. */
function readsWhole(consumer: Node, place: number, producer: Node): boolean {
  const operand = consumer.operands[place]
  if (operand?.layout.kind !== 'view') return false
  const isWhole = numElements(consumer.shape) === numElements(producer.shape)
  const isAside = consumer.microOps.some((op) => op.name === 'load' && op.sources[0] === place && op.imm !== 0)
  return isWhole && !isAside && isDense({ ...operand, ...operand.layout, shape: consumer.shape })
}

/** A view over the index space `from`, as one over `to` with as many elements; undefined where strides cannot say it. */
function redimension(operand: Operand, from: Shape, to: Shape): Operand | undefined {
  const { layout } = operand
  if (layout.kind !== 'view') return operand
  const view = reshapeView(
    { dtype: operand.dtype, ref: operand.ref, strides: layout.strides, offset: layout.offset, shape: from },
    to,
  )
  return view && { ...operand, layout: { kind: 'view', strides: view.strides, offset: view.offset } }
}

/** Where an operand of the consumer went: its place, and how much further its loads are. */
interface Slot {
  readonly place: number
  readonly shift: number
}

/** The operands of the fused node, and where those of the two nodes went. */
class OperandSlots {
  readonly operands: (Operand | undefined)[] = []
  /** Of each of the consumer's operands. */
  readonly consumerSlots: (Slot | undefined)[] = []
  readonly #producer: Node
  readonly #kept: Shape
  readonly #firstFree: number
  readonly #numPlaces: number
  readonly #pool: ConstantPool

  constructor(producer: Node, p: { kept: Shape; operators: OperatorTable; pool: ConstantPool }) {
    const rules = p.operators.named(producer.op)?.operands ?? []
    this.#producer = producer
    this.#kept = p.kept
    const fixed = rules.findIndex((rule) => rule?.use === 'epilogue')
    this.#firstFree = fixed === -1 ? MAX_OPERANDS : fixed
    this.#numPlaces = fixed === -1 ? 0 : rules.length
    this.#pool = p.pool
  }

  /** Puts the producer's operands where they were; false where a view cannot follow the new index space. */
  takeProducer(): boolean {
    for (const operand of this.#producer.operands) {
      const moved = operand && redimension(operand, this.#producer.shape, this.#kept)
      if (operand !== undefined && moved === undefined) return false
      this.operands.push(moved)
    }
    return true
  }

  /** Puts the consumer's other operands into free places, equal ones once; false where there is no room. */
  takeConsumer(consumer: Node, place: number): boolean {
    for (const [i, operand] of consumer.operands.entries()) {
      if (i === place || operand === undefined) {
        this.consumerSlots.push(undefined)
        continue
      }
      const moved = redimension(operand, consumer.shape, this.#kept)
      const slot = moved && this.#slotFor(moved)
      if (slot === undefined) return false
      this.consumerSlots.push(slot)
    }
    return true
  }

  /** An operand that is there already, a free place, or one whose constant can hold this one too. */
  #slotFor(operand: Operand): Slot | undefined {
    const places: number[] = []
    for (let place = this.#firstFree; place < this.#numPlaces; place++) places.push(place)
    const same = places.find((place) => {
      const there = this.operands[place]
      return there !== undefined && isSameOperand(there, operand, this.#kept)
    })
    if (same !== undefined) return { place: same, shift: 0 }
    const free = places.find((place) => this.operands[place] === undefined)
    if (free !== undefined) {
      this.operands[free] = operand
      return { place: free, shift: 0 }
    }
    for (const place of places) {
      const joined = this.#pool.join(this.operands[place] as Operand, operand, this.#kept)
      if (joined === undefined) continue
      this.operands[place] = joined.operand
      return { place, shift: joined.shift }
    }
    return undefined
  }
}

/** The producer's list, the narrowing of its store, then the consumer's list with its loads of the producer replaced. */
function joinLists(
  producer: Node,
  consumer: Node,
  p: { place: number; slots: OperandSlots },
): readonly MicroOp[] | undefined {
  const usesIndex = [...(producer.op === 'Map' ? producer : consumer).microOps].some((op) => op.name === 'index')
  if (usesIndex && !isSameShape(producer.shape, consumer.shape)) return undefined
  const numPreOps = producer.attributes.numPreOps ?? 0
  const first: MicroOp[] = producer.microOps.slice(numPreOps)
  if (first.length === 0) first.push({ name: 'acc', sources: [], imm: 0 })
  for (const op of narrowing(producer.dtype)) first.push({ ...op, sources: [first.length - 1, ...op.sources.slice(1)] })
  const value = first.length - 1
  const numbers: number[] = []
  for (const op of consumer.microOps) {
    if (op.name === 'load' && op.sources[0] === p.place) {
      numbers.push(value)
      continue
    }
    first.push(op.name === 'load' ? moved(op, p.slots) : { ...op, sources: renumbered(op, numbers) })
    numbers.push(first.length - 1)
  }
  // The last value is what is stored: a consumer that only loads ends with the producer's value, which is last already.
  return numbers.at(-1) === first.length - 1 ? [...producer.microOps.slice(0, numPreOps), ...first] : undefined
}

function moved(load: MicroOp, { consumerSlots }: OperandSlots): MicroOp {
  const { place, shift } = consumerSlots[load.sources[0] as number] as Slot
  return { ...load, sources: [place], imm: load.imm + shift }
}

function renumbered(op: MicroOp, numbers: readonly number[]): MicroOp['sources'] {
  if (op.name === 'index') return op.sources
  return op.sources.map((source) => (source === 'imm' ? source : (numbers[source] as number)))
}

function isSameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis])
}

/** What storing as `dtype` and loading again does to a value; sources name the value by 0. */
function narrowing(dtype: Dtype): readonly MicroOp[] {
  const op = (name: string, imm: number): MicroOp => ({ name, sources: [0, 'imm'], imm })
  switch (dtype) {
    case 'f16':
      return [{ name: 'f32.f16_round', sources: [0], imm: 0 }]
    case 'bf16':
      return [{ name: 'f32.bf16_round', sources: [0], imm: 0 }]
    case 'i8':
      return [op('i32.shl', 24), op('i32.shr_s', 24)]
    case 'i16':
      return [op('i32.shl', 16), op('i32.shr_s', 16)]
    case 'u8':
      return [op('i32.and', 0xff)]
    case 'u16':
      return [op('i32.and', 0xffff)]
    case 'bool':
      return [op('i32.eq', 0), op('i32.eq', 0)]
    case 'f32':
    case 'i32':
    case 'u32':
    case 'i64':
    case 'u64':
      return []
  }
}
