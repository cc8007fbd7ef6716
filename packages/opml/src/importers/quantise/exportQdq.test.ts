import { expect, test } from 'vitest'
import { readOnnxModel } from '../onnx/readModel.ts'
import { quantiseSmall, randomValues, type SmallModel } from './testing/smallModel.ts'

const model: SmallModel = {
  x: [1, 2, 4, 4],
  opset: 9,
  constants: { w: randomValues([3, 2, 1, 1], { seed: 5 }), b: randomValues([3], { seed: 6 }) },
  nodes: [
    ['Conv', ['x', 'w', 'b'], 'sum'],
    ['Clip', ['sum'], 'act', { min: { f: 0 }, max: { f: 6 } }],
    ['Slice', ['act'], 'part', { axes: [2], starts: [1], ends: [3] }],
    ['Conv', ['part', 'v'], 'y'],
  ],
}
const withSecond = { ...model, constants: { ...model.constants, v: randomValues([2, 3, 1, 1], { seed: 7 }) } }

test('default: activations, weights and biases of products, in operator set 13, float weights left out', async () => {
  const { graph, opsets } = readOnnxModel((await quantiseSmall(withSecond)).exportQdq())
  expect(opsets.get('')).toBe(13)
  expect(graph.nodes.map(({ opType }) => opType).join(' ')).toBe(
    'QuantizeLinear DequantizeLinear DequantizeLinear DequantizeLinear Conv Clip Slice QuantizeLinear DequantizeLinear DequantizeLinear Conv',
  )
  const conv = graph.nodes[4]
  expect(conv?.inputs[1]).toBe('sum/weights/dq')
  expect(conv?.inputs[2]).toBe('sum/bias/dq')
  const clip = graph.nodes[5]
  expect(clip?.inputs).toEqual(['sum', 'act/min', 'act/max'])
  expect(clip?.attributes.size).toBe(0)
  expect(graph.nodes[6]?.inputs).toEqual(['act', 'part/starts', 'part/ends', 'part/axes'])
  const names = graph.initializers.map(({ name }) => name)
  expect(names).not.toContain('w')
  expect(names).toContain('y/weights/q')
})

test('default: scales and zero points are those of the report', async () => {
  const quantised = await quantiseSmall(withSecond)
  const { graph } = readOnnxModel(quantised.exportQdq())
  const [input] = quantised.report.inputs
  const scale = graph.initializers.find(({ name }) => name === graph.nodes[0]?.inputs[1])
  expect(new Float32Array(scale?.bytes?.slice().buffer as ArrayBuffer)).toEqual(Float32Array.of(input?.scale as number))
  const zero = graph.initializers.find(({ name }) => name === graph.nodes[0]?.inputs[2])
  expect([...new Int8Array(zero?.bytes?.slice().buffer as ArrayBuffer)]).toEqual([input?.zeroPoint])
})
