import { Worker } from 'node:worker_threads'
import { Engine, ENGINE_WORKER_URL, type EngineWorker } from '../../packages/opml/src/engine/index.ts'
import type { Node, Operands } from '../../packages/opml/src/graph/node.ts'
import type { Program, TensorType } from '../../packages/opml/src/graph/program.ts'
import { OPERATOR_TABLE } from '../../packages/opml/src/ops/index.ts'
import type { Sample } from './samples/sample.ts'

/** A worker thread of Node as the engine wants it. */
function createWorker(): EngineWorker {
  const worker = new Worker(ENGINE_WORKER_URL)
  worker.unref()
  return { post: (message) => worker.postMessage(message), stop: () => void worker.terminate() }
}

/** An engine over the operators of this repository. */
export function testEngine(numThreads: number): Engine {
  return Engine.create({ operators: OPERATOR_TABLE, numThreads, createWorker })
}

/** One program of all samples, each operand an input of its own or, where `isConstant` says so, a constant. */
export function programOfSamples(
  samples: readonly Sample[],
  isConstant: (p: { sample: number; place: number }) => boolean,
): { program: Program; inputs: Uint8Array[]; constants: Uint8Array[] } {
  const [inputTypes, constantTypes]: [TensorType[], TensorType[]] = [[], []]
  const [inputs, constants]: [Uint8Array[], Uint8Array[]] = [[], []]
  const nodes = samples.map(({ node, operands }, sample): Node => {
    const placed = node.operands.map((operand, place) => {
      const bytes = operands[place]
      if (operand === undefined || bytes === undefined) return undefined
      const kind = isConstant({ sample, place }) ? 'constant' : 'input'
      const [types, data] = kind === 'constant' ? [constantTypes, constants] : [inputTypes, inputs]
      types.push({ name: `${kind}${types.length}`, dtype: 'u8', shape: [bytes.length] })
      data.push(bytes)
      return { ...operand, ref: { kind, index: data.length - 1 } as const }
    })
    return { ...node, operands: placed as unknown as Operands }
  })
  const outputs = nodes.map(({ dtype, shape }, node) => ({ name: `${node}`, section: 0, node, dtype, shape }))
  return {
    program: { sections: [{ nodes, steps: 1 }], constants: constantTypes, inputs: inputTypes, outputs },
    inputs,
    constants,
  }
}
