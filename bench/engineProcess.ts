import { readFileSync, statSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { readBundleFolder } from '@opml/node/bundleFolder'
import { seededRandom } from 'opml/core'
import { Engine, ENGINE_WORKER_URL, PortableExecutor, PortableKernels } from 'opml/engine'
import type { Node, Program } from 'opml/graph'
import { importOnnx, type QualityReport, quantiseValues, type QuantisedType, realValues } from 'opml/importers'
import { OPERATOR_TABLE } from 'opml/ops'
import { onnxruntime } from '#peers/installPeers.js'

/** What one process measures: a model, its only input, the executor and its threads. */
export interface EngineTask {
  /** An ONNX file, or the folder of a bundle in integers for the engine. */
  readonly path: string
  readonly input: string
  readonly shape: readonly number[]
  /** A file of the input's f32 values; seeded noise unless given. */
  readonly values?: string
  readonly executor: 'engine' | 'onnxruntime'
  readonly numThreads: number
}

/** Its answer: milliseconds of the median run, bytes of resident memory afterwards, the sum of the first output for a rough check. */
export interface EngineResult {
  readonly medianMs: number
  readonly residentBytes: number
  readonly outputSum: number
  /** Multiply-adds of the products and convolutions of a run; of the engine only. */
  readonly macs: number
}

const WARM_UP_MS = 300
const MEASURE_MS = 1200
const MIN_RUNS = 9

interface Runner {
  readonly macs: number
  run(): Promise<Float32Array>
}

function inputValues({ shape, values }: EngineTask): Float32Array {
  if (values !== undefined) return new Float32Array(Uint8Array.from(readFileSync(values)).buffer)
  const random = seededRandom(7)
  return Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.below(2 ** 24) / 2 ** 23 - 1)
}

function createWorker() {
  const worker = new Worker(ENGINE_WORKER_URL)
  worker.unref()
  return { post: (message: unknown) => worker.postMessage(message), stop: () => void worker.terminate() }
}

/** A program with its constants, and how real numbers come in and go out. */
interface Model {
  readonly program: Program
  readonly constants: readonly Uint8Array[]
  readonly input: (values: Float32Array) => Uint8Array
  readonly output: (bytes: Uint8Array) => Float32Array
}

function importedModel(task: EngineTask): Model {
  const portable = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
  const { program, constants } = importOnnx(new Uint8Array(readFileSync(task.path)), {
    file: task.path,
    shapes: new Map([[task.input, task.shape]]),
    evaluate: (node, operands) => portable.node(node, operands),
  })
  return {
    program,
    constants: constants.map(({ bytes }) => bytes),
    input: (values) => new Uint8Array(values.buffer),
    output: (bytes) => new Float32Array(bytes.buffer),
  }
}

/** A bundle that `opml quantise` wrote: an input of 8 or 16 bits, a result of 16. */
async function integerModel(folder: string): Promise<Model> {
  const { program, constants, quality } = await readBundleFolder(folder)
  const { inputs, outputs } = JSON.parse(quality as string) as QualityReport
  const [input, output] = [inputs[0], outputs[0]] as [QuantisedType, QuantisedType]
  return {
    program,
    constants,
    input: (values) => quantiseValues(values, input),
    output: (bytes) => realValues(bytes, output),
  }
}

async function startEngine(task: EngineTask): Promise<Runner> {
  const isBundle = statSync(task.path).isDirectory()
  const { program, constants, input, output } = isBundle ? await integerModel(task.path) : importedModel(task)
  const engine = Engine.create({ operators: OPERATOR_TABLE, numThreads: task.numThreads, createWorker })
  const loaded = engine.load(program, constants)
  const values = input(inputValues(task))
  return {
    macs: program.sections.flatMap(({ nodes }) => nodes).reduce((sum, node) => sum + nodeMacs(node), 0),
    run: async () => {
      const [result] = await loaded.run([values])
      return output(result as Uint8Array)
    },
  }
}

function nodeMacs({ op, shape, attributes, operands }: Node): number {
  const elements = shape.reduce((a, b) => a * b, 1)
  if (op === 'MatMul' || op === 'MatMulInteger') return elements * (attributes['k'] as number)
  const layout = operands[1]?.layout
  if (!op.startsWith('Conv') || layout?.kind !== 'dense') return 0
  const dims = op === 'ConvTranspose' ? [layout.dims[0] as number, ...layout.dims.slice(2)] : layout.dims.slice(1)
  const perElement = dims.reduce((a, b) => a * b, 1)
  if (op !== 'ConvTranspose') return elements * perElement
  const strides = ['strideD', 'strideH', 'strideW'].map((name) => attributes[name] as number)
  return (elements * perElement) / strides.reduce((a, b) => a * b, shape[1] as number)
}

async function startOnnxruntime(task: EngineTask): Promise<Runner> {
  const { InferenceSession, Tensor } = await onnxruntime()
  const options = { intraOpNumThreads: task.numThreads, interOpNumThreads: 1, graphOptimizationLevel: 'all' }
  const session = await InferenceSession.create(task.path, options)
  const feeds = { [task.input]: new Tensor('float32', inputValues(task), task.shape) }
  const name = session.outputNames[0] as string
  return { macs: 0, run: async () => (await session.run(feeds))[name]?.data as Float32Array }
}

async function measure(task: EngineTask): Promise<EngineResult> {
  const runner = task.executor === 'engine' ? await startEngine(task) : await startOnnxruntime(task)
  const output = await runner.run()
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; ) await runner.run()
  const times: number[] = []
  for (const end = performance.now() + MEASURE_MS; performance.now() < end || times.length < MIN_RUNS; ) {
    const start = performance.now()
    await runner.run()
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  return {
    medianMs: times[times.length >> 1] as number,
    residentBytes: process.memoryUsage().rss,
    outputSum: output.reduce((sum, value) => sum + value, 0),
    macs: runner.macs,
  }
}

// SAFETY: bench/engine.ts starts this process with a task of this form.
const result = await measure(JSON.parse(process.argv[2] as string) as EngineTask)
process.stdout.write(JSON.stringify(result))
process.exit(0)
