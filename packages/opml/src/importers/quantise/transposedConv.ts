import { numElements } from '../../graph/shape.ts'
import type { Tensor } from '../builder/tensor.ts'
import { sliceView, transposeView } from '../builder/views.ts'
import { convolution, transposedWindow } from '../onnx/lowering/convolution.ts'
import type { Window } from '../onnx/lowering/windows.ts'
import { activationForm, note, type QuantisedWeights, quantiseWeights, weighted } from './products.ts'
import type { QuantiseContext, RealConstant } from './quantiseContext.ts'
import type { Affine, Apart } from './values.ts'

/** One spatial axis of a transposed convolution as an ordinary one that gives `stride` outputs, its phases, a place. */
interface Axis {
  readonly size: number
  readonly stride: number
  readonly dilation: number
  readonly kernel: number
  /** Taps of the ordinary kernel. */
  readonly taps: number
  /** Places that are computed; the outputs are elements `begin` … `begin + out` of all phases of all places. */
  readonly places: number
  readonly begin: number
  readonly out: number
}

function axesOf(window: Window, sizes: readonly number[]): Axis[] {
  return sizes.map((size, i) => {
    const [stride, dilation, kernel] = [window.strides[i], window.dilations[i], window.kernel[i]] as [
      number,
      number,
      number,
    ]
    const [begin, out] = [window.padBegin[i] as number, window.out[i] as number]
    const taps = Math.ceil(((kernel - 1) * dilation + 1) / stride)
    return {
      size,
      stride,
      dilation,
      kernel,
      taps,
      begin,
      out,
      places: Math.max(size, Math.ceil((begin + out) / stride)),
    }
  })
}

/** The tap of the transposed kernel that input `place − (taps − 1) + t` meets in a phase; undefined where it meets none. */
function tapOf({ stride, dilation, kernel, taps }: Axis, phase: number, t: number): number | undefined {
  const distance = phase + (taps - 1 - t) * stride
  return distance % dilation === 0 && distance / dilation < kernel ? distance / dilation : undefined
}

/** Every combination of a number below each of `counts`, the last one fastest. */
function* combinations(counts: readonly number[]): Generator<readonly number[]> {
  const total = counts.reduce((product, count) => product * count, 1)
  for (let i = 0; i < total; i++) {
    let rest = i
    const each = counts.map(() => 0)
    for (let axis = counts.length - 1; axis >= 0; axis--) {
      each[axis] = rest % (counts[axis] as number)
      rest = Math.floor(rest / (counts[axis] as number))
    }
    yield each
  }
}

/** Where each weight of the ordinary convolution [g · oc · phases, c, taps …] comes from in w [g · c, oc, kernel …]; −1 for none. */
function sourcesOf(w: RealConstant, p: { axes: readonly Axis[]; group: number }): Int32Array {
  const { axes, group } = p
  const [channels, filters] = [(w.shape[0] as number) / group, w.shape[1] as number]
  const kernels = axes.map(({ kernel }) => kernel)
  const sources: number[] = []
  for (let g = 0; g < group; g++)
    for (let m = 0; m < filters; m++)
      for (const phases of combinations(axes.map(({ stride }) => stride)))
        for (let c = 0; c < channels; c++)
          for (const taps of combinations(axes.map((axis) => axis.taps))) {
            const met = axes.map((axis, i) => tapOf(axis, phases[i] as number, taps[i] as number))
            const place = met.reduce<number>((sum, tap, i) => sum * (kernels[i] as number) + (tap ?? 0), 0)
            const filter = (g * channels + c) * filters + m
            sources.push(met.includes(undefined) ? -1 : filter * numElements(kernels) + place)
          }
  return Int32Array.from(sources)
}

/** The weights with a scale an output channel of a group, in the layout of the model. */
function weightsOf(w: RealConstant): QuantisedWeights {
  const [channels, filters] = w.shape as [number, number]
  const taps = numElements(w.shape.slice(2))
  const from = (row: number, c: number, tap: number) => (c * filters + row) * taps + tap
  const rows = new Float32Array(w.values.length)
  const move = (to: (byRow: number, inModel: number) => void) => {
    for (let row = 0, i = 0; row < filters; row++)
      for (let c = 0; c < channels; c++) for (let tap = 0; tap < taps; tap++, i++) to(i, from(row, c, tap))
  }
  move((byRow, inModel) => {
    rows[byRow] = w.values[inModel] as number
  })
  const byRow = quantiseWeights(rows, filters)
  const values = new Int8Array(w.values.length)
  move((i, inModel) => {
    values[inModel] = byRow.values[i] as number
  })
  return { ...byRow, values }
}

/** Greatest Σ |w| of a row. */
function greatestRow(values: Int8Array, numRows: number): number {
  const size = values.length / numRows
  const sums = Array.from({ length: numRows }, (_, row) =>
    values.subarray(row * size, (row + 1) * size).reduce((sum, value) => sum + Math.abs(value), 0),
  )
  return Math.max(...sums)
}

/** Phases behind their channel [n · oc, phases …, places …] go where they belong: [n, oc, outputs …]. */
function arranged(
  context: QuantiseContext,
  tensor: Tensor,
  p: { axes: readonly Axis[]; shape: readonly number[] },
): Tensor {
  const { axes, shape } = p
  const { builder } = context
  const rank = axes.length
  const strides = axes.map(({ stride }) => stride)
  const places = axes.map((axis) => axis.places)
  const apart = builder.reshape(tensor, [(shape[0] as number) * (shape[1] as number), ...strides, ...places])
  const beside = transposeView(apart, [0, ...axes.flatMap((_, i) => [1 + rank + i, 1 + i])])
  const full = builder.reshape(beside, [
    shape[0] as number,
    shape[1] as number,
    ...axes.map((a) => a.stride * a.places),
  ])
  return axes.reduce(
    (found, { begin, out }, i) => sliceView(found, { axis: 2 + i, start: begin, step: 1, count: out }),
    full,
  )
}

/**
 * ConvTranspose with known weights: an ordinary convolution gives the `stride` neighbours of each place as channels, which then go side by side.
 *
 * @see Shi et al., arXiv:1609.07009
 */
export function convTranspose(context: QuantiseContext): Affine {
  const w = context.constant(1)
  if (w === undefined) throw context.unsupported('the weights are not known before the run')
  const bias = context.inputs[2] === undefined ? undefined : context.constant(2)
  if (context.inputs[2] !== undefined && bias === undefined)
    throw context.unsupported('the bias is not known before the run')
  const inner = context.context([])
  const [n, channels, ...sizes] = context.shape(0) as [number, number, ...number[]]
  const group = inner.int('group', 1)
  if (w.shape[0] !== channels || channels % group !== 0)
    throw context.unsupported(`${channels} channels in ${group} groups`)
  if (sizes.length > 2) throw context.unsupported(`${sizes.length} spatial dimensions`)
  const window = transposedWindow(inner, { input: sizes, kernel: inner.ints('kernel_shape') ?? w.shape.slice(2) })
  if (window.padBegin.some((pad) => pad < 0)) throw context.unsupported('an output before the input')
  const axes = axesOf(window, sizes)
  const numPhases = axes.reduce((product, { stride }) => product * stride, 1)
  const quantised = weightsOf(w)
  const sources = sourcesOf(w, { axes, group })
  const values = Int8Array.from(sources, (from) => (from < 0 ? 0 : (quantised.values[from] as number)))
  const perGroup = w.shape[1] as number
  const numRows = group * perGroup * numPhases
  const rows: QuantisedWeights = {
    values,
    scales: Array.from({ length: group * perGroup }, (_, row) => quantised.scales[row % perGroup] as number),
    greatestSum: greatestRow(values, numRows),
  }
  const x = context.stored(0, activationForm(context, rows))
  const means = context.channelMeans(1)
  const shift = means && meanShift(w, { quantised, means, group, numPhases })
  const shape = [n, group * perGroup, ...axes.map(({ out }) => out)]
  const known = { dims: w.shape, values: quantised.values, scales: quantised.scales, axis: 1 }
  note(context, { x, rows, weights: known, bias: bias?.values, shift })
  const apart: Apart = {
    shape: [n, numRows, ...axes.map(({ places }) => places)],
    perChannel: numPhases,
    arrange: (tensor) => arranged(context, tensor, { axes, shape }),
  }
  const ones = axes.map(() => 1)
  const ordinary: Window = {
    kernel: axes.map(({ taps }) => taps),
    strides: ones,
    dilations: ones,
    padBegin: axes.map(({ taps }) => taps - 1),
    padEnd: axes.map(({ places, size }) => places - size),
    out: axes.map(({ places }) => places),
  }
  return weighted(context, {
    x,
    weights: rows,
    axis: 1,
    shape,
    dims: [numRows, channels / group, ...ordinary.kernel],
    shift,
    apart,
    ...(bias && { bias: bias.values }),
    emit: (tensor) =>
      convolution(inner, { x: x.tensor, w: tensor, dtype: 'i32', zeroX: x.zero, zeroW: 0, window: ordinary }),
  })
}

/** What rounding the weights moves the mean of each output channel by: a phase meets one tap of `numPhases`. */
function meanShift(
  w: RealConstant,
  p: { quantised: QuantisedWeights; means: Float64Array; group: number; numPhases: number },
): Float64Array {
  const [channels, filters] = w.shape as [number, number]
  const taps = numElements(w.shape.slice(2))
  const shift = new Float64Array(p.group * filters)
  w.values.forEach((value, i) => {
    const filter = Math.floor(i / taps)
    const [c, m] = [Math.floor(filter / filters), filter % filters]
    const g = Math.floor(c / (channels / p.group))
    const error = (p.quantised.values[i] as number) * (p.quantised.scales[m] as number) - value
    shift[g * filters + m] = (shift[g * filters + m] as number) + (error * (p.means[c] as number)) / p.numPhases
  })
  return shift
}
