import { cos32 } from '../../../core/math/cos32.ts'
import { exp32 } from '../../../core/math/exp32.ts'
import { log1p32 } from '../../../core/math/log1p32.ts'
import { sin32 } from '../../../core/math/sin32.ts'
import type { ValueId } from '../../builder/microOpList.ts'
import type { Tensor } from '../../builder/tensor.ts'
import { sliceView, transposeView } from '../../builder/views.ts'
import { dtypeOfOnnx } from '../onnxDtype.ts'
import type { Lowering, NodeContext } from './context.ts'
import { concatenated } from './indexing.ts'
import { matMulOf } from './matrix.ts'
import { unsqueezed } from './shapes.ts'

/**
 * Cosine and sine of 2π·k÷n for integers k and n, by the project's own functions, so that the constants are the same wherever a model is imported.
 *
 * The turn is folded into its first eighth in integers: what is 0 or ±1 is so exactly, and opposite angles have opposite values.
 */
function turn(k: number, n: number): { cos: number; sin: number } {
  const eighths = 8 * (((k % n) + n) % n)
  const octant = Math.floor(eighths / n)
  const rest = eighths - octant * n
  const angle = Math.fround(((Math.PI / 4) * (octant % 2 === 0 ? rest : n - rest)) / n)
  const [c, s] = octant % 2 === 0 ? [cos32(angle), sin32(angle)] : [sin32(angle), cos32(angle)]
  const quarters = [
    { cos: c, sin: s },
    { cos: -s, sin: c },
    { cos: -c, sin: -s },
    { cos: s, sin: -c },
  ] as const
  return quarters[octant >> 1] as { cos: number; sin: number }
}

/** A window of a known size: sums of cosines. */
function cosineWindow(coefficients: readonly number[]): Lowering {
  return (context) => {
    const size = context.count(Number(context.known(0)[0]), 'elements')
    const dtype = dtypeOfOnnx(context.int('output_datatype', 1)) ?? 'f32'
    const period = context.int('periodic', 1) === 1 ? size : size - 1
    const values = Array.from({ length: size }, (_, i) =>
      coefficients.reduce((sum, c, k) => sum + c * turn(k * i, period).cos, 0),
    )
    return [context.constant(dtype, [size], values)]
  }
}

/** x [.., n, 1 or 2] along its second to last dimension times the matrix of the transform; [.., m, 2]. */
function transformed(
  context: NodeContext,
  p: { x: Tensor; size: number; numOut: number; isInverse: boolean; window?: readonly number[] },
): Tensor {
  const { x, size, numOut } = p
  const sign = p.isInverse ? 1 : -1
  const scale = p.isInverse ? 1 / size : 1
  const weight = (row: number) => (p.window?.[row] ?? 1) * scale
  const matrix = (of: (k: number) => number) => {
    const values = Array.from(
      { length: size * numOut },
      (_, i) => weight(Math.floor(i / numOut)) * of(Math.floor(i / numOut) * (i % numOut)),
    )
    return context.constant('f32', [size, numOut], values)
  }
  const cosines = matrix((k) => turn(k, size).cos)
  const sines = matrix((k) => sign * turn(k, size).sin)
  const part = (index: number) => dropLast(sliceView(x, { axis: x.shape.length - 1, start: index, step: 1, count: 1 }))
  const real = part(0)
  const times = (a: Tensor, b: Tensor) => matMulOf(context, { a, b, dtype: 'f32' })
  const isReal = x.shape.at(-1) === 1
  const combine = (a: Tensor, b: Tensor, name: string) =>
    context.builder.map(a, [a, b], (list, u, v) => list.op(name, u as ValueId, v as ValueId))
  const re = isReal ? times(real, cosines) : combine(times(real, cosines), times(part(1), sines), 'f32.sub')
  const im = isReal ? times(real, sines) : combine(times(real, sines), times(part(1), cosines), 'f32.add')
  return concatenated(context, {
    tensors: [re, im].map((tensor) => unsqueezed(tensor, [tensor.shape.length])),
    axis: re.shape.length,
  })
}

function dropLast(tensor: Tensor): Tensor {
  return { ...tensor, shape: tensor.shape.slice(0, -1), strides: tensor.strides.slice(0, -1) }
}

const dft: Lowering = (context) => {
  const x = context.input(0)
  const rank = x.shape.length
  const given =
    context.opset >= 20 && context.optional(2) !== undefined
      ? Number(context.known(2)[0])
      : context.int('axis', context.opset >= 20 ? -2 : 1)
  const axis = context.axis(given, rank)
  const size = context.optional(1) === undefined ? (x.shape[axis] as number) : Number(context.known(1)[0])
  if (size !== x.shape[axis]) throw context.unsupported('a transform of another length than its axis')
  const numOut = context.int('onesided', 0) === 1 ? Math.floor(size / 2) + 1 : size
  const order = [...x.shape.map((_, i) => i).filter((i) => i !== axis && i !== rank - 1), axis, rank - 1]
  const moved = transformed(context, {
    x: transposeView(x, order),
    size,
    numOut,
    isInverse: context.int('inverse', 0) === 1,
  })
  return [
    transposeView(
      moved,
      order.map((_, i) => order.indexOf(i)),
    ),
  ]
}

/** Transforms of frames of a signal [batch, length, 1 or 2], `step` apart. */
const stft: Lowering = (context) => {
  const x = context.input(0)
  const step = Number(context.known(1)[0])
  const window = context.optional(2) === undefined ? undefined : context.knownNumbers(2)
  const size = context.optional(3) === undefined ? (window?.length ?? 0) : Number(context.known(3)[0])
  if (step < 1 || size < 1) throw context.unsupported('frames without length or step')
  const [batch, length, parts] = x.shape as [number, number, number]
  const count = Math.floor((length - size) / step) + 1
  const [sb, sl, sp] = x.strides as [number, number, number]
  const frames = { ...x, shape: [batch, count, size, parts], strides: [sb, sl * step, sl, sp] }
  const numOut = context.int('onesided', 1) === 1 ? Math.floor(size / 2) + 1 : size
  return [transformed(context, { x: frames, size, numOut, isInverse: false, ...(window && { window }) })]
}

/** Triangles on the mel scale over the bins of a spectrum, [bins, mels]; every parameter must be known. */
const melWeightMatrix: Lowering = (context) => {
  const [numMels, length, rate, lowest, highest] = [0, 1, 2, 3, 4].map((i) => Number(context.known(i)[0])) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const dtype = dtypeOfOnnx(context.int('output_datatype', 1)) ?? 'f32'
  const numBins = Math.floor(length / 2) + 1
  // 2595 · log10(1 + f ÷ 700) up to a factor that steps between two frequencies do not see.
  const [low, high] = [lowest, highest].map((f) => log1p32(Math.fround(f / 700))) as [number, number]
  const step = (high - low) / (numMels + 2)
  const edges = Array.from({ length: numMels + 2 }, (_, i) => {
    const frequency = 700 * (exp32(Math.fround(low + i * step)) - 1)
    return Math.floor(((length + 1) * frequency) / rate)
  })
  const values = new Array<number>(numBins * numMels).fill(0)
  for (let mel = 0; mel < numMels; mel++) {
    const [left, centre, right] = edges.slice(mel, mel + 3) as [number, number, number]
    const put = (bin: number, value: number) => {
      if (bin >= 0 && bin < numBins) values[bin * numMels + mel] = value
    }
    if (centre === left) put(centre, 1)
    for (let bin = left; centre > left && bin <= centre; bin++) put(bin, (bin - left) / (centre - left))
    for (let bin = centre; right > centre && bin < right; bin++) put(bin, (right - bin) / (right - centre))
  }
  return [context.constant(dtype, [numBins, numMels], values)]
}

/** Windows and Fourier transforms. Their constants are made at import, so that only f32 products are left for the run. */
export const SIGNAL: Readonly<Record<string, Lowering>> = {
  HannWindow: cosineWindow([0.5, -0.5]),
  HammingWindow: cosineWindow([25 / 46, -21 / 46]),
  BlackmanWindow: cosineWindow([0.42, -0.5, 0.08]),
  DFT: dft,
  STFT: stft,
  MelWeightMatrix: melWeightMatrix,
}
