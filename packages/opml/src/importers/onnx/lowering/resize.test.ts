import { describe, expect, test } from 'vitest'
import { f32, firstOutput, i64, runNode } from '../testing/runNode.ts'

const line = f32([1, 1, 2], [0, 4])
const scales = (factor: number) => ({ shape: [3], values: [1, 1, factor], isKnown: true })

describe('resampling', () => {
  test('default: Upsample doubles', () => {
    expect(firstOutput('Upsample', { opset: 9, inputs: [line, scales(2)] })).toEqual([0, 0, 4, 4])
    expect(
      firstOutput('Upsample', { opset: 7, inputs: [line], attributes: { scales: { floats: [1, 1, 2] } } }),
    ).toEqual([0, 0, 4, 4])
  })

  test('default: Resize by linear steps, from the middles of elements and from the corners', () => {
    const inputs = [line, undefined, scales(2)]
    const resized = (transformation: string) =>
      firstOutput('Resize', { inputs, attributes: { mode: 'linear', coordinate_transformation_mode: transformation } })
    expect(resized('half_pixel')).toEqual([0, 1, 3, 4])
    expect(resized('asymmetric')).toEqual([0, 2, 4, 4])
  })

  test('default: Resize to sizes along some axes, of version 18', () => {
    const inputs = [line, undefined, undefined, i64([4])]
    expect(
      runNode('Resize', {
        inputs,
        attributes: { mode: 'nearest', axes: [2], coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
      }),
    ).toEqual([{ dtype: 'f32', shape: [1, 1, 4], values: [0, 0, 4, 4] }])
  })

  test('edge: a place that is whole in f32 is that element', () => {
    const wide = f32([1, 1, 6], [0, 1, 2, 3, 4, 5])
    const attributes = { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'half_pixel' }
    // 1.5 ÷ 0.6 − 0.5 is 2 in f32, a little less in f64.
    expect(firstOutput('Resize', { inputs: [wide, undefined, scales(0.6)], attributes })).toEqual([0, 2, 3])
  })

  test('error: antialias', () => {
    expect(() => runNode('Resize', { inputs: [line, undefined, scales(0.5)], attributes: { antialias: 1 } })).toThrow(
      'antialias',
    )
  })
})
