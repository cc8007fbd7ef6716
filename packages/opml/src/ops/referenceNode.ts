import { type Dtype, dtypeInfo } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import { tensorBytes } from '../graph/shape.ts'
import { elements, tensorOver } from '../graph/tensor.ts'
import type { Elements } from './elements.ts'
import type { Operator } from './operator.ts'

/**
 * Computes nodes by the plain loops of their operators: the slow executor that fixes the bits, as the `compute` of a walk.
 *
 * @param operators - those of the program, at least.
 * @example walkProgram(program, { constants, inputs, compute: referenceNode(OPERATORS) })
 */
export function referenceNode(
  operators: readonly Operator[],
): (node: Node, operands: readonly (Uint8Array | undefined)[]) => Uint8Array {
  const byName = new Map(operators.map((operator) => [operator.name, operator]))
  return (node, operands) => {
    const { reference } = byName.get(node.op) as Operator
    const output = reference(
      node,
      operands.map((bytes, i) => bytes && asElements(bytes, node.operands[i]?.dtype as Dtype)),
    )
    return new Uint8Array(output.buffer, output.byteOffset, tensorBytes(node.shape, node.dtype))
  }
}

function asElements(bytes: Uint8Array, dtype: Dtype): Elements {
  return elements(tensorOver(bytes, { dtype, shape: [bytes.length / dtypeInfo(dtype).bytes] }))
}
