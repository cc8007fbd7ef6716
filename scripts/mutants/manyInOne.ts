// One contract that holds many mutants, so that all of them are compiled once: `block.prevrandao`, which no contract here reads otherwise,
// says which of them it is. Number 0 is the contract as it stands.
import type { MutantSite } from './mutantSites.ts'

/** A node of the compiler's syntax tree; `src` is `start:length:source` in bytes. */
interface SyntaxNode {
  readonly nodeType: string
  readonly src: string
  readonly leftExpression?: SyntaxNode
  readonly rightExpression?: SyntaxNode
}

/** A mutant by its number. */
export type NumberedSite = MutantSite & { readonly number: number }

/** A piece of the source that becomes another one for one number. Places are those of bytes. */
interface Choice {
  readonly start: number
  readonly end: number
  readonly number: number
  readonly mutated: string
  readonly isStatement: boolean
}

interface Range {
  readonly start: number
  readonly end: number
}

function rangeOf({ src }: SyntaxNode): Range {
  const [start, length] = src.split(':').map(Number) as [number, number]
  return { start, end: start + length }
}

/** Operations with two operands that a function computes: a constant must stay one. */
function operations(tree: unknown, isInFunction = false): SyntaxNode[] {
  if (typeof tree !== 'object' || tree === null) return []
  const node = tree as SyntaxNode
  const isInside = isInFunction || node.nodeType === 'FunctionDefinition'
  const own = isInside && node.nodeType === 'BinaryOperation' ? [node] : []
  return [...own, ...Object.values(node).flatMap((child: unknown) => operations(child, isInside))]
}

/** What a mutant chooses between: a condition, a statement, or the operation around its operator; null outside of functions. */
function choiceOf(bytes: string, site: NumberedSite, tree: readonly SyntaxNode[]): Choice | null {
  const { number } = site
  const start = Buffer.byteLength(site.text.slice(0, site.at))
  const end = start + Buffer.byteLength(site.removed)
  const isOperator = site.rule === 'comparison' || site.rule === 'arithmetic'
  if (!isOperator) return { start, end, number, mutated: site.inserted, isStatement: site.rule === 'check dropped' }
  const node = tree.find(
    ({ leftExpression: left, rightExpression: right }) =>
      left !== undefined && right !== undefined && rangeOf(left).end <= start && rangeOf(right).start >= end,
  )
  if (node === undefined) return null
  const whole = rangeOf(node)
  const mutated = bytes.slice(whole.start, start) + site.inserted + bytes.slice(end, whole.end)
  return { ...whole, number, mutated, isStatement: false }
}

/** The bytes of a range with all its choices; those of the whole range stand around those inside. */
function withChoices(bytes: string, { start, end }: Range, choices: readonly Choice[]): string {
  const isWhole = (one: Choice): boolean => one.start === start && one.end === end
  let [text, at] = ['', start]
  for (const outer of choices.filter((one) => !isWhole(one)).toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (outer.start < at) continue
    const inner = choices.filter((one) => one.start >= outer.start && one.end <= outer.end && !isWhole(one))
    text += bytes.slice(at, outer.start) + withChoices(bytes, outer, inner)
    at = outer.end
  }
  text += bytes.slice(at, end)
  for (const { number, mutated, isStatement } of choices.filter(isWhole)) {
    if (isStatement) text = `{ if (block.prevrandao != ${number}) { ${text} } }`
    else text = `(block.prevrandao == ${number} ? ${mutated} : ${text})`
  }
  return text
}

/** The same code where every function may look at the block. */
export function withoutPure(text: string): string {
  return text.replace(/^(?! *\/\/).*$/gm, (line) => line.replace(/\bpure\b/g, 'view'))
}

/**
 * One file with all its mutants.
 * @param tree - of the file, as the compiler parses it.
 * @returns the text, and the mutants that it lacks because they change a constant.
 */
export function manyInOne(
  text: string,
  sites: readonly NumberedSite[],
  tree: unknown,
): { readonly text: string; readonly left: readonly NumberedSite[] } {
  // One character a byte, as the compiler counts.
  const bytes = Buffer.from(text).toString('latin1')
  const all = operations(tree)
  const made = sites.map((site) => ({ site, choice: choiceOf(bytes, site, all) }))
  const choices = made.flatMap(({ choice }) => (choice === null ? [] : [choice]))
  const whole = withChoices(bytes, { start: 0, end: bytes.length }, choices)
  return {
    text: Buffer.from(whole, 'latin1').toString('utf8'),
    left: made.filter(({ choice }) => choice === null).map(({ site }) => site),
  }
}
