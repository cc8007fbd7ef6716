import { describe, expect, test } from 'vitest'
import { compareWithOnnxruntime, randomFloats } from '../onnxComparison.ts'
import {
  alexNet,
  denseNet121,
  inceptionV1,
  inceptionV2,
  resNet50,
  shuffleNet,
  squeezeNet,
  vgg19,
  zfNet,
} from './architectures.ts'

/** As published (weights of up to 575 MB, minutes each) on demand; else narrow, and on the least image that the layers allow. */
const IS_FULL = process.env.OPML_LIGHT_MODELS === 'full'

const NETWORKS = [
  // name, builder, size in CI
  ['AlexNet', alexNet, 67],
  ['ZFNet', zfNet, 79],
  ['VGG-19', vgg19, 32],
  ['ResNet-50', resNet50, 64],
  ['DenseNet-121', denseNet121, 64],
  ['SqueezeNet 1.1', squeezeNet, 47],
  ['ShuffleNet', shuffleNet, 64],
  ['Inception v1', inceptionV1, 64],
  ['Inception v2', inceptionV2, 64],
] as const

describe('architectures of the light models of the ONNX project, with generated weights', () => {
  test.each(NETWORKS)('differential: %s', async (name, build, small) => {
    const size = IS_FULL ? 224 : small
    const model = build({ size, width: IS_FULL ? 1 : 1 / 4 })
    const inputs = [randomFloats({ name: 'image', dims: [1, 3, size, size], seed: 5 })]
    const start = performance.now()
    const outputs = await compareWithOnnxruntime({ model, inputs })
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    for (const { name: output, shape, low, high, maxError, worst } of outputs)
      process.stdout.write(
        `${name}, image of ${size}: ${output} [${shape.join(', ')}] from ${low.toPrecision(3)} to ${high.toPrecision(3)}, greatest error ${maxError.toExponential(2)}, ${worst.toFixed(3)} of what is allowed, ${seconds} s\n`,
      )
    expect(outputs.filter(({ worst }) => !(worst <= 1))).toEqual([])
  })
})
