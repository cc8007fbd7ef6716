import { expect, test } from 'vitest'
import { operatorTable } from './operatorTable.ts'
import { TEST_OPERATORS, TEST_RULES } from './testing/testOperators.ts'

const [first, second] = TEST_RULES

test('default: finds operators by name and by opcode, and nothing else', () => {
  expect(TEST_OPERATORS.named('MatMul')).toBe(TEST_OPERATORS.ofOpcode(2))
  expect([TEST_OPERATORS.named('matMul'), TEST_OPERATORS.named('toString')]).toEqual([undefined, undefined])
  expect([TEST_OPERATORS.ofOpcode(0), TEST_OPERATORS.ofOpcode(3)]).toEqual([undefined, undefined])
})

const attribute = (name: string) => ({ name, type: 'u32', meaning: '' }) as const

test.each([
  ['two operators of one name', [first, { ...second, name: first.name }]],
  ['two operators of one opcode', [first, { ...second, opcode: first.opcode }]],
  ['opcode 0', [{ ...first, opcode: 0 }]],
  ['opcode 65536', [{ ...first, opcode: 65536 }]],
  ['two attributes of one name', [{ ...first, attributes: [attribute('k'), attribute('k')] }]],
  ['23 attributes', [{ ...first, attributes: Array.from({ length: 23 }, (_, i) => attribute(`k${i}`)) }]],
])('error: refuses %s', (_, rules) => {
  expect(() => operatorTable(rules)).toThrow(RangeError)
})
