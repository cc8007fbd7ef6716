import { expect, test } from 'vitest'
import { readOnnxModel } from '../onnx/readModel.ts'
import type { QuantisedType } from './qualityReport.ts'
import { quantiseValues } from './quantiseOnnx.ts'
import { quantiseSmall, randomValues, runFloat, runIntegers, sampleOf, type SmallModel } from './testing/smallModel.ts'

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
    'QuantizeLinear DequantizeLinear DequantizeLinear DequantizeLinear Conv Clip Slice QuantizeLinear DequantizeLinear DequantizeLinear DequantizeLinear Conv',
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

// Every input near 1 and weights far from their grid: what rounding the weights moves the mean by is most of the error.
const leaning = (dims: readonly number[], seed: number) => randomValues(dims, { seed, scale: 0.1, offset: 1 })
const w = (dims: readonly number[]) => randomValues(dims, { seed: 8 })

test.each<[string, SmallModel]>([
  ['Conv', { x: [1, 16, 3, 3], constants: { w: w([3, 16, 2, 2]) }, nodes: [['Conv', ['x', 'w'], 'y']] }],
  [
    'ConvTranspose',
    {
      x: [1, 16, 3, 3],
      constants: { w: w([16, 3, 2, 2]) },
      nodes: [['ConvTranspose', ['x', 'w'], 'y', { strides: [1, 2] }]],
    },
  ],
  ['MatMul', { x: [4, 64], constants: { w: w([64, 3]) }, nodes: [['MatMul', ['x', 'w'], 'y']] }],
  [
    'Gemm',
    {
      x: [4, 64],
      constants: { w: w([3, 64]), c: randomValues([3], { seed: 9 }) },
      nodes: [['Gemm', ['x', 'w', 'c'], 'y', { transB: 1, alpha: { f: 0.5 }, beta: { f: 3 } }]],
    },
  ],
])(
  "property: %s of 8 and of 16 bits gives what the integers give, the mean of the weights' rounding taken off",
  async (_, given) => {
    for (const isWide of [false, true]) {
      const calibration = [1, 2, 3, 4].map((seed) => sampleOf(leaning(given.x, seed)))
      const quantised = await quantiseSmall(given, { calibration, isWide: () => isWide })
      const sample = leaning(given.x, 5).values as Float32Array
      const [input, output] = [quantised.report.inputs[0], quantised.report.outputs[0]] as [
        QuantisedType,
        QuantisedType,
      ]
      const integers = new Int16Array(runIntegers(quantised, [quantiseValues(sample, input)]).slice().buffer)
      const reals = runFloat(quantised.exportQdq(), [new Uint8Array(sample.buffer)])
      // A result is rounded; inputs of 16 bits are too, which the export leaves in float: half a unit times at most 64 weights of 1.
      const step = output.scale + (isWide ? 32 * input.scale : 0)
      reals.forEach((real, i) => expect(Math.abs(real - (integers[i] as number) * output.scale)).toBeLessThan(step))
    }
  },
)
