import { dtypeInfo, type ValueClass } from './dtype.ts'
import { InvalidProgramError } from './errors.ts'
import { type MicroOpRow, microOpNamed } from './microOps.ts'
import type { MicroOp, Node } from './node.ts'
import type { OperatorRule } from './operatorRule.ts'
import { MAX_RANK } from './shape.ts'

const CLASS_OF_LETTER: Readonly<Record<string, ValueClass>> = { F: 'f32', I: 'i32', L: 'i64' }

/** One list of micro-ops and what its `acc` is; undefined: the list has none. */
interface List {
  readonly node: Node
  readonly rule: OperatorRule
  /** For messages: `micro-op` or `pre-op`. */
  readonly noun: string
  readonly ops: readonly MicroOp[]
  readonly acc: ValueClass | undefined
}

function refuse(message: string): never {
  throw new InvalidProgramError({ message })
}

function loadClass(list: List, place: number, at: string): ValueClass {
  const operand = list.node.operands[place]
  const name = 'abc'.charAt(place) || String(place)
  if (operand === undefined) return refuse(`${at} loads operand ${name}, which is absent.`)
  if (list.rule.operands[place]?.use !== 'epilogue')
    return refuse(`${at} loads operand ${name}, which is not left to micro-ops.`)
  return dtypeInfo(operand.dtype).valueClass
}

function checkArguments(row: MicroOpRow, op: MicroOp, p: { at: string; classes: readonly ValueClass[] }): void {
  for (const [i, source] of op.sources.entries()) {
    if (source === 'imm') continue
    const expected = CLASS_OF_LETTER[row.arguments.charAt(i)]
    const actual = p.classes[source]
    if (actual === undefined) refuse(`${p.at} takes value ${source}, which is not before it.`)
    if (actual !== expected) refuse(`${p.at} takes value ${source} as ${expected}, it is ${actual}.`)
  }
}

/** Class of the value of one micro-op, after those of `classes`. */
function valueClass(list: List, k: number, classes: readonly ValueClass[]): ValueClass {
  const op = list.ops[k]
  const at = `${list.noun} ${k} (${op.name})`
  const row = microOpNamed(op.name)
  if (row === undefined) return refuse(`${at} is unknown.`)
  const first = Number(op.sources[0])
  if (row.name === 'load') return loadClass(list, first, at)
  if (row.name === 'index' && !(first < MAX_RANK))
    return refuse(`${at} takes dimension ${first}, the last is ${MAX_RANK - 1}.`)
  if (row.name !== 'index') checkArguments(row, op, { at, classes })
  if (row.result === 'acc') return list.acc ?? refuse(`${at}: ${list.node.op} hands over no acc.`)
  // SAFETY: `operand` is the result of load alone.
  return row.result as ValueClass
}

/** Class of the last value of a list; of its `acc` when it is empty. */
function lastClass(list: List): ValueClass | undefined {
  const classes: ValueClass[] = []
  for (let k = 0; k < list.ops.length; k++) classes.push(valueClass(list, k, classes))
  return classes.length === 0 ? list.acc : classes[classes.length - 1]
}

/** Class of the epilogue's `acc`, after the pre-ops where the operator can have them. */
function epilogueAcc(node: Node, rule: OperatorRule, preOps: readonly MicroOp[]): ValueClass | undefined {
  const element = lastClass({ node, rule, noun: 'pre-op', ops: preOps, acc: rule.accClass?.(node) })
  if (element === undefined || rule.accumulatorClass === undefined) return element
  return rule.accumulatorClass(node, element)
}

/** Number of pre-ops of a node; 0 for operators without the attribute `numPreOps`. */
export function numPreOps(node: Node): number {
  return Object.hasOwn(node.attributes, 'numPreOps') ? node.attributes['numPreOps'] : 0
}

/**
 * Checks the micro-ops of a node whose descriptor can be encoded: classes of all values, loads, lists, and the class of what is stored.
 *
 * @throws {InvalidProgramError} naming the micro-op, without a place.
 * @see spec/02-program.md §5, §7
 */
export function checkMicroOps(node: Node, rule: OperatorRule): void {
  const numPre = numPreOps(node)
  const numEpilogue = node.microOps.length - numPre
  if (numEpilogue < 0) refuse(`numPreOps is ${numPre}, the node has ${node.microOps.length} micro-ops.`)
  if (rule.microOps === 'none' && numEpilogue > 0) refuse(`${node.op} takes no micro-ops.`)
  if (rule.microOps === 'required' && numEpilogue === 0) refuse(`${node.op} needs micro-ops.`)
  const acc = epilogueAcc(node, rule, node.microOps.slice(0, numPre))
  const stored = lastClass({ node, rule, noun: 'micro-op', ops: node.microOps.slice(numPre), acc })
  const expected = dtypeInfo(node.dtype).valueClass
  if (stored !== undefined && stored !== expected)
    refuse(`a value of class ${stored} cannot be stored as ${node.dtype}.`)
}
