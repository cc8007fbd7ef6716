import { operandElements, type NodePlace } from './checkReferences.ts'
import { checkLoads } from './checkViews.ts'
import { checkMicroOps } from './checkMicroOps.ts'
import { dtypeInfo } from './dtype.ts'
import { encodeDescriptor } from './encodeDescriptor.ts'
import { InvalidProgramError } from './errors.ts'
import type { Node, Operand } from './node.ts'
import type { AttributeRule, OperandRule, OperatorRule, OperatorTable } from './operatorRule.ts'
import type { Program } from './program.ts'
import { numElements } from './shape.ts'

/** The largest finite f32. */
const MAX_F32 = (2 - 2 ** -23) * 2 ** 127

function refuse(message: string): never {
  throw new InvalidProgramError({ message })
}

/** INVARIANT: NaN fails both comparisons. */
function checkAttribute(rule: AttributeRule, value: number): void {
  const isFloat = rule.type === 'f32'
  const min = rule.min ?? (isFloat ? -MAX_F32 : Number.NEGATIVE_INFINITY)
  const max = rule.max ?? (isFloat ? MAX_F32 : Number.POSITIVE_INFINITY)
  if (!(value >= min && value <= max)) refuse(`attribute ${rule.name} is ${value}, it must be from ${min} to ${max}.`)
}

function checkOperand(p: {
  name: string
  operand: Operand | undefined
  rule: OperandRule | undefined
  elements: number | undefined
}): void {
  const { operand, rule } = p
  if (operand === undefined) return rule?.use === 'required' ? refuse(`operand ${p.name} is missing.`) : undefined
  const { valueClass } = dtypeInfo(operand.dtype)
  // SAFETY: the descriptor was encoded, so that a present operand has a rule.
  if (!(rule as OperandRule).classes.includes(valueClass)) refuse(`operand ${p.name} cannot be ${operand.dtype}.`)
  if (operand.layout.kind !== 'dense') return
  const numRead = numElements(operand.layout.dims)
  if (!(numRead <= (p.elements ?? 0))) refuse(`operand ${p.name} is read as ${numRead} elements, it has ${p.elements}.`)
}

function checkOperands(node: Node, rule: OperatorRule, elements: readonly (number | undefined)[]): void {
  for (const [i, name] of ['a', 'b', 'c'].entries()) {
    checkOperand({ name, operand: node.operands[i], rule: rule.operands[i], elements: elements[i] })
  }
}

/** What every node must keep, whatever is around it. @throws {InvalidProgramError} without a place; the errors of {@link encodeDescriptor}. */
function checkAlone(node: Node, rule: OperatorRule): void {
  encodeDescriptor(node, rule)
  for (const attribute of rule.attributes) checkAttribute(attribute, node.attributes[attribute.name])
  checkMicroOps(node, rule)
}

/**
 * Checks one node of a program whose earlier nodes are checked.
 *
 * @throws {InvalidProgramError} without a place.
 * @throws {DescriptorError | UnknownDtypeError | TensorTooLargeError} for a node that has no descriptor.
 */
export function verifyNode(
  program: Program,
  place: NodePlace,
  p: { operators: OperatorTable; maxCostSteps: number },
): void {
  const node = program.sections[place.section].nodes[place.node]
  const rule = p.operators.named(node.op) ?? refuse(`"${node.op}" is no operator.`)
  checkAlone(node, rule)
  const elements = operandElements(program, place)
  checkOperands(node, rule, elements)
  checkLoads(node, elements)
  rule.check(node, elements)
  const cost = rule.costSteps(node)
  if (!(cost <= p.maxCostSteps)) refuse(`a block costs up to ${cost} steps, the limit is ${p.maxCostSteps}.`)
}
