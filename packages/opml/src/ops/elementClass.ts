import { dtypeInfo, type ValueClass } from '../graph/dtype.ts'
import { microOpNamed } from '../graph/microOps.ts'
import type { Node } from '../graph/node.ts'
import { operandOf } from './view.ts'

/** Class of the elements of a after the pre-ops of a node that the verifier accepts. */
export function elementClass(node: Node): ValueClass {
  const { valueClass } = dtypeInfo(operandOf(node, 0).dtype)
  if (node.attributes.numPreOps === 0) return valueClass
  const last = node.microOps[node.attributes.numPreOps - 1]
  const result = microOpNamed(last.name)?.result ?? 'acc'
  if (result === 'operand') return dtypeInfo(operandOf(node, last.sources[0] as number).dtype).valueClass
  return result === 'acc' ? valueClass : result
}
