import type { Node } from '../graph/node.ts'
import { elementsPerBlock } from './costs.ts'

/** Steps of a block of which each element takes `perElement`; the least is 150, for coordinates and one copy. */
export function movementSteps(node: Node, perElement: number): number {
  return 1_500 + perElement * elementsPerBlock(node)
}

/**
 * Lines of the innermost dimension that the fullest block of a node meets, at most.
 *
 * Blocks start at multiples of their size, so that neither splits the other where one size divides the other.
 */
export function linesPerBlock(node: Node): number {
  const [elements, length] = [elementsPerBlock(node), node.shape.at(-1) ?? 1]
  if (elements === 0) return 0
  if (elements % length === 0 || length % elements === 0) return Math.ceil(elements / length)
  return Math.floor((elements - 2) / length) + 2
}
