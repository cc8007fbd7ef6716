import type { MicroOp, Node } from '../graph/node.ts'
import { type Elements, loadValue, type Value } from './elements.ts'
import { evaluateMicroOp } from './microOpReference.ts'
import { operandOf, viewIndex } from './view.ts'

/** Where a list of micro-ops runs: one output element of a node. */
export interface MicroOpContext {
  readonly node: Node
  readonly operands: readonly (Elements | undefined)[]
  /** Of the output element, one a dimension. */
  readonly coordinates: readonly number[]
  /** What the operator hands over. */
  readonly acc?: Value
}

/** The last value of `list`; with an empty list, what the operator hands over. @see spec/02-program.md §5 */
export function runMicroOps(list: readonly MicroOp[], context: MicroOpContext): Value {
  const values: Value[] = []
  for (const op of list) values.push(valueOf(op, values, context))
  return list.length === 0 ? accOf(context) : values[values.length - 1]
}

function accOf(context: MicroOpContext): Value {
  if (context.acc === undefined) throw new TypeError(`${context.node.op} hands no value to its micro-ops.`)
  return context.acc
}

function valueOf(op: MicroOp, values: readonly Value[], context: MicroOpContext): Value {
  const source = op.sources[0] as number
  switch (op.name) {
    case 'load':
      return load(context, source, op.imm)
    case 'index':
      return context.coordinates[source - (6 - context.coordinates.length)] ?? 0
    case 'acc':
      return accOf(context)
    default:
      return evaluateMicroOp(op, values)
  }
}

function load({ node, operands, coordinates }: MicroOpContext, which: number, extra: number): Value {
  const operand = operandOf(node, which)
  return loadValue(operand.dtype, operands[which] as Elements, viewIndex(operand, coordinates) + extra)
}
