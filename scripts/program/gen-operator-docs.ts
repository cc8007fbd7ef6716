import { type AttributeRule, DTYPES, MICRO_OPS, type MicroOpRow, type OperandRule, type OperatorRule } from 'opml/graph'
import type { GeneratedFile } from '../generated.ts'
import { OPERATORS } from './operators.ts'

const CLASSES: Readonly<Record<string, string>> = { F: 'f32', I: 'i32', L: 'i64' }
const MAX_U32 = 2 ** 32 - 1
const FIRST_ATTRIBUTE_WORD = 58

/** Text inside a table: a bar would end its cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|')

function microOpRow({ id, name, arguments: letters, result, meaning }: MicroOpRow): string {
  const taken = Array.from(letters, (letter) => CLASSES[letter]).join(', ')
  return `| ${id} | \`${name}\` | ${taken} | ${result} | ${cell(meaning)} |`
}

function rangeText({ type, min, max }: AttributeRule): string {
  if (min === undefined && max === undefined) return type === 'f32' ? 'finite' : 'any'
  const lowest = type === 'u32' ? 0 : type === 'i32' ? -(2 ** 31) : 'least finite'
  const highest = type === 'u32' ? MAX_U32 : type === 'i32' ? 2 ** 31 - 1 : 'largest finite'
  return `${min ?? lowest} to ${max ?? highest}`
}

function attributeRow(rule: AttributeRule, i: number): string {
  return `| ${FIRST_ATTRIBUTE_WORD + i} | \`${rule.name}\` | ${rule.type} | ${rangeText(rule)} | ${cell(rule.meaning)} |`
}

function operandText(rule: OperandRule, name: string): string {
  const use = rule.use === 'epilogue' ? 'left to micro-ops' : rule.use
  return `- ${name}: ${use}, ${rule.layout}, class ${rule.classes.join(' or ')}.`
}

function microOpsText(rule: OperatorRule): string {
  const hasPreOps = rule.attributes.some(({ name }) => name === 'numPreOps')
  const preOps = hasPreOps ? ' Pre-ops before the epilogue.' : ''
  const acc = rule.accClass === undefined ? ' No `acc`.' : ''
  return `- Micro-ops: ${rule.microOps}.${rule.microOps === 'none' ? '' : preOps + acc}`
}

function operatorLines(rule: OperatorRule): string[] {
  const operands = rule.operands.flatMap((operand, i) => (operand ? [operandText(operand, 'abc'.charAt(i))] : []))
  const table = [
    '',
    '| word | attribute | type | range | meaning |',
    '|---|---|---|---|---|',
    ...rule.attributes.map(attributeRow),
  ]
  return [
    `### ${rule.name} (${rule.opcode})`,
    '',
    ...operands,
    microOpsText(rule),
    ...(rule.attributes.length > 0 ? table : []),
    '',
  ]
}

/** Text of `docs/operators.md` for these operators. */
export function operatorDocs(operators: readonly OperatorRule[]): string {
  return [
    '# Operators, micro-ops and dtypes of programs',
    '',
    'Generated from `packages/opml/src/graph` and `packages/opml/src/ops` by `npm run gen`; do not edit. Rules: [spec/02-program](../spec/02-program.md).',
    '',
    '## Dtypes',
    '',
    'A value is computed in the class of its dtype: binary32, a 32-bit or a 64-bit word.',
    '',
    '| id | dtype | bytes | class |',
    '|---|---|---|---|',
    ...DTYPES.map(({ id, name, bytes, valueClass }) => `| ${id} | ${name} | ${bytes} | ${valueClass} |`),
    '',
    '## Micro-ops',
    '',
    `${MICRO_OPS.length} of them. a, b, c are the arguments, imm the immediate, s1 the first source. Each rounds on its own. \`operand\`: class of the operand that is loaded; \`acc\`: as the operator says.`,
    '',
    '| id | micro-op | takes | gives | meaning |',
    '|---|---|---|---|---|',
    ...MICRO_OPS.map(microOpRow),
    '',
    '## Operators',
    '',
    `${operators.length} of them. Operands are *views*, read through strides over the output's index, or *dense*, with dims of their own.`,
    '',
    ...operators.flatMap(operatorLines),
  ].join('\n')
}

/** `docs/operators.md`: what a program can be made of. */
export function generateOperatorDocs(): GeneratedFile[] {
  return [{ path: 'docs/operators.md', content: `${operatorDocs(OPERATORS).trimEnd()}\n` }]
}
