import type { SeededRandom } from 'opml/core'
import { type Dtype, type MicroOp, type Operand, type Shape, numElements } from 'opml/graph'
import { pickIntegerDot, pickIntegerEpilogue } from './matMulInteger.ts'
import { pickBytes, pickDtype, pickInt, pickOne, pickView, type Sample, type Sampler } from './sample.ts'

/** Sizes along one axis of a window that slides; outputs may look beyond the far end of the input. */
interface AxisSizes {
  readonly input: number
  readonly kernel: number
  readonly output: number
  readonly stride: number
  readonly dilation: number
  readonly pad: number
}

const ABSENT_AXIS: AxisSizes = { input: 1, kernel: 1, output: 1, stride: 1, dilation: 1, pad: 0 }

function pickAxis(random: SeededRandom): AxisSizes {
  const size = (most: number) => (random.below(30) === 0 ? 0 : pickInt(random, 1, most))
  const [input, kernel] = [size(6), size(4)]
  return {
    input,
    kernel,
    output: size(5),
    stride: pickOne(random, [1, 1, 1, 2, 3, 5]),
    dilation: pickOne(random, [1, 1, 2, 3, 4]),
    pad: pickOne(random, [0, 1, 1, 2, 6]),
  }
}

/** Windows full of elements, whose sums show the order of their terms. */
const FULL_AXIS: AxisSizes = { input: 5, kernel: 3, output: 2, stride: 1, dilation: 1, pad: 0 }

/** One to three axes D, H, W, the missing ones of size 1. */
export function pickAxes(random: SeededRandom): readonly AxisSizes[] {
  if (random.below(3) === 0) return [FULL_AXIS, FULL_AXIS, { ...FULL_AXIS, pad: random.below(3) }]
  const count = pickOne(random, [1, 2, 3, 3])
  return [0, 1, 2].map((axis) => (axis < 3 - count ? ABSENT_AXIS : pickAxis(random)))
}

/** Attributes `strideD … padW`. */
export function windowAttributes(axes: readonly AxisSizes[]): Record<string, number> {
  const names = ['stride', 'dilation', 'pad'] as const
  return Object.fromEntries(
    names.flatMap((name) => axes.map((axis, i) => [`${name}${'DHW'.charAt(i)}`, axis[name]] as const)),
  )
}

/** A dense operand read from task input `index`. */
export function denseOperand(index: number, dtype: Dtype, dims: Shape): Operand {
  return { ref: { kind: 'input', index }, dtype, layout: { kind: 'dense', dims } }
}

const F32_EPILOGUE: readonly MicroOp[] = [
  { name: 'acc', sources: [], imm: 0 },
  { name: 'load', sources: [2], imm: 0 },
  { name: 'f32.add', sources: [0, 1], imm: 0 },
]

interface Draft {
  readonly op: 'Conv' | 'ConvInteger' | 'ConvTranspose'
  readonly factors: readonly [Dtype, Dtype]
  readonly bias: Dtype
  readonly out: Dtype
  readonly attributes: Readonly<Record<string, number>>
  readonly epilogue: readonly MicroOp[]
}

function draw(random: SeededRandom, draft: Draft): Sample {
  const axes = pickAxes(random)
  const [batch, groups, oc] = [pickInt(random, 1, 2), pickInt(random, 1, 3), pickInt(random, 1, 3)]
  const ic = random.below(20) === 0 ? 0 : pickInt(random, 1, pickOne(random, [4, 20]))
  const shape = [batch, groups, oc, ...axes.map(({ output }) => output)]
  const channels = draft.op === 'ConvTranspose' ? [groups * ic, oc] : [groups * oc, ic]
  const dims = [
    [batch, groups * ic, ...axes.map(({ input }) => input)],
    [...channels, ...axes.map(({ kernel }) => kernel)],
  ]
  const style = pickOne(random, ['wild', 'tame', 'tame'] as const)
  const factors = draft.factors.map((dtype, i) => pickBytes(random, { dtype, count: numElements(dims[i]), style }))
  const [a, b] = draft.factors.map((dtype, i) => denseOperand(i, dtype, dims[i]))
  const bias = pickView(random, { input: 2, dtype: draft.bias, shape: shape.map((dim) => Math.max(dim, 1)) })
  const biasBytes = pickBytes(random, { dtype: draft.bias, count: bias.elements })
  const hasBias = random.below(2) === 0
  return {
    node: {
      op: draft.op,
      dtype: draft.out,
      shape,
      operands: hasBias ? [a, b, bias.operand] : [a, b],
      attributes: { ...windowAttributes(axes), ...draft.attributes },
      microOps: hasBias ? draft.epilogue : [],
    },
    operands: hasBias ? [...factors, biasBytes] : factors,
  }
}

function samplerOfF32(op: 'Conv' | 'ConvTranspose'): Sampler {
  return (random) => {
    const factor = () => pickOne(random, ['f32', 'f32', 'f16', 'bf16'] as const)
    const out = pickOne(random, ['f32', 'f32', 'f32', 'f16', 'bf16'] as const)
    return draw(random, { op, factors: [factor(), factor()], bias: 'f32', out, attributes: {}, epilogue: F32_EPILOGUE })
  }
}

/** A Conv over one to three axes, with and without an epilogue. */
export const sampleConv: Sampler = samplerOfF32('Conv')

/** A ConvTranspose over one to three axes, with and without an epilogue. */
export const sampleConvTranspose: Sampler = samplerOfF32('ConvTranspose')

/** A ConvInteger over one to three axes, with and without an epilogue. */
export const sampleConvInteger: Sampler = (random) => {
  const dot = pickIntegerDot(random)
  const accClass = dot.accumulator === 1 ? 'i64' : 'i32'
  return draw(random, {
    op: 'ConvInteger',
    factors: [pickDtype(random, ['i32']), pickDtype(random, ['i32'])],
    bias: pickDtype(random, [accClass]),
    out: pickDtype(random, [accClass]),
    attributes: { ...dot },
    epilogue: pickIntegerEpilogue(random, dot.accumulator),
  })
}
