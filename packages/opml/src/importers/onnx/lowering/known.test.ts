import { describe, expect, test } from 'vitest'
import { type AttributeInput, f32, type Given, i64, runNode } from '../testing/runNode.ts'

const known = (given: Given): Given => ({ ...given, isKnown: true })
const valuesOf = (op: string, inputs: readonly Given[], attributes: Record<string, AttributeInput>, numOutputs = 1) =>
  runNode(op, { inputs, attributes, numOutputs }).map(({ values }) => values)

// The examples of Unique in ONNX's Operators.md.
describe('Unique', () => {
  const x = known(f32([6], [2, 1, 1, 3, 4, 3]))

  test('default: sorted', () => {
    expect(valuesOf('Unique', [x], {}, 4)).toEqual([
      [1, 2, 3, 4],
      [1, 0, 3, 4],
      [1, 0, 0, 2, 3, 2],
      [2, 1, 2, 1],
    ])
  })

  test('default: in the order of the first appearance', () => {
    expect(valuesOf('Unique', [x], { sorted: 0 }, 4)).toEqual([
      [2, 1, 3, 4],
      [0, 1, 3, 4],
      [0, 1, 1, 2, 3, 2],
      [1, 2, 2, 1],
    ])
  })

  test('default: rows', () => {
    const rows = known(f32([3, 3], [1, 0, 0, 1, 0, 0, 2, 3, 4]))
    const [y, ...rest] = runNode('Unique', { inputs: [rows], attributes: { axis: 0 }, numOutputs: 4 })
    expect(y).toEqual({ dtype: 'f32', shape: [2, 3], values: [1, 0, 0, 2, 3, 4] })
    expect(rest.map(({ values }) => values)).toEqual([
      [0, 2],
      [0, 0, 1],
      [2, 1],
    ])
  })

  test('default: along the last axis, whose rows lie apart', () => {
    const columns = known(f32([2, 3], [7, 5, 7, 1, 2, 1]))
    expect(runNode('Unique', { inputs: [columns], attributes: { axis: -1 } })[0]).toEqual({
      dtype: 'f32',
      shape: [2, 2],
      values: [5, 7, 2, 1],
    })
  })

  test('error: an input that is not known decides the shape', () => {
    expect(() => runNode('Unique', { inputs: [f32([2], [1, 2])] })).toThrow('fix it with --bind')
  })

  test('error: an axis beyond the rank', () => {
    expect(() => runNode('Unique', { inputs: [x], attributes: { axis: 1 } })).toThrow('axis 1 of a tensor of rank 1')
  })
})

// The examples of NonMaxSuppression in ONNX's Operators.md.
describe('NonMaxSuppression', () => {
  const boxes = known(
    f32([1, 6, 4], [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100, 1, 101]),
  )
  const scores = known(f32([1, 1, 6], [0.9, 0.75, 0.6, 0.95, 0.5, 0.3]))
  const limits = (limit: number, overlap: number, score: number) => [
    i64([limit]),
    known(f32([1], [overlap])),
    known(f32([1], [score])),
  ]
  const kept = (inputs: readonly Given[], attributes = {}) => valuesOf('NonMaxSuppression', inputs, attributes)[0]

  test('default: by overlap', () => {
    expect(kept([boxes, scores, ...limits(3, 0.5, 0)])).toEqual([0, 0, 3, 0, 0, 0, 0, 0, 5])
  })

  test('default: corners in any order', () => {
    const flipped = known({ ...boxes, values: boxes.values.map((_, i) => boxes.values[i ^ 2] as number) })
    expect(kept([flipped, scores, ...limits(3, 0.5, 0)])).toEqual([0, 0, 3, 0, 0, 0, 0, 0, 5])
  })

  test('default: boxes by their centres', () => {
    const values = [0.5, 0.6, 0.4, 10.5, 10.6, 100.5].flatMap((x) => [0.5, x, 1, 1])
    const centred = known(f32([1, 6, 4], values))
    expect(kept([centred, scores, ...limits(3, 0.5, 0)], { center_point_box: 1 })).toEqual([0, 0, 3, 0, 0, 0, 0, 0, 5])
  })

  test('default: by score and by number', () => {
    expect(kept([boxes, scores, ...limits(3, 0.5, 0.4)])).toEqual([0, 0, 3, 0, 0, 0])
    expect(kept([boxes, scores, ...limits(1, 0.5, 0)])).toEqual([0, 0, 3])
  })

  test('edge: no limit given means none', () => {
    expect(runNode('NonMaxSuppression', { inputs: [boxes, scores] })[0]).toEqual({
      dtype: 'i64',
      shape: [0, 3],
      values: [],
    })
  })

  test('error: scores without classes', () => {
    expect(() => kept([boxes, known(f32([1, 6], [1, 2, 3, 4, 5, 6])), ...limits(1, 0.5, 0)])).toThrow(
      'input 1 ("x1") has rank 2, it must be 3',
    )
  })

  test('error: boxes that are not known', () => {
    expect(() => kept([{ ...boxes, isKnown: false }, scores])).toThrow('input 0 ("x0") decides a shape')
  })
})
