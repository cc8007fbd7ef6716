import { describe, expect, test } from 'vitest'
import type { Dtype } from '../graph/dtype.ts'
import { InvalidProgramError } from '../graph/errors.ts'
import type { MicroOp } from '../graph/node.ts'
import type { Elements } from './elements.ts'
import { pool } from './pool.ts'
import { countingF32, slidingNode } from './testing/slidingNode.ts'

const MODES = { max: 0, sum: 1, average: 2, index: 3 } as const

interface Image {
  readonly mode: keyof typeof MODES
  readonly dtype?: Dtype
  readonly input: readonly [number, number]
  readonly output: readonly [number, number]
  readonly kernel: number
  readonly attributes?: Readonly<Record<string, number>>
  readonly preOps?: readonly MicroOp[]
}

function nodeOf(p: Image) {
  const dtype = p.dtype ?? 'f32'
  const microOps = p.preOps ?? []
  const noPadEnd = { padEndD: 0, padEndH: 0, padEndW: 0 }
  return slidingNode({
    op: 'Pool',
    dtype: p.mode === 'index' ? 'i64' : dtype,
    shape: [1, 1, ...p.output],
    operands: [[dtype, [1, 1, ...p.input]]],
    attributes: {
      mode: MODES[p.mode],
      kernelD: 1,
      kernelH: Math.min(p.kernel, p.input[0] > 1 ? p.kernel : 1),
      kernelW: p.kernel,
      ...noPadEnd,
      countPadding: 0,
      numPreOps: microOps.length,
      ...p.attributes,
    },
    microOps,
  })
}

const run = (p: Image, a: Elements) => [...pool.reference(nodeOf(p), [a])]
const pads = { padH: 2, padW: 2, padEndH: 2, padEndW: 2 }
const window5 = { input: [5, 5], output: [5, 5], kernel: 5, attributes: pads } as const

describe('Pool', () => {
  test('default: the ONNX examples maxpool_2d_precomputed_pads and maxpool_with_argmax_2d_precomputed_pads', () => {
    const rows = [
      [13, 14, 15, 15, 15],
      [18, 19, 20, 20, 20],
      [23, 24, 25, 25, 25],
      [23, 24, 25, 25, 25],
      [23, 24, 25, 25, 25],
    ]
    expect(run({ mode: 'max', ...window5 }, countingF32(25, 1))).toEqual(rows.flat())
    expect(run({ mode: 'index', ...window5 }, countingF32(25, 1))).toEqual(
      rows.flat().map((value) => BigInt(value - 1)),
    )
  })

  test('default: the ONNX examples averagepool_2d_precomputed_pads, without and with count_include_pad', () => {
    const inside = [
      [7, 7.5, 8, 8.5, 9],
      [9.5, 10, 10.5, 11, 11.5],
      [12, 12.5, 13, 13.5, 14],
      [14.5, 15, 15.5, 16, 16.5],
      [17, 17.5, 18, 18.5, 19],
    ]
    expect(run({ mode: 'average', ...window5 }, countingF32(25, 1))).toEqual(inside.flat())
    const all = [
      [2.52, 3.6, 4.8, 4.08, 3.24],
      [4.56, 6.4, 8.4, 7.04, 5.52],
      [7.2, 10, 13, 10.8, 8.4],
      [6.96, 9.6, 12.4, 10.24, 7.92],
      [6.12, 8.4, 10.8, 8.88, 6.84],
    ]
    const counted = { ...window5, attributes: { ...pads, countPadding: 1 } }
    expect(run({ mode: 'average', ...counted }, countingF32(25, 1))).toEqual(all.flat().map(Math.fround))
  })

  test('default: the ONNX examples of ceil_mode, maxpool_2d_ceil and averagepool_2d_ceil', () => {
    const ceil = { input: [4, 4], output: [2, 2], kernel: 3, attributes: { strideH: 2, strideW: 2 } } as const
    expect(run({ mode: 'max', ...ceil }, countingF32(16, 1))).toEqual([11, 12, 15, 16])
    expect(run({ mode: 'average', ...ceil }, countingF32(16, 1))).toEqual([6, 7.5, 12, 13.5])
  })

  test('default: the ONNX example maxpool_2d_dilations', () => {
    const dilated = { input: [4, 4], output: [2, 2], kernel: 2, attributes: { dilationH: 2, dilationW: 2 } } as const
    expect(run({ mode: 'max', ...dilated }, countingF32(16, 1))).toEqual([11, 12, 15, 16])
  })

  const row = { input: [1, 3], kernel: 3 } as const

  test('edge: with countPadding a window is clipped to the padded tensor', () => {
    // 1 2 3 and one position of padding at each end; windows of 3, stride 3: (pad 1 2), (3 pad | outside)
    const attributes = { strideW: 3, padW: 1, padEndW: 1, countPadding: 1 }
    expect(run({ mode: 'average', ...row, output: [1, 2], attributes }, Float32Array.of(1, 2, 3))).toEqual([1, 1.5])
  })

  test('edge: an empty window gives −∞ or the least integer, +0, +0, −1', () => {
    const outside = { ...row, output: [1, 1], attributes: { padW: 5 } } as const
    expect(run({ mode: 'max', ...outside }, countingF32(3))).toEqual([Number.NEGATIVE_INFINITY])
    expect(run({ mode: 'sum', ...outside }, countingF32(3))).toEqual([0])
    expect(run({ mode: 'average', ...outside }, countingF32(3))).toEqual([0])
    expect(run({ mode: 'index', ...outside }, countingF32(3))).toEqual([-1n])
    expect(run({ mode: 'max', dtype: 'i8', ...outside }, new Int8Array(3))).toEqual([-128])
    expect(run({ mode: 'max', dtype: 'u32', ...outside }, new Uint32Array(3).fill(5))).toEqual([0])
    expect(run({ mode: 'max', dtype: 'i64', ...outside }, new BigInt64Array(3))).toEqual([-(2n ** 63n)])
  })

  test('edge: NaN is the maximum, and the first one its place; the first of equals wins', () => {
    const whole = { ...row, output: [1, 1] } as const
    expect(run({ mode: 'max', ...whole }, Float32Array.of(1, Number.NaN, 2))).toEqual([Number.NaN])
    expect(run({ mode: 'index', ...whole }, Float32Array.of(1, Number.NaN, Number.NaN))).toEqual([1n])
    expect(run({ mode: 'index', ...whole }, Float32Array.of(-0, 0, -1))).toEqual([0n])
    expect(run({ mode: 'max', ...whole }, Float32Array.of(-0, 0, -1))).toEqual([0])
  })

  test('edge: u32 and u64 order as unsigned', () => {
    const whole = { ...row, output: [1, 1] } as const
    expect(run({ mode: 'max', dtype: 'u32', ...whole }, Uint32Array.of(1, 2 ** 32 - 1, 2))).toEqual([2 ** 32 - 1])
    expect(run({ mode: 'index', dtype: 'u64', ...whole }, BigUint64Array.of(1n, 2n, 2n ** 63n))).toEqual([2n])
  })

  test('edge: pre-ops see every element of the window', () => {
    const square = [
      { name: 'acc', sources: [], imm: 0 },
      { name: 'f32.mul', sources: [0, 0], imm: 0 },
    ] as const
    expect(run({ mode: 'sum', ...row, output: [1, 1], preOps: square }, Float32Array.of(1, -2, 3))).toEqual([14])
  })

  test('error: refuses other channels, ranks, windows of too many taps, positions beyond 31 bits, averages of integers', () => {
    const good: Image = { mode: 'average', ...row, output: [1, 1] }
    const refused = (change: Partial<ReturnType<typeof nodeOf>>) =>
      expect(() => pool.check({ ...nodeOf(good), ...change }, [3])).toThrow(InvalidProgramError)
    expect(() => pool.check(nodeOf(good), [3])).not.toThrow()
    refused({ shape: [2, 1, 1, 1] })
    refused({ shape: [1, 1, 1, 1, 1] })
    refused({ attributes: { ...nodeOf(good).attributes, kernelH: 2 ** 16, kernelW: 2 ** 15 } })
    refused({ attributes: { ...nodeOf(good).attributes, padEndW: 2 ** 31 - 1 } })
    refused({ attributes: { ...nodeOf(good).attributes, dilationW: 2 ** 30 } })
    expect(() => pool.accumulatorClass?.(nodeOf(good), 'i32')).toThrow(InvalidProgramError)
  })
})
