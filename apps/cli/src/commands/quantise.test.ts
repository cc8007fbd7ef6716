import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readBundleFolder } from '@opml/node/bundleFolder'
import { verifyFixedProfile } from 'opml/graph'
import { type QualityReport, readOnnxModel, writeNpy } from 'opml/importers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { opml } from '../testing/opml.ts'

const MODEL = ['models/mnist-lenet-5.onnx', '--dim', 'batch=1', '--threads', '1']

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opml-quantise-'))
  const images = await Promise.all(
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => readFile(`models/digits/${digit}.bin`)),
  )
  const pixels = Float32Array.from(Buffer.concat(images), (pixel) => pixel / 255)
  const bytes = new Uint8Array(pixels.buffer)
  await writeFile(join(folder, 'digits.npy'), writeNpy({ dtype: 'f32', shape: [10, 1, 28, 28], bytes }))
  const seven = bytes.subarray(7 * 784 * 4, 8 * 784 * 4)
  await writeFile(join(folder, '7.npy'), writeNpy({ dtype: 'f32', shape: [1, 1, 28, 28], bytes: seven }))
})
afterAll(() => rm(folder, { recursive: true }))

it('default: a bundle of integers with its report, and the same as QDQ', async () => {
  const [out, qdq] = [join(folder, 'lenet.opml'), join(folder, 'lenet-qdq.onnx')]
  const options = ['--calibrate', join(folder, 'digits.npy'), '--out', out, '--export-qdq', qdq, '--json']
  const result = await opml('quantise', ...MODEL, ...options)
  expect(result.err).toBe('')
  const { program, manifest, quality } = await readBundleFolder(out)
  verifyFixedProfile(program)
  expect(manifest.inputs).toEqual([{ name: 'image', dtype: 'i8', shape: [1, 1, 28, 28] }])
  // SAFETY: the text that the command wrote.
  const report = JSON.parse(quality as string) as QualityReport
  expect(report).toEqual(JSON.parse(result.out).quality)
  expect(report.inputs[0]).toMatchObject({ name: 'image', zeroPoint: -128 })
  expect(report.calibration.numSamples).toBe(10)
  expect(report.outputs[0]).toMatchObject({ name: 'logits', sameArgmax: 1 })
  expect(report.layers.map(({ name }) => name)).toContain('conv1.relu')
  const operators = readOnnxModel(await readFile(qdq)).graph.nodes.map(({ opType }) => opType)
  expect(operators.filter((opType) => opType === 'QuantizeLinear')).toHaveLength(5)
})

it('default: samples from a folder, a range of everything seen, wide products', async () => {
  const out = join(folder, 'wide.opml')
  const options = ['--calibrate', folder, '--out', out, '--clip', 'minmax', '--wide', 'Gemm, conv2.sum', '--json']
  await rm(join(folder, 'digits.npy'))
  const { code, out: text } = await opml('quantise', ...MODEL, ...options)
  expect(code).toBe(0)
  expect(JSON.parse(text).quality).toMatchObject({
    calibration: { numSamples: 1, clip: 'minmax' },
    products: { narrow: 1, wide: 4 },
  })
})

it('error: samples of another shape, nothing written', async () => {
  const out = join(folder, 'none.opml')
  const { code, err } = await opml('quantise', ...MODEL, '--calibrate', 'models/digits/4.bin', '--out', out)
  expect(code).toBe(2)
  expect(err).toContain('a folder, a .npy or a .npz file')
  await expect(stat(out)).rejects.toThrow('ENOENT')
})
