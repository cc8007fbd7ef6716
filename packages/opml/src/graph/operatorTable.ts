import type { OperatorRule, OperatorTable } from './operatorRule.ts'
import { MAX_ATTRIBUTES } from './descriptorLayout.ts'

function checkRule(rule: OperatorRule): void {
  const names = new Set(rule.attributes.map(({ name }) => name))
  if (names.size !== rule.attributes.length || names.size > MAX_ATTRIBUTES) {
    throw new RangeError(`${rule.name}: attributes need different names, and at most ${MAX_ATTRIBUTES} words.`)
  }
}

/**
 * The table of these operators.
 *
 * @throws {RangeError} when two have one name or opcode, an opcode is not 1 to 65535, or attributes do not fit their words.
 */
export function operatorTable(rules: readonly OperatorRule[]): OperatorTable {
  const byName = new Map(rules.map((rule) => [rule.name, rule]))
  const byOpcode = new Map(rules.map((rule) => [rule.opcode, rule]))
  const isUnique = byName.size === rules.length && byOpcode.size === rules.length
  if (!isUnique || rules.some(({ opcode }) => !(opcode >= 1 && opcode <= 0xffff))) {
    throw new RangeError('Operators need different names and different opcodes from 1 to 65535.')
  }
  for (const rule of rules) checkRule(rule)
  return { named: (name) => byName.get(name), ofOpcode: (opcode) => byOpcode.get(opcode) }
}
