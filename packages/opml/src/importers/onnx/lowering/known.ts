import { numElements } from '../../../graph/shape.ts'
import type { Value } from '../../../ops/elements.ts'
import type { Lowering, NodeContext } from './context.ts'

/** Values of a tensor cut into rows along an axis. */
function rowsAlong(values: readonly Value[], p: { shape: readonly number[]; axis: number }): Value[][] {
  const inner = numElements(p.shape.slice(p.axis + 1))
  const size = p.shape[p.axis] as number
  const outer = numElements(p.shape.slice(0, p.axis))
  return Array.from({ length: size }, (_, row) =>
    Array.from(
      { length: outer * inner },
      (_unused, i) => values[(Math.floor(i / inner) * size + row) * inner + (i % inner)] as Value,
    ),
  )
}

function compareRows(a: readonly Value[], b: readonly Value[]): number {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value < (b[i] as Value) ? -1 : 1
  return 0
}

/** Distinct elements or rows; their number depends on data, so the input must be known. */
const unique: Lowering = (context) => {
  const { shape, dtype } = context.input(0)
  const given = context.optionalInt('axis')
  const place =
    given === undefined
      ? { shape: [numElements(shape)], axis: 0 }
      : { shape, axis: context.axis(Number(given), shape.length) }
  const rows = rowsAlong(context.known(0), place)
  const found: { row: Value[]; first: number; count: number }[] = []
  const owner = rows.map((row, index) => {
    const known = found.find((other) => compareRows(other.row, row) === 0)
    if (known === undefined) found.push({ row, first: index, count: 1 })
    else known.count++
    return row
  })
  if (context.int('sorted', 1) === 1) found.sort((a, b) => compareRows(a.row, b.row))
  const inverse = owner.map((row) => found.findIndex((other) => compareRows(other.row, row) === 0))
  const inner = numElements(place.shape.slice(place.axis + 1))
  const outer = numElements(place.shape.slice(0, place.axis))
  const values = Array.from({ length: outer }, (_, o) =>
    found.map(({ row }) => row.slice(o * inner, (o + 1) * inner)),
  ).flat(2)
  const outShape = place.shape.map((dim, axis) => (axis === place.axis ? found.length : dim))
  const list = (numbers: readonly number[]) => context.constant('i64', [numbers.length], numbers)
  return [
    context.constant(dtype, outShape, values),
    list(found.map(({ first }) => first)),
    list(inverse),
    list(found.map(({ count }) => count)),
  ]
}

/** Corners y1, x1, y2, x2 of a box, in either encoding. */
function corners(box: readonly number[], isCentre: boolean): [number, number, number, number] {
  const [a, b, c, d] = box as [number, number, number, number]
  if (isCentre) return [b - d / 2, a - c / 2, b + d / 2, a + c / 2]
  return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)]
}

function overlap(a: readonly number[], b: readonly number[], isCentre: boolean): number {
  const [p, q] = [corners(a, isCentre), corners(b, isCentre)]
  const area = (box: readonly [number, number, number, number]) => (box[2] - box[0]) * (box[3] - box[1])
  const shared =
    Math.max(0, Math.min(p[2], q[2]) - Math.max(p[0], q[0])) * Math.max(0, Math.min(p[3], q[3]) - Math.max(p[1], q[1]))
  return shared / (area(p) + area(q) - shared)
}

/** Boxes that survive; how many depends on data, so everything must be known. */
const nonMaxSuppression: Lowering = (context) => {
  const [boxes, scores] = [context.knownNumbers(0), context.knownNumbers(1)]
  const [batches, classes, count] = context.input(1).shape as [number, number, number]
  const scalar = (i: number, fallback: number) =>
    context.optional(i) === undefined ? fallback : Number(context.known(i)[0])
  const [limit, maxOverlap, minScore] = [scalar(2, 0), scalar(3, 0), scalar(4, Number.NEGATIVE_INFINITY)]
  const selected: number[] = []
  for (let batch = 0; batch < batches; batch++)
    for (let cls = 0; cls < classes; cls++) {
      const kept = suppress(context, {
        box: (i) => boxes.slice((batch * count + i) * 4, (batch * count + i + 1) * 4),
        score: (i) => scores[(batch * classes + cls) * count + i] as number,
        count,
        limit,
        maxOverlap,
        minScore,
      })
      for (const i of kept) selected.push(batch, cls, i)
    }
  return [context.constant('i64', [selected.length / 3, 3], selected)]
}

function suppress(
  context: NodeContext,
  p: {
    box: (i: number) => readonly number[]
    score: (i: number) => number
    count: number
    limit: number
    maxOverlap: number
    minScore: number
  },
): number[] {
  const isCentre = context.int('center_point_box', 0) === 1
  const order = Array.from({ length: p.count }, (_, i) => i)
    .filter((i) => p.score(i) > p.minScore)
    .sort((a, b) => p.score(b) - p.score(a) || a - b)
  const kept: number[] = []
  for (const i of order) {
    if (kept.length >= p.limit) break
    if (kept.every((other) => overlap(p.box(i), p.box(other), isCentre) <= p.maxOverlap)) kept.push(i)
  }
  return kept
}

/** Operators whose output's shape depends on data: computed at import, where their inputs are known. */
export const KNOWN: Readonly<Record<string, Lowering>> = { Unique: unique, NonMaxSuppression: nonMaxSuppression }
