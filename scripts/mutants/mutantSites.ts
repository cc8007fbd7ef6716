// Where one decision of a contract can be changed, found in its Solidity source by rules, so that a new check gets mutants by itself.

/** What a mutant does to the source. */
type MutantRule = 'never' | 'always' | 'part dropped' | 'comparison' | 'check dropped' | 'arithmetic'

/** One deliberate change of a contract. */
export interface MutantSite {
  /** Solidity file, relative to `contracts/src`. */
  readonly file: string
  /** 1-based. */
  readonly line: number
  readonly rule: MutantRule
  /** The line as it stands, and what it becomes. */
  readonly before: string
  readonly after: string
  /** The whole file, and with the change. */
  readonly text: string
  readonly mutated: string
  /** The change itself: where it is, what goes and what comes. */
  readonly at: number
  readonly removed: string
  readonly inserted: string
}

interface Change {
  readonly at: number
  readonly rule: MutantRule
  readonly before: string
  readonly after: string
}

const COMMENT = /\/\/.*$|\/\*[^]*?\*\//gm
const ASSEMBLY = /assembly \("memory-safe"\) \{[^]*?\n {8}\}/g
const TEXT = /"[^"\n]*"/g
const CONDITION = /\b(if|while) \(/g
const REVERT = /^\) (\{\s*)?(revert|invalid)\b/
const CHECK = /(?<=^[ ]+)(?:[\w.]+\.)?(?:check\w*|close)\([^;]*\);$/gm
const OPERATOR = / (<=|>=|==|!=|<<|>>|[-<>+&|%*/]) /g
const COMPARISONS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '==': '!=',
  '!=': '==',
}
const ARITHMETIC: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '<<': '>>',
  '>>': '<<',
  '&': '|',
  '|': '&',
  '%': '/',
  '*': '/',
  '/': '*',
}

/** The same text with blanks for all that is not code of Solidity, so that places stay where they are. */
function codeAlone(text: string): string {
  const blank = (part: string): string => part.replace(/[^\n]/g, ' ')
  return text.replace(COMMENT, blank).replace(ASSEMBLY, blank).replace(TEXT, blank)
}

/** The place of the parenthesis that closes the one before `from`. */
function closing(code: string, from: number): number {
  for (let depth = 0, i = from; ; i++) {
    if (code[i] === '(') depth++
    else if (code[i] === ')' && depth-- === 0) return i
  }
}

/** Parts of a condition and what stands between them, outside of parentheses: `&&` or `||`. */
function parts(condition: string): { readonly list: readonly string[]; readonly between: string } {
  const list: string[] = []
  let [depth, start, between] = [0, 0, '']
  for (let i = 0; i < condition.length; i++) {
    if (condition[i] === '(') depth++
    else if (condition[i] === ')') depth--
    const two = condition.slice(i, i + 2)
    if (depth > 0 || (two !== '&&' && two !== '||')) continue
    list.push(condition.slice(start, i).trim())
    ;[start, between] = [i + 2, two]
  }
  return { list: [...list, condition.slice(start).trim()], between }
}

/** A check that refuses everything is seen by any test, and a loop that never ends by none: those two are left out. */
function conditionChanges(code: string): Change[] {
  return [...code.matchAll(CONDITION)].flatMap((match) => {
    const at = match.index + match[0].length
    const before = code.slice(at, closing(code, at))
    const isRevert = REVERT.test(code.slice(at + before.length))
    const changes: Change[] = [{ at, rule: 'never', before, after: 'false' }]
    if (!isRevert && match[1] === 'if') changes.push({ at, rule: 'always', before, after: 'true' })
    const { list, between } = parts(before)
    if (list.length === 1) return changes
    const dropped = list.map((_, i) => list.filter((_part, k) => k !== i).join(` ${between} `))
    return [...changes, ...dropped.map((after): Change => ({ at, rule: 'part dropped', before, after }))]
  })
}

function operatorChanges(code: string): Change[] {
  return [...code.matchAll(OPERATOR)].flatMap((match): Change[] => {
    const before = match[1] as string
    const at = match.index + 1
    const shifted = COMPARISONS[before]
    if (shifted !== undefined) return [{ at, rule: 'comparison', before, after: shifted }]
    return [{ at, rule: 'arithmetic', before, after: ARITHMETIC[before] as string }]
  })
}

function checkChanges(code: string, text: string): Change[] {
  return [...code.matchAll(CHECK)].map((match) => {
    const before = text.slice(match.index, match.index + match[0].length)
    return { at: match.index, rule: 'check dropped', before, after: `/* ${before} */` }
  })
}

/** The line around a place, without its indentation. */
function lineAt(text: string, at: number): string {
  return text.slice(text.lastIndexOf('\n', at) + 1, `${text}\n`.indexOf('\n', at)).trim()
}

/** Every mutant of a file, in the order of the places. */
export function mutantSites(file: string, text: string): MutantSite[] {
  const code = codeAlone(text)
  const changes = [...conditionChanges(code), ...operatorChanges(code), ...checkChanges(code, text)]
  const isInside = ({ at }: Change): boolean =>
    code.lastIndexOf('{', at) >= 0 && !/^(import|using|type) /.test(lineAt(code, at))
  return changes
    .filter(isInside)
    .sort((a, b) => a.at - b.at)
    .map(({ at, rule, before, after }) => {
      const mutated = text.slice(0, at) + after + text.slice(at + before.length)
      const line = text.slice(0, at).split('\n').length
      const lines = { before: lineAt(text, at), after: lineAt(mutated, at) }
      return { file, line, rule, ...lines, text, mutated, at, removed: before, inserted: after }
    })
}
