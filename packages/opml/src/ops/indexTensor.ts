import type { Dtype } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import type { AttributeRule } from '../graph/operatorRule.ts'
import { checkDims, refuse } from './checkOperand.ts'
import type { Elements } from './elements.ts'

/** Dtypes of index tensors. @see spec/02-program.md §6 */
export const INDEX_DTYPES: readonly Dtype[] = ['i32', 'i64']

const MAX_COMPONENTS = 5

/** The index in element `at` of an index tensor, for a dimension of `size`: negative ones count from the end; undefined out of range. */
export function indexAt(indices: Elements, at: number, size: number): number | undefined {
  const given = Number(indices[at])
  const index = given < 0 ? given + size : given
  return index >= 0 && index < size ? index : undefined
}

/** Attributes of operators whose indices are tuples. */
export const TUPLE_ATTRIBUTES: readonly AttributeRule[] = [
  { name: 'numComponents', type: 'u32', min: 1, max: MAX_COMPONENTS, meaning: 'of a tuple' },
  ...Array.from({ length: MAX_COMPONENTS }, (_, i): AttributeRule => {
    return {
      name: `size${i}`,
      type: 'u32',
      max: 2 ** 30,
      meaning: `of the dimension that component ${i} indexes; 0 past the last`,
    }
  }),
]

/** Sizes of the dimensions that the components of a tuple index. */
export function tupleSizes({ attributes }: Node): number[] {
  return Array.from({ length: MAX_COMPONENTS }, (_, i) => attributes[`size${i}`]).slice(0, attributes['numComponents'])
}

/**
 * Checks that the sizes of a node's tuples multiply to `positions`, with no size past the last, and the dims of its tuples, operand b.
 *
 * @throws {InvalidProgramError}
 */
export function checkTuples(node: Node, p: { positions: number; dims: readonly number[] }): void {
  const sizes = tupleSizes(node)
  // SAFETY: a product that is not exact is above 2^53, more than any number of positions.
  const product = sizes.reduce((a, b) => a * b, 1)
  if (product !== p.positions) refuse(`tuples index [${sizes.join(', ')}], the operand has ${p.positions} positions.`)
  for (let i = sizes.length; i < MAX_COMPONENTS; i++) {
    if (node.attributes[`size${i}`] !== 0) refuse(`size${i} must be 0, tuples have ${sizes.length} components.`)
  }
  checkDims(node, 1, [...p.dims, sizes.length])
}

/** Row-major position that tuple `row` names; undefined when a component is out of range. */
export function tupleAt(tuples: Elements, row: number, sizes: readonly number[]): number | undefined {
  let position = 0
  for (const [i, size] of sizes.entries()) {
    const index = indexAt(tuples, row * sizes.length + i, size)
    if (index === undefined) return undefined
    position = position * size + index
  }
  return position
}
