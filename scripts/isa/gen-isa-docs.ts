import { ISA, type IsaRow } from 'opml/vm'
import type { GeneratedFile } from '../generated.ts'

const hex32 = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`

function rowText({ mnemonic, format, mask, match, meaning }: IsaRow): string {
  return `| \`${mnemonic}\` | ${format} | \`${hex32(mask)}\` | \`${hex32(match)}\` | ${meaning} |`
}

/** `docs/isa.md`: the instruction table for readers and for other implementations. */
export function generateIsaDocs(): GeneratedFile[] {
  const lines = [
    '# Instructions of the referee machine',
    '',
    'Generated from `packages/opml/src/vm/isa.ts` by `npm run gen`; do not edit. Rules: [spec/04-machine](../spec/04-machine.md).',
    '',
    'A word w is the instruction of the row for which `w & mask = match`; no two rows match one word, and a word that matches',
    `none is illegal. ${ISA.length} rows. imm is sign-extended; for \`lui\` and \`auipc\` it is the upper 20 bits, the lower 12 being zero.`,
    'Registers hold 32-bit words; sums, differences and products are taken modulo 2³².',
    '',
    '| instruction | format | mask | match | meaning |',
    '|---|---|---|---|---|',
    ...ISA.map(rowText),
    '',
  ]
  return [{ path: 'docs/isa.md', content: lines.join('\n') }]
}
