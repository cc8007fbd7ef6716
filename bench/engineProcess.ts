import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { seededRandom } from 'opml/core'
import { Engine, ENGINE_WORKER_URL, PortableExecutor, PortableKernels } from 'opml/engine'
import { importOnnx } from 'opml/importers'
import { OPERATOR_TABLE } from 'opml/ops'
import { onnxruntime } from '#peers/installPeers.js'

/** What one process measures: a model file, its only input, the executor and its threads. */
export interface EngineTask {
  readonly path: string
  readonly input: string
  readonly shape: readonly number[]
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

function inputValues(shape: readonly number[]): Float32Array {
  const random = seededRandom(7)
  return Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.below(2 ** 24) / 2 ** 23 - 1)
}

function createWorker() {
  const worker = new Worker(ENGINE_WORKER_URL)
  worker.unref()
  return { post: (message: unknown) => worker.postMessage(message), stop: () => void worker.terminate() }
}

function startEngine(task: EngineTask): Runner {
  const portable = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
  const { program, constants } = importOnnx(new Uint8Array(readFileSync(task.path)), {
    file: task.path,
    shapes: new Map([[task.input, task.shape]]),
    evaluate: (node, operands) => portable.node(node, operands),
  })
  const engine = Engine.create({ operators: OPERATOR_TABLE, numThreads: task.numThreads, createWorker })
  const loaded = engine.load(
    program,
    constants.map(({ bytes }) => bytes),
  )
  const input = new Uint8Array(inputValues(task.shape).buffer)
  return {
    macs: program.sections.flatMap(({ nodes }) => nodes).reduce((sum, node) => sum + nodeMacs(node), 0),
    run: async () => {
      const [output] = await loaded.run([input])
      return new Float32Array((output as Uint8Array).buffer)
    },
  }
}

type Node = ReturnType<typeof importOnnx>['program']['sections'][number]['nodes'][number]

function nodeMacs({ op, shape, attributes, operands }: Node): number {
  const elements = shape.reduce((a, b) => a * b, 1)
  if (op === 'MatMul') return elements * (attributes['k'] as number)
  const layout = operands[1]?.layout
  if (!op.startsWith('Conv') || layout?.kind !== 'dense') return 0
  const dims = op === 'ConvTranspose' ? [layout.dims[0] as number, ...layout.dims.slice(2)] : layout.dims.slice(1)
  const perElement = dims.reduce((a, b) => a * b, 1)
  if (op === 'Conv') return elements * perElement
  const strides = ['strideD', 'strideH', 'strideW'].map((name) => attributes[name] as number)
  return (elements * perElement) / strides.reduce((a, b) => a * b, shape[1] as number)
}

async function startOnnxruntime(task: EngineTask): Promise<Runner> {
  const { InferenceSession, Tensor } = await onnxruntime()
  const options = { intraOpNumThreads: task.numThreads, interOpNumThreads: 1, graphOptimizationLevel: 'all' }
  const session = await InferenceSession.create(task.path, options)
  const feeds = { [task.input]: new Tensor('float32', inputValues(task.shape), task.shape) }
  const name = session.outputNames[0] as string
  return { macs: 0, run: async () => (await session.run(feeds))[name]?.data as Float32Array }
}

async function measure(task: EngineTask): Promise<EngineResult> {
  const runner = task.executor === 'engine' ? startEngine(task) : await startOnnxruntime(task)
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
