import { describe, expect, test } from 'vitest'
import { argReduce } from './argReduce.ts'
import type { Elements } from './elements.ts'
import { viewNode } from './testing/viewNode.ts'

const [MAX, MIN] = [0, 1]

/** Positions in the rows of a [2, 2] tensor. */
function rows(mode: number, isLast: number, data: readonly number[]): unknown[] {
  const attributes = { mode, isLast, size: 2, stride: 1 }
  const node = viewNode({ op: 'ArgReduce', shape: [2], strides: [2], attributes, out: 'i64' })
  return [...argReduce.reference(node, [Float32Array.from(data)])]
}

/** Position in a whole vector. */
function all(mode: number, isLast: number, p: { dtype?: 'f32' | 'i32' | 'u32' | 'u64'; data: Elements }): unknown {
  const attributes = { mode, isLast, size: p.data.length, stride: 1 }
  const node = viewNode({ op: 'ArgReduce', shape: [], dtype: p.dtype ?? 'f32', attributes, out: 'i32' })
  return argReduce.reference(node, [p.data])[0]
}

describe('ArgReduce', () => {
  test('default: ONNX ArgMax and ArgMin along axis 1', () => {
    expect(rows(MAX, 0, [2, 1, 3, 10])).toEqual([0n, 1n])
    expect(rows(MIN, 0, [2, 1, 3, 10])).toEqual([1n, 0n])
  })

  test('default: the last of equals, as ONNX select_last_index', () => {
    expect(rows(MAX, 1, [2, 2, 3, 10])).toEqual([1n, 1n])
    expect(rows(MAX, 0, [2, 2, 3, 10])).toEqual([0n, 1n])
  })

  test('edge: the first NaN is taken, whatever isLast says', () => {
    const data = Float32Array.of(5, Number.NaN, Infinity, Number.NaN)
    for (const mode of [MAX, MIN]) for (const isLast of [0, 1]) expect(all(mode, isLast, { data })).toBe(1)
  })

  test('edge: −0 equals +0', () => {
    expect(all(MAX, 0, { data: Float32Array.of(-0, 0) })).toBe(0)
    expect(all(MIN, 1, { data: Float32Array.of(-0, 0) })).toBe(1)
  })

  test('edge: integers as their dtype holds them', () => {
    expect(all(MAX, 0, { dtype: 'i32', data: Int32Array.of(-1, 1) })).toBe(1)
    expect(all(MAX, 0, { dtype: 'u32', data: Uint32Array.of(2 ** 32 - 1, 1) })).toBe(0)
    expect(all(MIN, 0, { dtype: 'u64', data: BigUint64Array.of(2n ** 64n - 1n, 1n) })).toBe(1)
  })

  test('error: positions are i32 or i64; a is read inside', () => {
    const attributes = { mode: MAX, isLast: 0, size: 3, stride: 1 }
    const node = viewNode({ op: 'ArgReduce', shape: [2], strides: [3], attributes, out: 'i32' })
    expect(() => argReduce.check(node, [6])).not.toThrow()
    expect(() => argReduce.check(node, [5])).toThrow('operand a is read from element 0 to 5, it has 5 elements.')
    expect(() => argReduce.check({ ...node, dtype: 'i8' }, [6])).toThrow(
      'ArgReduce gives positions as i32 or i64, not i8.',
    )
  })
})
