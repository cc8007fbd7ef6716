import { NEWEST_OPSETS, type OnnxOperator, onnxOperators } from 'opml/importers'
import type { GeneratedFile } from '../generated.ts'

/** Text of `docs/onnx-operators.md` for these operators. */
function onnxOperatorDocs(operators: readonly OnnxOperator[]): string {
  const newest = (domain: string) => NEWEST_OPSETS.get(domain === 'ai.onnx' ? '' : domain)
  const table = (domain: string) => {
    const own = operators.filter((operator) => operator.domain === domain)
    return [
      `## ${domain}`,
      '',
      `${own.length} operators, in operator sets up to ${newest(domain)}.`,
      '',
      '| operator | versions | limits |',
      '|---|---|---|',
      ...own.map(({ name, since, limit }) => `| ${name} | ${since}–${newest(domain)} | ${limit ?? ''} |`),
      '',
    ]
  }
  return [
    '# ONNX operators that are imported',
    '',
    'Generated from `packages/opml/src/importers/onnx` by `npm run gen`; do not edit.',
    '',
    'Each operator is read by the rules of the version that the model names. Operator sets 7 to 21 are compared with onnxruntime and the tests of the ONNX',
    'project; of older ones only what those tests hold is tried, and broadcasting at an axis is refused. Newer ones are refused, and so are strings, sequences,',
    'maps, optionals and random numbers. Elements of f64 are rounded to f32; all others keep their type. Shapes are known at import: inputs that decide them are',
    'fixed there (`--bind`).',
    '',
    ...table('ai.onnx'),
    ...table('ai.onnx.ml'),
  ].join('\n')
}

/** The table of ONNX operators for readers. */
export function generateOnnxDocs(): GeneratedFile[] {
  return [{ path: 'docs/onnx-operators.md', content: onnxOperatorDocs(onnxOperators()) }]
}
