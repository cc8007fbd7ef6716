import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { ENGINE_WORKER_URL, Engine, type EngineWorker } from 'opml/engine'
import { OPERATOR_TABLE } from 'opml/ops'

/** The engine with its threads; they do not keep the process alive. `numThreads`: the processor's, unless given. */
export function createEngine(numThreads: number = availableParallelism()): Engine {
  return Engine.create({ operators: OPERATOR_TABLE, numThreads, createWorker })
}

function createWorker(): EngineWorker {
  const worker = new Worker(ENGINE_WORKER_URL)
  worker.unref()
  return { post: (message) => worker.postMessage(message), stop: () => void worker.terminate() }
}
