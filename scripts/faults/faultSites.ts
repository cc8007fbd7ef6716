// Where one bit of a kernel's result can be changed, found in its C source by rules, so that a new kernel gets faults by itself.

/** One deliberate change of a kernel. */
export interface FaultSite {
  /** C file, relative to the repository. */
  readonly file: string
  /** The C function that the change is in. */
  readonly kernel: string
  /** 1-based. */
  readonly line: number
  /** What is changed: `result` of a kernel as a whole, a `return`, a `store` to memory, a `row` of a table of operations. */
  readonly rule: 'result' | 'return' | 'store' | 'row'
  /** The statement as it stands, on one line. */
  readonly statement: string
  /** The place of the change in the file, and the C in which `FAULT_BIT` is the bit. */
  readonly change: { readonly from: number; readonly to: number; readonly text: string }
  /** The whole file with the change. */
  readonly faulty: string
  /** The function with the change; the whole file where a macro makes the function. */
  readonly faultyFunction: string
}

interface Definition {
  readonly name: string
  readonly type: string
  readonly from: number
  readonly to: number
}

/** Names that a macro defines: the elementary functions, scalar and SIMD. */
const MATH_UNARY = /#define OPML_MATH_UNARY\(do_\)([^]*?)\n\n/
/** A definition's first line; its body ends with the next brace at the beginning of a line. */
const DEFINITION = /^(?!typedef|struct \w+ \{)(?:[A-Za-z_][\w ]*?[\s*])(\w+)\([^;{]*\) \{/gm
/** A path of the engine, with its parameters: the parts of a command that it computes. */
const PATH =
  /^static void run_\w+\((const struct command \*command, uint32_t (\w+), uint32_t (\w+), struct scratch \*scratch)\)/
const RETURN = /\breturn ([^;]+);/g
const STORE = /(?<=^\s*|[;{}:)]\s+|\belse )((?:\*\w+|\w+)(?:\[[^;=]*?\]|->\w+|\.\w+)*) ([-+*|^&]?=) ([^;]+);/gm
const VECTOR_STORE = /\bwasm_v128_store\(/g
const ROW = /\bcase \w+: (EACH|BINARY|UNARY)\((.*)\);$/gm
/** What is set up, not computed: which kernel runs in how many parts, where operands lie, what the strips are compiled to. */
const PLAN = /^(command|stage|plan|strip|window)->|^block->(node|operand|first|count)$|^\*?node\b|^class\[/
/** How the engine reaches an elementary function. */
const ARRAY_ROW = /(?<=\bcase \w+: )(\w+_array\(y, x, n\);) return 1;$/gm
const FLIP = '*(unsigned char *)'
/** In the text of a change, the bit that it flips: 1, or in a file with several changes whether it is this one's turn. */
const BIT = 'FAULT_BIT'

/** The function definitions of a file, in order. */
function definitions(text: string): Definition[] {
  return [...text.matchAll(DEFINITION)].map((match) => {
    const from = match.index
    const lineEnd = text.indexOf('\n', from)
    const line = text.slice(from, lineEnd)
    const to = /\}\s*$/.test(line) ? lineEnd : text.indexOf('\n}', from) + 2
    const before = match[0].slice(0, match[0].indexOf(`${match[1]}(`))
    const type = before
      .replace(/\b(static|inline|INLINE|PRIMITIVE|EXPORT|const)\b|__attribute__\(\(.*?\)\)\)?/g, '')
      .trim()
    return { name: match[1] as string, type, from, to }
  })
}

/** End of the parenthesis that opens just before `from`, and the place of the comma that ends its first argument. */
function argumentEnds(text: string, from: number): { comma: number; end: number } {
  let comma = -1
  for (let depth = 0, i = from; ; i++) {
    const letter = text[i]
    if (letter === '(') depth++
    else if (letter === ',' && depth === 0 && comma < 0) comma = i
    else if (letter === ')' && depth-- === 0) return { comma, end: i }
  }
}

interface Change {
  readonly at: number
  readonly end: number
  readonly rule: FaultSite['rule']
  readonly text: string
}

/** Only functions that return a value of their own; what returns int decides between ways to the same bits. */
function returnChanges(text: string, { type, from, to }: Definition): Change[] {
  if (['void', 'int', ''].includes(type) || type.includes('*') || /^(enum|struct (?!pair\b))/.test(type)) return []
  return [...text.slice(from, to).matchAll(RETURN)].map((match) => {
    const value = `({ ${type} fault_ = (${match[1]}); ${FLIP}&fault_ ^= ${BIT}; fault_; })`
    return {
      at: from + match.index,
      end: from + match.index + match[0].length,
      rule: 'return',
      text: `return ${value};`,
    }
  })
}

function storeChanges(text: string, { from, to }: Definition): Change[] {
  return [...text.slice(from, to).matchAll(STORE)].flatMap((match): Change[] => {
    const [all, left = '', operator, right] = match
    if (!/[[*.]|->/.test(left) || PLAN.test(left) || /^(return|case)\b/.test(left)) return []
    const store = `{ __typeof__(${left}) *fault_ = &(${left}); *fault_ ${operator} ${right}; ${FLIP}fault_ ^= ${BIT}; }`
    return [{ at: from + match.index, end: from + match.index + all.length, rule: 'store', text: store }]
  })
}

function vectorStoreChanges(text: string, { from, to }: Definition): Change[] {
  return [...text.slice(from, to).matchAll(VECTOR_STORE)].map((match) => {
    const open = from + match.index + match[0].length
    const { comma, end } = argumentEnds(text, open)
    const store = `{ void *fault_ = (void *)(${text.slice(open, comma)}); wasm_v128_store(fault_, ${text.slice(comma + 1, end)}); ${FLIP}fault_ ^= ${BIT}; }`
    return { at: from + match.index, end: end + 2, rule: 'store', text: store }
  })
}

function rowChanges(text: string, { from, to }: Definition): Change[] {
  const body = text.slice(from, to)
  const operations = [...body.matchAll(ROW)].map((match): Change => {
    const [all, macro, value = ''] = match
    const start = from + match.index + all.indexOf(macro as string)
    const row =
      macro === 'EACH'
        ? `EACH(${value}; y[e].u ^= ${BIT});`
        : `${macro}(wasm_v128_xor(${value}, wasm_i32x4_splat(${BIT})));`
    return { at: start, end: from + match.index + all.length, rule: 'row', text: row }
  })
  const arrays = [...body.matchAll(ARRAY_ROW)].map((match): Change => {
    const row = `${match[1]} ${FLIP}y ^= ${BIT}; return 1;`
    return { at: from + match.index, end: from + match.index + match[0].length, rule: 'row', text: row }
  })
  return [...operations, ...arrays]
}

/** Whole kernels: `<operator>_block` writes the 128 bytes of `out`, `run_<path>` of the engine the parts of its command. */
function resultChanges(text: string, { name, from }: Definition): Change[] {
  const isBlock = text.startsWith(`void ${name}(struct block *block, uint8_t out[BLOCK_BYTES])`, from)
  const path = PATH.exec(text.slice(from, text.indexOf('{', from)))
  if (!isBlock && path === null) return []
  const at = text.indexOf(`${name}(`, from)
  const body = text.slice(text.indexOf(') {', at))
  const [, parameters = 'struct block *block, uint8_t out[BLOCK_BYTES]', first, last] = path ?? []
  const flip = isBlock ? `out[0] ^= ${BIT};` : `if (${first} == 0 && ${last} > 0) ${FLIP}command->out ^= ${BIT};`
  const argumentList = isBlock ? 'block, out' : `command, ${first}, ${last}, scratch`
  const modifier = isBlock ? '' : 'static '
  const right = `static void right_(${parameters}`
  const end =
    body.indexOf('\n') > 0 && /\}\s*$/.test(body.slice(0, body.indexOf('\n')))
      ? body.indexOf('\n')
      : body.indexOf('\n}') + 2
  const whole = `${right}${body.slice(0, end)}\n${modifier}void ${name}(${parameters}) { right_(${argumentList}); ${flip} }`
  return [{ at: from, end: text.indexOf(body, at) + end, rule: 'result', text: whole }]
}

/** One change for each name of OPML_MATH_UNARY that `DEFINE(name)` defines in this file: the value of that function alone. */
function mathChanges(text: string, names: readonly string[]): (Change & { kernel: string })[] {
  const call = text.indexOf('OPML_MATH_UNARY(DEFINE)')
  if (call < 0) return []
  const isSimd = text.includes('wasm_v128')
  const flip = isSimd
    ? `wasm_v128_xor(NAME(x), wasm_i32x4_splat(${BIT}))`
    : `f32_from_bits(f32_bits(NAME(x)) ^ ${BIT}u)`
  const type = isSimd ? 'vf' : 'float'
  return names.map((name) => {
    const faulty = `static inline ${type} faulty_(${type} x) { return ${flip.replace('NAME', `${name}_lanes`)}; }`
    const define = `${faulty}\n#define ${name}_lanes faulty_\nOPML_MATH_UNARY(DEFINE)\n#undef ${name}_lanes`
    return { at: call, end: call + 'OPML_MATH_UNARY(DEFINE)'.length, rule: 'result', text: define, kernel: `${name}32` }
  })
}

/** Names that `kernels/include/opml_math.h` lists. */
export function mathNames(header: string): string[] {
  return [...(MATH_UNARY.exec(header)?.[1] ?? '').matchAll(/do_\((\w+)\)/g)].map((match) => match[1] as string)
}

/**
 * Every one-bit change that the rules find in a C file, in the order of the lines.
 *
 * @param mathFunctions - names of the elementary functions, for the files that define them by a macro.
 */
export function faultSites(file: string, text: string, mathFunctions: readonly string[] = []): FaultSite[] {
  const inFunctions = definitions(text).flatMap((definition) => {
    const rules = [resultChanges, returnChanges, storeChanges, vectorStoreChanges, rowChanges]
    return rules.flatMap((rule) =>
      rule(text, definition).map((change) => ({ ...change, kernel: definition.name, definition })),
    )
  })
  const whole = { from: 0, to: text.length }
  const ofMacros = mathChanges(text, mathFunctions).map((change) => ({ ...change, definition: whole }))
  return [...inFunctions, ...ofMacros]
    .sort((a, b) => a.at - b.at)
    .map(({ at, end, rule, text: change, kernel, definition: { from, to } }) => {
      const statement = rule === 'result' ? `the result of ${kernel}` : text.slice(at, end).replace(/\s+/g, ' ')
      const line = text.slice(0, at).split('\n').length
      const changed = change.replace(BIT, '1')
      const faulty = text.slice(0, at) + changed + text.slice(end)
      const faultyFunction = text.slice(from, at) + changed + text.slice(end, to)
      return {
        file,
        kernel,
        line,
        rule,
        statement,
        change: { from: at, to: end, text: change },
        faulty,
        faultyFunction,
      }
    })
}

/** Fault sites of one file in lists of such as do not overlap, as few lists as the order allows. */
export function apart<Site extends FaultSite>(sites: readonly Site[]): Site[][] {
  const lists: Site[][] = []
  for (const site of [...sites].sort((a, b) => a.change.from - b.change.from)) {
    const list = lists.find((one) => (one.at(-1) as Site).change.to <= site.change.from)
    if (list === undefined) lists.push([site])
    else list.push(site)
  }
  return lists
}

/** The file with several changes; the i-th happens while the variable `fault_number_` of the module is i + 1. */
export function faultyFile(text: string, sites: readonly FaultSite[]): string {
  const parts = sites.map(({ change }, i) => {
    const before = text.slice(i === 0 ? 0 : sites[i - 1]?.change.to, change.from)
    const turn = change.text.replace(/FAULT_BITu?/, `(fault_number_ == ${i + 1})`)
    return before + turn.replaceAll('right_(', `right_${i + 1}_(`)
  })
  return `extern unsigned fault_number_;\n#line 1\n${parts.join('')}${text.slice(sites.at(-1)?.change.to)}`
}
