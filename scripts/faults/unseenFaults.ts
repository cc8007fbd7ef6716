import type { FaultSite } from './faultSites.ts'

/** Changes that alter no bit of any output, by file, statement and reason. A kernel whose change matters is never here: it gets a test. */
const UNSEEN: readonly {
  readonly file: RegExp
  readonly kernel: RegExp
  readonly statement?: RegExp
  readonly why: string
}[] = [
  { file: /engine\/run\.c$/, kernel: /./, why: 'how threads share the parts of a kernel' },
  {
    file: /(math\/(scalar|simd)|include\/f32)\.h$/,
    kernel: /./,
    why: 'the primitives that every function consists of',
  },
  { file: /math\/apply\.h$/, kernel: /./, why: 'the entry of the conformance tests, not a kernel' },
  {
    file: /engine\/(conv|conv_integer|depthwise|depthwise_integer)\.c$/,
    kernel: /^(group_floats|group_words|band_floats|band_words|line_terms|depthwise_of)$/,
    statement: /round_up\(|->length/,
    why: 'how far copies of the operands lie apart, where they are written and where they are read alike',
  },
  {
    file: /engine\/trace\.c$/,
    kernel: /^(upper_hashes|engine_trace_bytes)$/,
    why: 'room for a tree: its levels take at least one hash less, and one byte more is not used',
  },
  {
    file: /engine\/pool\.c$/,
    kernel: /^inner_columns$/,
    why: 'which columns are computed four at a time and which one by one, to the same bits: a column that is not inside never counts as one',
  },
  {
    file: /engine\/reduce\.h$/,
    kernel: /^reduction_of$/,
    statement: /r\.(terms \*=|strides\[0\] = 1)/,
    why: 'what a part costs, and how far apart the terms of a reduction of one term lie',
  },
  {
    file: /engine\/strip\.c$/,
    kernel: /^used_operands$/,
    statement: /^\*has_index = 0/,
    why: 'whether dims that all views walk as one are walked as one or one by one',
  },
  {
    file: /engine\/strip\.c$/,
    kernel: /^(take_value|strip_begin)$/,
    statement: /value_bytes|->begun/,
    why: 'where values lie, with a gap between them that one byte does not bridge, and whether they are set up once more than need be',
  },
  {
    file: /include\/order\.h$/,
    kernel: /^order_key$/,
    statement: /UINT32_MAX/,
    why: 'the key of NaN: the number below it is above all others, too',
  },
  {
    file: /ops\/(micro_ops|f32)\.c$/,
    kernel: /^(f32_fmod|f32_sqrt)$/,
    statement: /F32_NAN_BITS/,
    why: 'a NaN with other bits: no micro-op looks into one, and every store makes it the one that is stored',
  },
  { file: /ops\/block\.c$/, kernel: /^dtype_bytes$/, statement: /return 0;/, why: 'for a number that is no dtype' },
]

/** Why a change is left out; undefined for one that a test must see. */
export function whyUnseen(site: Pick<FaultSite, 'file' | 'kernel' | 'statement'>): string | undefined {
  return UNSEEN.find(
    ({ file, kernel, statement }) =>
      file.test(site.file) && kernel.test(site.kernel) && (statement?.test(site.statement) ?? true),
  )?.why
}
