import { Worker } from 'node:worker_threads'
import { Engine, ENGINE_WORKER_URL, type EngineWorker } from 'opml/engine'
import { OPERATOR_TABLE } from 'opml/ops'

/** A worker thread of Node as the engine wants it. */
function createWorker(): EngineWorker {
  const worker = new Worker(ENGINE_WORKER_URL)
  worker.unref()
  return { post: (message) => worker.postMessage(message), stop: () => void worker.terminate() }
}

/** An engine over the operators of this repository, whose workers help with the smallest program. */
export function testEngine(numThreads: number, { compilesStrips = true } = {}): Engine {
  return Engine.create({ operators: OPERATOR_TABLE, numThreads, createWorker, compilesStrips, minSharedCost: 0 })
}
