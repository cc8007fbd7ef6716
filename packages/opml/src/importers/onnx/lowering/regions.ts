import { numElements } from '../../../graph/shape.ts'
import type { MicroOpList, ValueId } from '../../builder/microOpList.ts'
import type { Tensor } from '../../builder/tensor.ts'
import { expandView, sliceView } from '../../builder/views.ts'
import type { Lowering, NodeContext } from './context.ts'
import { gatherAlong, gatherRows } from './indexing.ts'
import { reduce } from './reduction.ts'
import { unsqueezed } from './shapes.ts'

/** One axis of all regions: the size of the image along it, samples of a region, and the columns of the corners. */
interface RegionAxis {
  readonly size: number
  readonly count: number
  readonly start: number
  readonly end: number
}

/** Where the samples of each region lie along an axis, [regions, samples]. */
function positions(context: NodeContext, p: { rois: Tensor; axis: RegionAxis }): Tensor {
  const { rois, axis } = p
  const column = (index: number) => sliceView(rois, { axis: 1, start: index, step: 1, count: 1 })
  const scale = context.float('spatial_scale', 1)
  const isHalf = context.opset >= 16 && context.string('coordinate_transformation_mode', 'half_pixel') === 'half_pixel'
  const corner = (list: MicroOpList, x: ValueId) => {
    const scaled = list.op('f32.mul', x, { imm: scale })
    return isHalf ? list.op('f32.sub', scaled, { imm: 0.5 }) : scaled
  }
  const shape = [rois.shape[0] as number, axis.count]
  return context.builder.map({ dtype: 'f32', shape }, [column(axis.start), column(axis.end)], (list, a, b) => {
    const start = corner(list, a as ValueId)
    const length = list.op('f32.sub', corner(list, b as ValueId), start)
    const kept = isHalf ? length : list.op('f32.max', length, { imm: 1 })
    const part = list.op('f32.add', list.op('f32.convert_i32_s', list.index(5)), { imm: 0.5 })
    return list.op('f32.add', start, list.op('f32.mul', list.op('f32.div', kept, { imm: axis.count }), part))
  })
}

/** A position brought into the image. */
function inside(list: MicroOpList, x: ValueId, size: number): ValueId {
  return list.op('f32.min', list.op('f32.max', x, { imm: 0 }), { imm: size - 1 })
}

/** Weight of the row at (side 0) or behind (1) each position; 0 for a position more than one element outside the image. */
function weights(context: NodeContext, p: { at: Tensor; axis: RegionAxis; side: 0 | 1 }): Tensor {
  return context.builder.map(p.at, [p.at], (list, x) => {
    const kept = inside(list, x as ValueId, p.axis.size)
    const rest = list.op('f32.sub', kept, list.op('f32.floor', kept))
    const weight = p.side === 1 ? rest : list.op('f32.sub', list.f32(1), rest)
    const isLow = list.op('f32.lt', x as ValueId, { imm: -1 })
    const isHigh = list.op('f32.lt', list.f32(p.axis.size), x as ValueId)
    return list.op('f32.select', list.op('i32.or', isLow, isHigh), list.f32(0), weight)
  })
}

/** Number of the row at or behind each position. */
function rows(context: NodeContext, p: { at: Tensor; axis: RegionAxis; side: 0 | 1 }): Tensor {
  return context.builder.map({ dtype: 'i32', shape: p.at.shape }, [p.at], (list, x) => {
    const low = list.op('i32.trunc_sat_f32_s', inside(list, x as ValueId, p.axis.size))
    return list.op('i32.min_s', list.op('i32.add', low, { imm: p.side }), { imm: p.axis.size - 1 })
  })
}

/** The average of bilinear samples on a grid inside each cell of each region. */
const roiAlign: Lowering = (context) => {
  const [x, rois, batch] = [context.input(0), context.input(1), context.input(2)]
  const [, channels, height, width] = x.shape as [number, number, number, number]
  const [outHeight, outWidth] = [context.int('output_height', 1), context.int('output_width', 1)]
  const ratio = context.int('sampling_ratio', 0)
  if (context.string('mode', 'avg') !== 'avg') throw context.unsupported('mode max, on which runtimes differ')
  if (ratio < 1) throw context.unsupported('sampling_ratio 0: the number of samples depends on data')
  const numRegions = rois.shape[0] as number
  const axes = {
    y: { size: height, count: outHeight * ratio, start: 1, end: 3 },
    x: { size: width, count: outWidth * ratio, start: 0, end: 2 },
  }
  const at = { y: positions(context, { rois, axis: axes.y }), x: positions(context, { rois, axis: axes.x }) }
  const shape = [numRegions, axes.y.count, axes.x.count]
  const numPlaces = axes.y.count * axes.x.count
  const images = gatherRows(context, {
    data: context.builder.reshape(x, [x.shape[0] as number, channels, height * width]),
    indices: batch,
    axis: 0,
  })
  const grid = (ofY: Tensor, ofX: Tensor) => [unsqueezed(ofY, [2]), unsqueezed(ofX, [1])] as const
  const tap = (dy: 0 | 1, dx: 0 | 1, total: Tensor | undefined): Tensor => {
    const places = context.builder.map(
      { dtype: 'i32', shape },
      grid(rows(context, { at: at.y, axis: axes.y, side: dy }), rows(context, { at: at.x, axis: axes.x, side: dx })),
      (list, row, column) => list.op('i32.add', list.op('i32.mul', row as ValueId, { imm: width }), column as ValueId),
    )
    const weight = context.builder.map(
      { dtype: 'f32', shape },
      grid(
        weights(context, { at: at.y, axis: axes.y, side: dy }),
        weights(context, { at: at.x, axis: axes.x, side: dx }),
      ),
      (list, a, b) => list.op('f32.mul', a as ValueId, b as ValueId),
    )
    const flat = (tensor: Tensor) => unsqueezed(context.builder.reshape(tensor, [numRegions, numPlaces]), [1])
    const indices = expandView(flat(places), [numRegions, channels, numPlaces])
    const values = gatherAlong(context, { data: images, indices, axis: 2 })
    const factors = [values, flat(weight)]
    return context.builder.map(values, total === undefined ? factors : [...factors, total], (list, v, w, sum) => {
      const term = list.op('f32.mul', v as ValueId, w as ValueId)
      return sum === undefined ? term : list.op('f32.add', sum, term)
    })
  }
  const samples = tap(1, 1, tap(1, 0, tap(0, 1, tap(0, 0, undefined))))
  const cells = context.builder.reshape(samples, [numRegions, channels, outHeight, ratio, outWidth, ratio])
  return [
    reduce(context, {
      tensor: cells,
      axes: [3, 5],
      mode: 'sum',
      after: (list, sum) => list.op('f32.div', sum, { imm: ratio * ratio }),
    }),
  ]
}

/** Most rows of a matrix whose determinant is expanded: the number of products grows as their factorial. */
const MAX_DETERMINANT = 5

/** An element of each matrix, by its place. */
type Place = readonly [number, number]

/** Determinants of the last two dimensions, by expansion along the first row. */
const det: Lowering = (context) => {
  const x = context.builder.dense(context.input(0))
  const [size, columns] = x.shape.slice(-2) as [number, number]
  if (size !== columns || size < 1) throw context.unsupported(`matrices of [${size}, ${columns}]`)
  if (size > MAX_DETERMINANT) throw context.unsupported(`matrices of more than ${MAX_DETERMINANT} rows`)
  const shape = x.shape.slice(0, -2)
  const matrices = { ...x, shape, strides: x.strides.slice(0, -2) }
  const range = Array.from({ length: size }, (_, i) => i)
  const result = minor(context, { matrices, size, first: 0, columns: range })
  return [context.builder.reshape(result, shape)]
}

/** The determinant of the rows from `first` on and the columns given. */
function minor(
  context: NodeContext,
  p: { matrices: Tensor; size: number; first: number; columns: readonly number[] },
): Tensor {
  const { matrices, size, first, columns } = p
  const type = { dtype: matrices.dtype, shape: matrices.shape }
  if (columns.length <= 3)
    return context.builder.map(type, [matrices], (list) => {
      const loaded = new Map<number, ValueId>()
      const at = ([row, column]: Place) => {
        const place = row * size + column
        const value = loaded.get(place) ?? list.load(0, place)
        loaded.set(place, value)
        return value
      }
      return smallDeterminant(list, at, { first, columns })
    })
  return columns
    .map((column, i) => {
      const rest = minor(context, { ...p, first: first + 1, columns: columns.filter((other) => other !== column) })
      return { column, rest, isNegative: i % 2 === 1 }
    })
    .reduce<Tensor | undefined>((total, { column, rest, isNegative }) => {
      const operands = total === undefined ? [matrices, rest] : [matrices, rest, total]
      return context.builder.map(type, operands, (list, _, value, sum) => {
        const term = list.op('f32.mul', list.load(0, first * size + column), value as ValueId)
        if (sum === undefined) return term
        return list.op(isNegative ? 'f32.sub' : 'f32.add', sum, term)
      })
    }, undefined) as Tensor
}

function smallDeterminant(
  list: MicroOpList,
  at: (place: Place) => ValueId,
  p: { first: number; columns: readonly number[] },
): ValueId {
  const [a, b, c] = p.columns as [number, number, number]
  const row = p.first
  if (p.columns.length === 1) return at([row, a])
  const two = (r: number, u: number, v: number) =>
    list.op('f32.sub', list.op('f32.mul', at([r, u]), at([r + 1, v])), list.op('f32.mul', at([r, v]), at([r + 1, u])))
  if (p.columns.length === 2) return two(row, a, b)
  const first = list.op('f32.mul', at([row, a]), two(row + 1, b, c))
  const second = list.op('f32.mul', at([row, b]), two(row + 1, a, c))
  const third = list.op('f32.mul', at([row, c]), two(row + 1, a, b))
  return list.op('f32.add', list.op('f32.sub', first, second), third)
}

/** Blocks of columns summed where they overlap in the image. */
const col2Im: Lowering = (context) => {
  const [image, block] = [context.knownNumbers(1), context.knownNumbers(2)]
  const rank = image.length
  const columns = context.input(0)
  const fill = (value: number) => image.map(() => value)
  const [strides, dilations] = [context.ints('strides') ?? fill(1), context.ints('dilations') ?? fill(1)]
  const pads = context.ints('pads') ?? [...fill(0), ...fill(0)]
  const [n, rowsOf] = columns.shape as [number, number]
  const perBlock = numElements(block)
  const channels = rowsOf / perBlock
  const counts = image.map((size, i) => {
    const span = (dilations[i] as number) * ((block[i] as number) - 1) + 1
    return Math.floor((size + (pads[i] as number) + (pads[rank + i] as number) - span) / (strides[i] as number)) + 1
  })
  if (!Number.isInteger(channels) || numElements(counts) !== columns.shape[2])
    throw context.unsupported(`columns [${columns.shape.join(', ')}] for blocks [${block.join(', ')}]`)
  const total = numElements(image)
  const targets = columnTargets({ image, block, strides, dilations, pads, counts })
  const count = targets.length
  const updates = transposeToFront(context, context.builder.reshape(columns, [n * channels, count]))
  const zeros = context.constant('f32', [total, n * channels], new Array<number>(total * n * channels).fill(0))
  const result = context.builder.node({
    op: 'ScatterND',
    dtype: columns.dtype,
    shape: [total, n * channels],
    operands: [zeros, context.constant('i32', [count, 1], targets), updates].map((tensor) => ({
      ref: tensor.ref,
      dtype: tensor.dtype,
      layout: { kind: 'dense' as const, dims: tensor.shape },
    })),
    attributes: { numComponents: 1, size0: total, size1: 0, size2: 0, size3: 0, size4: 0, mode: 1 },
    microOps: [],
  })
  return [context.builder.reshape(transposed(result), [n, channels, ...image])]
}

const transposed = (tensor: Tensor): Tensor => ({
  ...tensor,
  shape: tensor.shape.slice().reverse(),
  strides: tensor.strides.slice().reverse(),
})

const transposeToFront = (context: NodeContext, tensor: Tensor): Tensor => context.builder.dense(transposed(tensor))

/** The element of the image that each entry of the columns adds to, by block element, then by block; outside it none (the image's size). */
function columnTargets(p: {
  image: readonly number[]
  block: readonly number[]
  strides: readonly number[]
  dilations: readonly number[]
  pads: readonly number[]
  counts: readonly number[]
}): number[] {
  const placesOf = (flat: number, sizes: readonly number[]) =>
    sizes.map((size, i) => Math.floor(flat / numElements(sizes.slice(i + 1))) % size)
  const targets: number[] = []
  for (let tap = 0; tap < numElements(p.block); tap++)
    for (let at = 0; at < numElements(p.counts); at++) {
      const [k, o] = [placesOf(tap, p.block), placesOf(at, p.counts)]
      const place = p.image.map(
        (_, i) =>
          (o[i] as number) * (p.strides[i] as number) +
          (k[i] as number) * (p.dilations[i] as number) -
          (p.pads[i] as number),
      )
      const isInside = place.every((value, i) => value >= 0 && value < (p.image[i] as number))
      targets.push(
        isInside ? place.reduce((flat, value, i) => flat * (p.image[i] as number) + value, 0) : numElements(p.image),
      )
    }
  return targets
}

/** Regions of images, and what is left of linear algebra. */
export const REGIONS: Readonly<Record<string, Lowering>> = { RoiAlign: roiAlign, Det: det, Col2Im: col2Im }
