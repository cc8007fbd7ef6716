import { type OperatorRule, operatorTable } from 'opml/graph'
import { expect, test } from 'vitest'
import { nodeHeader } from './gen-node-header.ts'
import { operatorDocs } from './gen-operator-docs.ts'

const rule: OperatorRule = {
  name: 'MatMulInteger',
  opcode: 3,
  operands: [
    { use: 'required', layout: 'view', classes: ['i32'] },
    undefined,
    { use: 'epilogue', layout: 'view', classes: ['f32', 'i32'] },
  ],
  attributes: [
    { name: 'numPreOps', type: 'u32', max: 24, meaning: 'micro-ops before the sum' },
    { name: 'strideA', type: 'i32', meaning: 'elements' },
    { name: 'limit', type: 'f32', min: 0, max: Number.POSITIVE_INFINITY, meaning: '|x| at most' },
  ],
  microOps: 'optional',
  accClass: () => 'i32',
  check: () => {},
  costSteps: () => 1,
}

test('default: the header has opcodes and the places of attributes', () => {
  operatorTable([rule])
  const header = nodeHeader([rule])
  for (const line of [
    '  OPCODE_MAT_MUL_INTEGER = 3,',
    '  ATTRIBUTE_MAT_MUL_INTEGER_NUM_PRE_OPS = 0,',
    '  ATTRIBUTE_MAT_MUL_INTEGER_STRIDE_A = 1,',
    '  ATTRIBUTE_MAT_MUL_INTEGER_LIMIT = 2,',
    '  MICRO_I32_TRUNC_SAT_F32_S = 176,',
    '  DTYPE_BF16 = 3,',
    '  REF_PREVIOUS = 4,',
    '_Static_assert(offsetof(ProgramNode, micro_ops) == 320, "ProgramNode.micro_ops");',
  ]) {
    expect(header.split('\n')).toContain(line)
  }
})

test('default: the page shows operands, micro-ops and attributes of an operator', () => {
  const page = operatorDocs([rule])
  expect(page.slice(page.indexOf('### '))).toMatchInlineSnapshot(`
    "### MatMulInteger (3)

    - a: required, view, class i32.
    - c: left to micro-ops, view, class f32 or i32.
    - Micro-ops: optional. Pre-ops before the epilogue.

    | word | attribute | type | range | meaning |
    |---|---|---|---|---|
    | 58 | \`numPreOps\` | u32 | 0 to 24 | micro-ops before the sum |
    | 59 | \`strideA\` | i32 | any | elements |
    | 60 | \`limit\` | f32 | 0 to Infinity | \\|x\\| at most |
    "
  `)
})
