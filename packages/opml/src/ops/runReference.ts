import { type Dtype, dtypeInfo } from '../graph/dtype.ts'
import type { Program } from '../graph/program.ts'
import { type ProgramWalkOptions, walkProgram } from '../graph/programWalk.ts'
import { tensorBytes } from '../graph/shape.ts'
import { elements as elementsOf, tensorOver } from '../graph/tensor.ts'
import type { Elements } from './elements.ts'
import type { Operator } from './operator.ts'

/**
 * Runs a verified program by the operators' plain loops: the slow executor that fixes the bits.
 *
 * @param p.operators - those that the program uses, at least.
 * @returns outputs in the program's order, dense, little-endian.
 */
export function runReference(
  program: Program,
  p: Omit<ProgramWalkOptions, 'compute'> & { operators: readonly Operator[] },
): Uint8Array[] {
  const operators = new Map(p.operators.map((operator) => [operator.name, operator]))
  return walkProgram(program, {
    ...p,
    compute: (node, operands) => {
      const inputs = operands.map((bytes, i) => bytes && asElements(bytes, node.operands[i]?.dtype as Dtype))
      const output = (operators.get(node.op) as Operator).reference(node, inputs)
      return new Uint8Array(output.buffer, output.byteOffset, tensorBytes(node.shape, node.dtype))
    },
  })
}

function asElements(bytes: Uint8Array, dtype: Dtype): Elements {
  return elementsOf(tensorOver(bytes, { dtype, shape: [bytes.length / dtypeInfo(dtype).bytes] }))
}
