import type { NodeContext } from './context.ts'

/** A sliding window over up to three spatial dimensions (depth, height, width); missing ones are 1. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padBegin: readonly number[]
  readonly padEnd: readonly number[]
  /** Sizes of the output. */
  readonly out: readonly number[]
}

/** Three numbers from at most three, missing ones at the front. */
export function threeOf(values: readonly number[], fill: number): number[] {
  return [...new Array<number>(3 - values.length).fill(fill), ...values]
}

/** Attributes of a window over the spatial sizes `input`: explicit pads, or SAME and VALID. @throws {UnsupportedNode} */
export function windowOf(context: NodeContext, p: { input: readonly number[]; kernel: readonly number[] }): Window {
  const rank = p.input.length
  if (rank < 1 || rank > 3) throw context.unsupported(`${rank} spatial dimensions`)
  if (p.kernel.length !== rank)
    throw context.unsupported(`a kernel of [${p.kernel.join(', ')}] over ${rank} dimensions`)
  const strides = listOf(context, { name: 'strides', length: rank, fill: 1 })
  const dilations = listOf(context, { name: 'dilations', length: rank, fill: 1 })
  const spans = p.kernel.map((size, i) => (size - 1) * (dilations[i] as number) + 1)
  const [padBegin, padEnd] = padsOf(context, { input: p.input, strides, spans })
  const isCeil = context.int('ceil_mode', 0) === 1
  const out = p.input.map((size, i) =>
    outputSize({
      padded: size + (padBegin[i] as number) + (padEnd[i] as number),
      span: spans[i] as number,
      stride: strides[i] as number,
      isCeil,
      begin: padBegin[i] as number,
      size,
    }),
  )
  if (out.some((size) => size < 1))
    throw context.unsupported(`a window of [${spans.join(', ')}] over [${p.input.join(', ')}]`)
  return { kernel: p.kernel, strides, dilations, padBegin, padEnd, out }
}

/** A list of integers with as many entries as the window asks for; an empty one counts as not given. */
function listOf(context: NodeContext, p: { name: string; length: number; fill: number }): readonly number[] {
  const list = context.ints(p.name) ?? []
  if (list.length === 0) return new Array<number>(p.length).fill(p.fill)
  if (list.length === p.length) return list
  throw context.unsupported(`attribute "${p.name}" has ${list.length} entries, it must have ${p.length}`)
}

/** With ceil_mode a last window that would start behind the input and its leading padding is left out. */
function outputSize(p: {
  padded: number
  span: number
  stride: number
  isCeil: boolean
  begin: number
  size: number
}): number {
  const steps = (p.padded - p.span) / p.stride
  const out = (p.isCeil ? Math.ceil(steps) : Math.floor(steps)) + 1
  return p.isCeil && (out - 1) * p.stride >= p.size + p.begin ? out - 1 : out
}

function padsOf(
  context: NodeContext,
  p: { input: readonly number[]; strides: readonly number[]; spans: readonly number[] },
): [number[], number[]] {
  const rank = p.input.length
  const mode = context.string('auto_pad', 'NOTSET')
  if (mode === 'NOTSET' || mode === '') {
    const pads = listOf(context, { name: 'pads', length: 2 * rank, fill: 0 })
    return [pads.slice(0, rank), pads.slice(rank)]
  }
  if (mode === 'VALID') return [p.input.map(() => 0), p.input.map(() => 0)]
  const totals = p.input.map((size, i) =>
    Math.max(
      0,
      (Math.ceil(size / (p.strides[i] as number)) - 1) * (p.strides[i] as number) + (p.spans[i] as number) - size,
    ),
  )
  const smaller = totals.map((total) => Math.floor(total / 2))
  const larger = totals.map((total, i) => total - (smaller[i] as number))
  if (mode === 'SAME_UPPER') return [smaller, larger]
  if (mode === 'SAME_LOWER') return [larger, smaller]
  throw context.unsupported(`auto_pad ${mode}`)
}

/** The attributes strideD … padW of the operators of windows. */
export function windowAttributes(window: Pick<Window, 'strides' | 'dilations' | 'padBegin'>): Record<string, number> {
  const [strideD, strideH, strideW] = threeOf(window.strides, 1) as [number, number, number]
  const [dilationD, dilationH, dilationW] = threeOf(window.dilations, 1) as [number, number, number]
  const [padD, padH, padW] = threeOf(window.padBegin, 0) as [number, number, number]
  return { strideD, strideH, strideW, dilationD, dilationH, dilationW, padD, padH, padW }
}
