import { dtypeInfo } from '../graph/dtype.ts'
import type { MicroOp, Node } from '../graph/node.ts'
import { numElements } from '../graph/shape.ts'

/** Steps of everything around the elements: entry, clearing, zeroing the rest of the block. */
const BLOCK_STEPS = 4_000

/** Coordinates, store and loop of one element. */
const ELEMENT_STEPS = 250

/** Steps of a micro-op on one element, at most: the dearest of its kind in the guest of soft floats. */
const MICRO_OP_STEPS: ReadonlyMap<string, number> = new Map([
  ['load', 200],
  ['f32.fmod', 12_000],
  ['f32.pow', 12_000],
])
const FUNCTION_STEPS = 6_000
const PLAIN_STEPS = 700

const FUNCTIONS = new Set(
  ['exp', 'log', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'erf', 'sigmoid', 'log1p', 'softplus', 'sqrt'].map(
    (name) => `f32.${name}`,
  ),
)

/** Elements of the fullest block of a node's output. */
export function elementsPerBlock(node: Node): number {
  return Math.min(128 / dtypeInfo(node.dtype).bytes, numElements(node.shape))
}

/** Steps of one micro-op on one element. */
function microOpSteps(name: string): number {
  return MICRO_OP_STEPS.get(name) ?? (FUNCTIONS.has(name) ? FUNCTION_STEPS : PLAIN_STEPS)
}

/** Steps of a list of micro-ops on one element. */
export function listSteps(list: readonly MicroOp[]): number {
  return list.reduce((sum, op) => sum + microOpSteps(op.name), 0)
}

/** Steps of a node's micro-ops and of its block as such. */
export function epilogueSteps(node: Node): number {
  return BLOCK_STEPS + elementsPerBlock(node) * (ELEMENT_STEPS + listSteps(node.microOps))
}

/** Steps of `terms` products and their ordered sum, an element. */
export function dotSteps(node: Node, terms: number): number {
  return elementsPerBlock(node) * (2_500 + 500 * terms)
}

/** Steps of `terms` products of integers and their exact sum, an element. */
export function integerDotSteps(node: Node, terms: number): number {
  return elementsPerBlock(node) * (300 + 120 * terms)
}
