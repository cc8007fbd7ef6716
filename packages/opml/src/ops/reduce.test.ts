import { describe, expect, test } from 'vitest'
import type { Dtype } from '../graph/dtype.ts'
import type { MicroOp } from '../graph/node.ts'
import { newElements } from './elements.ts'
import { reduce } from './reduce.ts'
import { viewNode } from './testing/viewNode.ts'

const [SUM, PRODUCT, MAX, MIN] = [0, 1, 2, 3]

/** Attributes of a reduction over one axis. */
const over = (mode: number, size: number, stride: number) => ({
  mode,
  size0: 1,
  size1: 1,
  size2: size,
  stride0: 0,
  stride1: 0,
  stride2: stride,
  numPreOps: 0,
})

/** A [3, 2, 2] tensor reduced over axis 1, as in ONNX's documentation. */
function overMiddleAxis(mode: number, data: readonly number[]): number[] {
  const node = viewNode({ op: 'Reduce', shape: [3, 2], strides: [4, 1], attributes: over(mode, 2, 2) })
  return [...reduce.reference(node, [Float32Array.from(data)])] as number[]
}

/** All of a vector reduced to one value. */
function overAll(mode: number, dtype: Dtype, data: readonly (number | bigint)[]): number | bigint {
  const node = viewNode({ op: 'Reduce', shape: [], dtype, attributes: over(mode, data.length, 1) })
  const elements = newElements(dtype, Math.max(1, data.length))
  data.forEach((value, i) => (elements[i] = value))
  return reduce.reference(node, [elements])[0] as number | bigint
}

const oneToTwelve = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
const pairs = [5, 1, 20, 2, 30, 1, 40, 2, 55, 1, 60, 2]

describe('Reduce', () => {
  test('default: the sum of ONNX ReduceSum keepdims', () => {
    expect(overMiddleAxis(SUM, oneToTwelve)).toEqual([4, 6, 12, 14, 20, 22])
  })

  test('default: the product of ONNX ReduceProd keepdims', () => {
    expect(overMiddleAxis(PRODUCT, oneToTwelve)).toEqual([3, 8, 35, 48, 99, 120])
  })

  test('default: maximum and minimum of ONNX ReduceMax and ReduceMin keepdims', () => {
    expect(overMiddleAxis(MAX, pairs)).toEqual([20, 2, 40, 2, 60, 2])
    expect(overMiddleAxis(MIN, pairs)).toEqual([5, 1, 30, 1, 55, 1])
  })

  test('default: pre-ops and epilogue make the mean square', () => {
    const microOps: MicroOp[] = [
      { name: 'acc', sources: [], imm: 0 },
      { name: 'f32.mul', sources: [0, 0], imm: 0 },
      { name: 'acc', sources: [], imm: 0 },
      { name: 'f32.div', sources: [0, 'imm'], imm: 0x40000000 }, // 2
    ]
    const node = viewNode({ op: 'Reduce', shape: [], attributes: { ...over(SUM, 2, 1), numPreOps: 2 }, microOps })
    expect([...reduce.reference(node, [Float32Array.of(1, 7)])]).toEqual([25])
  })

  test('default: three axes are walked row-major', () => {
    // Term 16 is lost in lane 0, behind 2^24, which term 8 then takes away. In the order of memory it would be term 1 and stay.
    const attributes = { ...over(SUM, 2, 16), size0: 2, size1: 8, stride0: 1, stride1: 2 }
    const data = new Float32Array(32)
    data[0] = 2 ** 24
    data[8] = -(2 ** 24)
    data[1] = 1
    const node = viewNode({ op: 'Reduce', shape: [], attributes })
    expect([...reduce.reference(node, [data])]).toEqual([0])
  })

  test('edge: f32 sums go by lanes, not from left to right', () => {
    // Lane 0 gets 2^24 and −2^24, lane 1 gets 1: left to right the 1 would be lost.
    const terms = [2 ** 24, 1, ...new Array<number>(14).fill(0), -(2 ** 24)]
    expect(overAll(SUM, 'f32', terms)).toBe(1)
  })

  test('edge: f32 products go by lanes, from 1', () => {
    // Lane 0 gets 2^100 and 2^-100, lane 1 gets 2^100: left to right the product would be infinite.
    const terms = [2 ** 100, 2 ** 100, ...new Array<number>(14).fill(1), 2 ** -100]
    expect(overAll(PRODUCT, 'f32', terms)).toBe(2 ** 100)
  })

  test('edge: NaN wins, −0 is below +0', () => {
    expect(overAll(MAX, 'f32', [1, Number.NaN, 2])).toBe(Number.NaN)
    expect(overAll(MIN, 'f32', [1, Number.NaN, 2])).toBe(Number.NaN)
    expect(overAll(MAX, 'f32', [-0, 0, -0])).toBe(0)
    expect(overAll(MIN, 'f32', [0, -0, 0])).toBe(-0)
  })

  test('edge: integers wrap; u32 and u64 have the unsigned order', () => {
    expect(overAll(SUM, 'i32', [2 ** 31 - 1, 1])).toBe(-(2 ** 31))
    expect(overAll(PRODUCT, 'u64', [2n ** 63n, 3n])).toBe(2n ** 63n)
    expect(overAll(MAX, 'i32', [-1, 1])).toBe(1)
    expect(overAll(MAX, 'u32', [2 ** 32 - 1, 1])).toBe(2 ** 32 - 1)
    expect(overAll(MIN, 'u64', [2n ** 64n - 1n, 1n])).toBe(1n)
    expect(overAll(MIN, 'i64', [-1n, 1n])).toBe(-1n)
  })

  test('edge: nothing reduced', () => {
    expect(overAll(SUM, 'f32', [])).toBe(0)
    expect(overAll(PRODUCT, 'i64', [])).toBe(1n)
    expect(overAll(MAX, 'f32', [])).toBe(-Infinity)
    expect(overAll(MIN, 'f32', [])).toBe(Infinity)
    expect(overAll(MAX, 'i8', [])).toBe(-128)
    expect(overAll(MIN, 'i8', [])).toBe(127)
    expect(overAll(MIN, 'u16', [])).toBe(65535)
    expect(overAll(MIN, 'bool', [])).toBe(1)
    expect(overAll(MAX, 'u64', [])).toBe(0n)
    expect(overAll(MIN, 'i64', [])).toBe(2n ** 63n - 1n)
  })

  test('error: reads outside a', () => {
    const node = viewNode({ op: 'Reduce', shape: [3, 2], strides: [4, 1], attributes: over(SUM, 2, 2) })
    expect(() => reduce.check(node, [12])).not.toThrow()
    expect(() => reduce.check(node, [11])).toThrow('operand a is read from element 0 to 11, it has 11 elements.')
  })
})
