import { dtypeInfo } from '../../graph/dtype.ts'
import { microOpNamed } from '../../graph/microOps.ts'
import type { MicroOp, Node, Operand } from '../../graph/node.ts'
import { numElements, type Shape } from '../../graph/shape.ts'
import { loadValue, newElements, type Value } from '../../ops/elements.ts'
import type { BuilderConstant } from './programBuilder.ts'

/** Micro-ops whose two arguments may change places without a change of bits. */
const COMMUTATIVE = /^(f32\.(add|mul|min|max|eq)|i(32|64)\.(add|mul|min_s|min_u|max_s|max_u|and|or|xor|eq))$/

/**
 * A `Map` in the form in which fusion compares and joins lists; its bits stay.
 *
 * Operands that are one element of a constant become constants of the list, immediates where they are a second argument; an operand that is
 * there twice is there once; those that are left take the first places.
 */
export function normalizeMap(node: Node, constants: readonly BuilderConstant[]): Node {
  if (node.op !== 'Map') return node
  const operands: Operand[] = []
  const loads = node.operands.map((operand) => {
    if (operand === undefined) return undefined
    const value = knownElement(operand, { shape: node.shape, constants })
    if (value !== undefined) return value
    const found = operands.findIndex((other) => isSameOperand(other, operand, node.shape))
    return { place: found === -1 ? operands.push(operand) - 1 : found }
  })
  const isKnown = node.microOps.every(
    ({ name, sources, imm }) => name !== 'load' || imm === 0 || isPlace(loads[sources[0] as number]),
  )
  if (operands.length === 0 || !isKnown) return node
  const microOps = node.microOps.map((op) => {
    if (op.name !== 'load') return op
    const load = loads[op.sources[0] as number]
    return isPlace(load) ? { ...op, sources: [load.place] } : (load as MicroOp)
  })
  // SAFETY: at most as many operands as before.
  return { ...node, operands: operands as unknown as Node['operands'], microOps: withImmediates(microOps) }
}

function isPlace(load: { place: number } | MicroOp | undefined): load is { place: number } {
  return load !== undefined && 'place' in load
}

/** Whether two operands are the same elements of one tensor for every index of `shape`. */
export function isSameOperand(a: Operand, b: Operand, shape: Shape): boolean {
  if (a.dtype !== b.dtype || a.layout.kind !== 'view' || b.layout.kind !== 'view') return false
  if (!isSameRef(a, b) || a.layout.offset !== b.layout.offset) return false
  const other = b.layout.strides
  return a.layout.strides.every((stride, axis) => stride === other[axis] || shape[axis] === 1)
}

/** Whether two references of one list are one tensor. Those of other steps and sections are taken for different. */
function isSameRef({ ref: a }: Operand, { ref: b }: Operand): boolean {
  if (a.kind === 'previous' || a.kind === 'section' || b.kind === 'previous' || b.kind === 'section') return false
  return a.kind === b.kind && (!('index' in a) || !('index' in b) || a.index === b.index)
}

/** The micro-op that gives what an operand holds, where that is the same known element at every index. */
function knownElement(
  { ref, dtype, layout }: Operand,
  p: { shape: Shape; constants: readonly BuilderConstant[] },
): MicroOp | undefined {
  if (ref.kind !== 'constant' || layout.kind !== 'view') return undefined
  if (numElements(p.shape) === 0 || layout.strides.some((stride, axis) => stride !== 0 && p.shape[axis] !== 1))
    return undefined
  const size = dtypeInfo(dtype).bytes
  const elements = newElements(dtype, 1)
  const at = layout.offset * size
  new Uint8Array(elements.buffer).set((p.constants[ref.index] as BuilderConstant).bytes.subarray(at, at + size))
  return constantOp(loadValue(dtype, elements, 0), dtypeInfo(dtype).valueClass)
}

function constantOp(value: Value, valueClass: 'f32' | 'i32' | 'i64'): MicroOp | undefined {
  const word = valueClass === 'f32' ? new Int32Array(Float32Array.of(Number(value)).buffer)[0] : Number(value) | 0
  if (valueClass === 'i64' && BigInt(word) !== BigInt.asIntN(64, BigInt(value))) return undefined
  return { name: `${valueClass}.const`, sources: [], imm: word }
}

/** Constants that are the second argument of an operation alone are its immediates. */
function withImmediates(microOps: readonly MicroOp[]): MicroOp[] {
  const swapped = microOps.map((op) => {
    const [a, b] = op.sources
    const isFirst = typeof a === 'number' && microOps[a]?.name.endsWith('.const') === true
    return isFirst && typeof b === 'number' && COMMUTATIVE.test(op.name) ? { ...op, sources: [b, a] } : op
  })
  const inlined = swapped.map((op) => {
    const b = op.sources[1]
    const value = typeof b === 'number' && hasValueArguments(op) ? swapped[b] : undefined
    return value?.name.endsWith('.const') && op.sources.length === 2
      ? { ...op, sources: [op.sources[0] as number, 'imm' as const], imm: value.imm }
      : op
  })
  return withoutUnused(inlined)
}

/** False for `load` and `index`, whose sources are no values. */
function hasValueArguments({ name }: MicroOp): boolean {
  return (microOpNamed(name)?.arguments ?? '') !== ''
}

/** A list without values that nothing takes; the last one is what is stored. */
function withoutUnused(microOps: readonly MicroOp[]): MicroOp[] {
  const isUsed = microOps.map((_, k) => k === microOps.length - 1)
  for (let k = microOps.length - 1; k >= 0; k--) {
    const op = microOps[k] as MicroOp
    if (!isUsed[k] || !hasValueArguments(op)) continue
    for (const source of op.sources) if (source !== 'imm') isUsed[source] = true
  }
  const numbers: number[] = []
  const kept: MicroOp[] = []
  microOps.forEach((op, k) => {
    numbers.push(kept.length)
    if (!isUsed[k]) return
    const sources = hasValueArguments(op)
      ? op.sources.map((source) => (source === 'imm' ? source : (numbers[source] as number)))
      : op.sources
    kept.push({ ...op, sources })
  })
  return kept
}
