import {
  DESCRIPTOR_BYTES,
  DESCRIPTOR_FIELDS,
  DESCRIPTOR_STRUCTS,
  type DescriptorField,
  DTYPES,
  IMMEDIATE_SOURCE,
  MAX_ATTRIBUTES,
  MAX_MICRO_OPS,
  MICRO_OPS,
  type OperatorRule,
  PROGRAM_VERSION,
  REF_KINDS,
} from 'opml/graph'
import type { GeneratedFile } from '../generated.ts'
import { OPERATORS } from './operators.ts'

type Fields = Readonly<Record<string, DescriptorField>>

/** `strideA` → `stride_a`, `MatMulInteger` → `mat_mul_integer`, `f32.trunc_sat` → `f32_trunc_sat`. */
function snake(name: string): string {
  return name
    .replaceAll('.', '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

const constant = (...names: string[]): string => names.map((name) => snake(name).toUpperCase()).join('_')

/** An enum without a name: plain constants, which a word of a descriptor is compared with. */
function enumText(p: { comment: string; rows: readonly (readonly [string, number])[] }): string[] {
  if (p.rows.length === 0) return []
  return [`// ${p.comment}`, 'enum {', ...p.rows.map(([name, value]) => `  ${name} = ${value},`), '};', '']
}

function fieldText([name, { type, count, meaning }]: readonly [string, DescriptorField]): string {
  return `  ${type} ${snake(name)}${count === 1 ? '' : `[${count}]`}; // ${meaning}`
}

function structText(name: string, p: { bytes: number; fields: Fields }): string[] {
  const entries = Object.entries(p.fields)
  return [
    'typedef struct {',
    ...entries.map(fieldText),
    `} ${name};`,
    '',
    `_Static_assert(sizeof(${name}) == ${p.bytes}, "${name}");`,
    ...entries.map(
      ([field, { byte }]) =>
        `_Static_assert(offsetof(${name}, ${snake(field)}) == ${byte}, "${name}.${snake(field)}");`,
    ),
    '',
  ]
}

function operatorEnums(operators: readonly OperatorRule[]): string[] {
  const opcodes = operators.map(({ name, opcode }) => [constant('opcode', name), opcode] as const)
  const attributes = operators.flatMap((rule) =>
    rule.attributes.map(({ name }, i) => [constant('attribute', rule.name, name), i] as const),
  )
  return [
    ...enumText({ comment: 'ProgramNode.opcode', rows: opcodes }),
    ...enumText({ comment: 'Indices into ProgramNode.attributes', rows: attributes }),
  ]
}

/** Text of the header for these operators. */
export function nodeHeader(operators: readonly OperatorRule[]): string {
  return [
    '// The 512-byte record of a node (spec/02-program.md §3), little-endian. Generated from packages/opml/src/graph and',
    '// packages/opml/src/ops by "npm run gen"; do not edit.',
    '#ifndef OPML_PROGRAM_NODE_H',
    '#define OPML_PROGRAM_NODE_H',
    '',
    '#include <stddef.h>',
    '#include <stdint.h>',
    '',
    ...enumText({
      comment: 'Limits',
      rows: [
        ['PROGRAM_VERSION', PROGRAM_VERSION],
        ['PROGRAM_MAX_ATTRIBUTES', MAX_ATTRIBUTES],
        ['PROGRAM_MAX_MICRO_OPS', MAX_MICRO_OPS],
      ],
    }),
    ...enumText({
      comment: 'Element types; 0 is none',
      rows: DTYPES.map(({ name, id }) => [constant('dtype', name), id]),
    }),
    ...enumText({
      comment: 'Kinds of references',
      rows: Object.entries(REF_KINDS).map(([name, id]) => [constant('ref', name), id]),
    }),
    ...enumText({
      comment: 'Micro-ops; their meaning is in docs/operators.md',
      rows: MICRO_OPS.map(({ name, id }) => [constant('micro', name), id]),
    }),
    ...enumText({
      comment: 'In ProgramMicroOp.s2: imm is the second argument',
      rows: [['MICRO_IMMEDIATE', IMMEDIATE_SOURCE]],
    }),
    ...operatorEnums(operators),
    ...Object.entries(DESCRIPTOR_STRUCTS).flatMap(([name, struct]) => structText(name, struct)),
    ...structText('ProgramNode', { bytes: DESCRIPTOR_BYTES, fields: DESCRIPTOR_FIELDS }),
    '#endif',
    '',
  ].join('\n')
}

/** `kernels/include/program_node.h`: the record of a node as a C struct. */
export function generateNodeHeader(): GeneratedFile[] {
  return [{ path: 'kernels/include/program_node.h', content: nodeHeader(OPERATORS) }]
}
