import { bytesEqual } from 'opml/core'
import { Engine, ENGINE_WORKER_URL, PortableKernels } from 'opml/engine'
import { encodeDescriptor } from 'opml/graph'
import { OPERATOR_TABLE, OPERATORS, type Operator } from 'opml/ops'
import { programOfSamples } from '../differential/samples/programOfSamples.ts'
import { drawSamples, referenceBytes } from '../differential/samples/reference.ts'
import type { Sample } from '../differential/samples/sample.ts'
import { SAMPLERS } from '../differential/samples/samplers.ts'
import { referenceHashes } from './both/referenceHashes.ts'
import { inNode, readFile } from './page/host.ts'
import { afterAll, describe, expect, test } from './page/testApi.ts'

const SAMPLES_EACH = 200
const BLOCK_BYTES = 128

/** A sample with what the reference gives for it, in whole blocks, one at least. */
interface Case {
  readonly sample: Sample
  readonly expected: Uint8Array
}

/** What runs nodes in a page: outputs of the cases of one operator, as long as `expected`. */
type Execute = (cases: readonly Case[], operator: Operator) => Promise<Uint8Array[]>

const kernels = new PortableKernels()

/** An engine whose workers are web workers; the page's own thread must not sleep. */
function engineWith(numThreads: number): Engine {
  const createWorker = () => {
    const worker = new Worker(ENGINE_WORKER_URL, { type: 'module' })
    return { post: (message: unknown) => worker.postMessage(message), stop: () => worker.terminate() }
  }
  return Engine.create({ operators: OPERATOR_TABLE, numThreads, createWorker, canBlock: false })
}

const engines = [1, 2].map(engineWith)
afterAll(() => engines.forEach((engine) => engine.close()))

/** All cases as one program, every second operand a constant; outputs padded to the blocks that the reference has. */
const inEngine =
  (engine: Engine | undefined): Execute =>
  async (cases) => {
    const samples = cases.map(({ sample }) => sample)
    const { program, inputs, constants } = programOfSamples(
      samples,
      ({ sample, place }) => ((sample >> place) & 1) === 0,
    )
    const loaded = (engine as Engine).load(program, constants)
    const outputs = await loaded.run(inputs)
    loaded.close()
    return outputs.map((output, i) => {
      const padded = new Uint8Array(cases[i]?.expected.length ?? 0)
      padded.set(output)
      return padded
    })
  }

/** Every executor is held against the reference by the same samples; a new one is a line here. */
const EXECUTORS: Readonly<Record<string, Execute>> = {
  'the portable kernels': async (cases, operator) =>
    cases.map(({ sample, expected }) => {
      const range = { first: 0, count: expected.length / BLOCK_BYTES }
      return kernels.blocks(encodeDescriptor(sample.node, operator), sample.operands, range)
    }),
  'the engine with 1 thread': inEngine(engines[0]),
  'the engine with 2 threads': inEngine(engines[1]),
}

test('default: there are samples of every operator', () => {
  expect(Object.keys(SAMPLERS).sort()).toEqual(OPERATORS.map(({ name }) => name).sort())
})

test('default: the page can have threads', () => {
  expect(engines.map(({ numThreads }) => numThreads)).toEqual([1, 2])
})

test('differential: the references give the bits that they give in Node', async () => {
  expect(await referenceHashes(readFile, SAMPLES_EACH)).toEqual(await inNode(referenceHashes, SAMPLES_EACH))
})

describe.each(Object.entries(EXECUTORS))('%s', (_, execute) => {
  test.each(Object.entries(SAMPLERS))('differential: %s has the bits of the reference', async (name, sampler) => {
    const operator = OPERATOR_TABLE.named(name) as Operator
    const { samples } = drawSamples(sampler, SAMPLES_EACH)
    const cases = samples.map((sample) => ({ sample, expected: referenceBytes(sample, operator) }))
    const outputs = await execute(cases, operator)
    expect(outputs.length).toBe(SAMPLES_EACH)
    cases.forEach(({ sample, expected }, i) => {
      const actual = outputs[i] as Uint8Array
      if (!bytesEqual(actual, expected)) expect(actual, JSON.stringify(sample.node)).toEqual(expected)
    })
  })
})
