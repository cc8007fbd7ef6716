import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { EngineResult, EngineTask } from './engineProcess.ts'
import type { Figure } from './figure.ts'

const run = promisify(execFile)
const PROCESS = fileURLToPath(new URL('./engineProcess.js', import.meta.url))
/** Their median counts; the two executors take turns. */
const ROUNDS = 3
/** Of onnxruntime's speed, and of what WebAssembly can multiply and add; the lower one is asked for on large models. */
const [LARGE_RATIO, PEAK_SHARE] = [0.3, 0.85]
const MAX_MEMORY_RATIO = 1.5
const MIN_SPEED_UP = 1.8

/** A model that both executors run. */
export interface Model {
  readonly name: string
  /** What each executor loads: an ONNX file, or the folder of a bundle for the engine. */
  readonly paths: { readonly engine: string; readonly onnxruntime: string }
  readonly input: string
  readonly shape: readonly number[]
  /** A file of the input's f32 values; seeded noise unless given. */
  readonly values?: string
  readonly isLarge: boolean
  /** How far the sums of the first output may be apart, of the greater of 1 and theirs. */
  readonly tolerance: number
}

async function measure(task: EngineTask): Promise<EngineResult> {
  const { stdout } = await run(process.execPath, [PROCESS, JSON.stringify(task)])
  return JSON.parse(stdout) as EngineResult
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number

/** Both executors on one model, by turns. */
async function compare({ paths, input, shape, values, tolerance }: Model, numThreads: number) {
  const results = { engine: [] as EngineResult[], onnxruntime: [] as EngineResult[] }
  for (let round = 0; round < ROUNDS; round++)
    for (const executor of ['engine', 'onnxruntime'] as const)
      results[executor].push(
        await measure({ path: paths[executor], input, shape, executor, numThreads, ...(values && { values }) }),
      )
  const [ours, theirs] = [results.engine[0]?.outputSum ?? Number.NaN, results.onnxruntime[0]?.outputSum ?? Number.NaN]
  if (!(Math.abs(ours - theirs) <= tolerance * Math.max(1, Math.abs(theirs))))
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

/** Times with one thread and two, memory, and what the second thread brings. `peak`: multiply-adds a second of one thread. */
export async function measureModel(model: Model, peak: number): Promise<Figure[]> {
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
