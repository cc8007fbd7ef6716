import { expect, test } from 'vitest'
import { InvalidProgramError } from '../graph/errors.ts'
import type { Dtype } from '../graph/dtype.ts'
import type { Node } from '../graph/node.ts'
import { matMulInteger } from './matMulInteger.ts'

/** a [m, k] · b [k, n], row-major. */
function product(p: {
  dtypes: readonly [Dtype, Dtype, Dtype]
  mkn: readonly [number, number, number]
  attributes?: Record<string, number>
}): Node {
  const [m, k, n] = p.mkn
  const view = (index: number, strides: number[]) =>
    ({
      ref: { kind: 'input', index },
      dtype: p.dtypes[1 + index],
      layout: { kind: 'view', strides, offset: 0 },
    }) as const
  return {
    op: 'MatMulInteger',
    dtype: p.dtypes[0],
    shape: [m, n],
    operands: [view(0, [k, 0]), view(1, [0, 1])],
    attributes: { k, strideA: 1, strideB: n, zeroA: 0, zeroB: 0, accumulator: 0, ...p.attributes },
    microOps: [],
  }
}

test('default: the example of ONNX MatMulInteger-10', () => {
  const node = product({ dtypes: ['i32', 'u8', 'u8'], mkn: [4, 3, 2], attributes: { zeroA: 12 } })
  const a = Uint8Array.of(11, 7, 3, 10, 6, 2, 9, 5, 1, 8, 4, 0)
  const b = Uint8Array.of(1, 4, 2, 5, 3, 6)
  expect(matMulInteger.reference(node, [a, b])).toEqual(Int32Array.of(-38, -83, -44, -98, -50, -113, -56, -128))
})

test('edge: an accumulator of 32 bits wraps, one of 64 bits does not', () => {
  // 2 · (2^31 − 1)² = 2^63 − 2^33 + 2
  const operands = [Int32Array.of(2 ** 31 - 1, 2 ** 31 - 1), Int32Array.of(2 ** 31 - 1, 2 ** 31 - 1)]
  const narrow = product({ dtypes: ['i32', 'i32', 'i32'], mkn: [1, 2, 1] })
  const wide = product({ dtypes: ['i64', 'i32', 'i32'], mkn: [1, 2, 1], attributes: { accumulator: 1 } })
  expect(matMulInteger.reference(narrow, operands)).toEqual(Int32Array.of(2))
  expect(matMulInteger.reference(wide, operands)).toEqual(BigInt64Array.of(2n ** 63n - 2n ** 33n + 2n))
})

test('edge: an u32 counts as unsigned, its difference from the zero point has more than 32 bits', () => {
  const node = product({ dtypes: ['i64', 'u32', 'i8'], mkn: [1, 1, 1], attributes: { accumulator: 1, zeroA: -1 } })
  expect(matMulInteger.reference(node, [Uint32Array.of(2 ** 32 - 1), Int8Array.of(-3)])).toEqual(
    BigInt64Array.of(-3n * 2n ** 32n),
  )
})

test('edge: no terms give zero', () => {
  const node = product({ dtypes: ['i32', 'u8', 'u8'], mkn: [1, 0, 2], attributes: { zeroA: 5 } })
  expect(matMulInteger.reference(node, [new Uint8Array(1), new Uint8Array(1)])).toEqual(Int32Array.of(0, 0))
})

test('error: reads outside an operand are refused', () => {
  const node = product({ dtypes: ['i32', 'u8', 'u8'], mkn: [4, 3, 2] })
  expect(() => matMulInteger.check(node, [12, 6])).not.toThrow()
  expect(() => matMulInteger.check(node, [11, 6])).toThrow(InvalidProgramError)
  expect(() => matMulInteger.check(node, [12, 5])).toThrow(InvalidProgramError)
})
