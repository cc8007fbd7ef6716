import type { ValueId } from '../../builder/microOpList.ts'
import type { Tensor } from '../../builder/tensor.ts'
import type { Lowering, NodeContext } from './context.ts'
import { concatenated } from './indexing.ts'
import { reduce } from './reduction.ts'

/** N-grams of one length: their items and the columns that count them. */
interface Grams {
  readonly length: number
  readonly items: readonly number[]
  readonly columns: readonly number[]
}

/** The pool cut into the lengths 1, 2, … that `ngram_counts` says where they begin. */
function gramsOf(context: NodeContext): Grams[] {
  const pool = context.ints('pool_int64s')
  if (pool === undefined) throw context.unsupported('a pool of strings')
  const starts = context.ints('ngram_counts') ?? []
  const columns = context.ints('ngram_indexes') ?? []
  const [low, high] = [context.int('min_gram_length', 1), context.int('max_gram_length', 1)]
  let column = 0
  return starts.flatMap((start, i) => {
    const items = pool.slice(start, starts[i + 1] ?? pool.length)
    const count = items.length / (i + 1)
    const own = columns.slice(column, column + count)
    column += count
    return i + 1 >= low && i + 1 <= high ? [{ length: i + 1, items, columns: own }] : []
  })
}

/** How often each n-gram occurs with items `step` apart: [batch, n-grams], or undefined where none fits. */
function counts(context: NodeContext, p: { x: Tensor; grams: Grams; step: number }): Tensor | undefined {
  const [batch, width] = p.x.shape as [number, number]
  const numPlaces = width - (p.grams.length - 1) * p.step
  const numGrams = p.grams.columns.length
  if (numPlaces <= 0 || numGrams === 0) return undefined
  const shape = [batch, numGrams, numPlaces]
  const [sb, sw] = p.x.strides as [number, number]
  const windows = { ...p.x, shape, strides: [sb, 0, sw] }
  const pool = context.constant(p.x.dtype, [p.grams.items.length], p.grams.items)
  const items = { ...pool, shape, strides: [0, p.grams.length, 0] }
  const eq = p.x.dtype === 'i64' ? 'i64.eq' : 'i32.eq'
  const isThere = context.builder.map({ dtype: 'i32', shape }, [windows, items], (list) => {
    const matches = Array.from({ length: p.grams.length }, (_, i) =>
      list.op(eq, list.load(0, i * p.step * sw), list.load(1, i)),
    )
    return matches.reduce((all, one) => list.op('i32.and', all, one))
  })
  return reduce(context, { tensor: isThere, axes: [2], mode: 'sum' })
}

const tfIdfVectorizer: Lowering = (context) => {
  const data = context.input(0)
  const x = data.shape.length === 1 ? { ...data, shape: [1, ...data.shape], strides: [0, ...data.strides] } : data
  const skips = context.int('max_skip_count', 0)
  const parts: { tensor: Tensor; columns: readonly number[] }[] = []
  for (const grams of gramsOf(context))
    for (let skip = 0; skip <= (grams.length === 1 ? 0 : skips); skip++) {
      const tensor = counts(context, { x, grams, step: skip + 1 })
      if (tensor !== undefined) parts.push({ tensor, columns: grams.columns })
    }
  return [weighted(context, { x, parts, isVector: data.shape.length === 1 })]
}

/** Counts of each column, weighted by the mode. */
function weighted(
  context: NodeContext,
  p: { x: Tensor; parts: readonly { tensor: Tensor; columns: readonly number[] }[]; isVector: boolean },
): Tensor {
  const batch = p.x.shape[0] as number
  const numColumns = Math.max(...(context.ints('ngram_indexes') ?? [0])) + 1
  const zero = context.constant('i32', [batch, 1], new Array<number>(batch).fill(0))
  const columns = Array.from({ length: numColumns }, (_, column) => {
    const own = p.parts.flatMap(({ tensor, columns: names }) =>
      names.flatMap((name, i) => (name === column ? [columnOf(tensor, i)] : [])),
    )
    return own
      .slice(1)
      .reduce(
        (sum, next) =>
          context.builder.map({ dtype: 'i32', shape: [batch, 1] }, [sum, next], (list, a, b) =>
            list.op('i32.add', a as ValueId, b as ValueId),
          ),
        own[0] ?? zero,
      )
  })
  const all = concatenated(context, { tensors: columns, axis: 1 })
  const shape = p.isVector ? [numColumns] : [batch, numColumns]
  const mode = context.string('mode', 'TF')
  const weights = context.floats('weights')
  const factors = weights === undefined || mode === 'TF' ? undefined : context.constant('f32', [numColumns], weights)
  const result = context.builder.map(
    { dtype: 'f32', shape: [batch, numColumns] },
    factors === undefined ? [all] : [all, factors],
    (list, count, weight) => {
      const value = list.op(
        'f32.convert_i32_s',
        mode === 'IDF' ? list.op('i32.min_s', count as ValueId, { imm: 1 }) : (count as ValueId),
      )
      return weight === undefined ? value : list.op('f32.mul', value, weight)
    },
  )
  return context.builder.reshape(result, shape)
}

function columnOf(tensor: Tensor, column: number): Tensor {
  return {
    ...tensor,
    shape: [tensor.shape[0] as number, 1],
    offset: tensor.offset + column * (tensor.strides[1] as number),
  }
}

/** Counting of n-grams of numbers. */
export const NGRAMS: Readonly<Record<string, Lowering>> = { TfIdfVectorizer: tfIdfVectorizer }
