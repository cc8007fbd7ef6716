import { Worker } from 'node:worker_threads'
import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { bytesToHex } from '../../packages/opml/src/core/bytes.ts'
import { Engine } from '../../packages/opml/src/engine/engine.ts'
import { ENGINE_WORKER_URL, type EngineWorker } from '../../packages/opml/src/engine/engineWorkers.ts'
import { PortableExecutor } from '../../packages/opml/src/engine/portableExecutor.ts'
import { PortableKernels } from '../../packages/opml/src/engine/portableKernels.ts'
import type { OutputPlace } from '../../packages/opml/src/graph/programWalk.ts'
import { OPERATOR_TABLE } from '../../packages/opml/src/ops/index.ts'
import { EngineRun } from '../../packages/opml/src/trace/engineRun.ts'
import { loadGuestImage } from '../../packages/opml/src/trace/guestImage.ts'
import { ProgramClaim } from '../../packages/opml/src/trace/programClaim.ts'
import { exampleClaim } from '../../packages/opml/src/trace/programClaimExample.ts'
import { type ReplayableRun, TappedRun } from '../../packages/opml/src/trace/programRun.ts'

const guest = loadGuestImage(readFileSync('guest/images/program1.elf'))
const example = exampleClaim({ operators: OPERATOR_TABLE, guest })
const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
const portable = new TappedRun(async (tap) => {
  executor.run(example.program, { ...example, tap })
})
const NUM_LEAVES = 2n ** 8n

function createWorker(): EngineWorker {
  const worker = new Worker(ENGINE_WORKER_URL)
  worker.unref()
  return { post: (message) => worker.postMessage(message), stop: () => void worker.terminate() }
}

/** Counts what is asked of a run. */
class CountedRun implements ReplayableRun {
  numRuns = 0
  readonly asked: (readonly OutputPlace[])[] = []
  readonly #run: ReplayableRun

  constructor(run: ReplayableRun) {
    this.#run = run
  }

  async roots(...args: Parameters<ReplayableRun['roots']>) {
    this.numRuns++
    await this.#run.roots(...args)
  }

  async outputs(places: readonly OutputPlace[]) {
    this.asked.push(places)
    return await this.#run.outputs(places)
  }
}

/** Every node of a claim's tree and the judgement of every leaf, as text. */
async function everything(claim: ProgramClaim): Promise<string[]> {
  const texts: string[] = []
  for (let height = 0; height <= claim.trace.height; height++)
    for (let index = 0n; index < NUM_LEAVES >> BigInt(height); index++)
      texts.push(`${height} ${index} ${bytesToHex(await claim.trace.node({ height, index }))}`)
  for (let index = 0n; index < NUM_LEAVES; index++) {
    const { evidence, judgement } = await claim.judge(index)
    const run = judgement.kind === 'rule' ? '' : judgement.run.operands.map((bytes) => bytes && bytesToHex(bytes))
    texts.push(`${index} ${bytesToHex(evidence)} ${run}`)
  }
  return texts
}

const expected = await everything(new ProgramClaim({ ...example, run: portable }))

describe.each([1, 2])('EngineRun, %i threads', (numThreads) => {
  const engine = Engine.create({ operators: OPERATOR_TABLE, numThreads, createWorker })
  afterAll(() => engine.close())
  const loaded = engine.load(example.program, example.constants)
  const { inputs } = example

  test('differential: tree, evidence and operands are those of the portable executor, whatever is kept', async () => {
    for (const maxStateBytes of [0, 700, 2 ** 26])
      for (const maxKeptBytes of [0, 500, 2 ** 27]) {
        const run = new EngineRun({ loaded, inputs, maxStateBytes })
        expect(await everything(new ProgramClaim({ ...example, run, maxKeptBytes }))).toEqual(expected)
      }
  })

  test('default: a descent to any leaf, its judgement and its operands take one run up to it', async () => {
    for (let index = 0n; index < NUM_LEAVES; index++) {
      const run = new CountedRun(new EngineRun({ loaded, inputs }))
      const claim = new ProgramClaim({ ...example, run })
      await claim.result()
      for (let height = claim.trace.height; height > 0; height -= 2)
        await claim.trace.descendants({ height, index: index >> BigInt(height) }, 2)
      await claim.trace.siblings({ height: 0, index })
      await claim.judge(index)
      await claim.judge(index)
      expect(run.numRuns).toBe(1)
      expect(run.asked.length, `leaf ${index}`).toBeLessThanOrEqual(1)
      const { position } = claim.trace.place(index)
      for (const place of run.asked.flat()) expect(place.position).toBeLessThanOrEqual(position)
    }
  })

  test('error: a run that is stopped is made again at the next question', async () => {
    const controller = new AbortController()
    const stopped = new EngineRun({ loaded, inputs, signal: controller.signal })
    const whole = new EngineRun({ loaded, inputs })
    let isStopped = true
    const claim = new ProgramClaim({
      ...example,
      run: {
        roots: (...args) => (isStopped ? stopped : whole).roots(...args),
        outputs: (places) => (isStopped ? stopped : whole).outputs(places),
      },
    })
    controller.abort('enough')
    await expect(claim.trace.root()).rejects.toMatchObject({ code: 'ENGINE_CANCELLED' })
    isStopped = false
    await claim.trace.prepare()
    isStopped = true
    await expect(claim.trace.outputBytes(1, 0)).rejects.toMatchObject({ code: 'ENGINE_CANCELLED' })
    isStopped = false
    expect(await everything(claim)).toEqual(expected)
  })

  test('error: two runs that differ are found', async () => {
    const run: ReplayableRun = {
      roots: (...args) => portable.roots(...args),
      outputs: async (places) => (await portable.outputs(places)).map((bytes) => bytes.map((byte) => byte ^ 1)),
    }
    const claim = new ProgramClaim({ ...example, run })
    await expect(claim.trace.outputBytes(1, 0)).rejects.toThrow('Two runs of one program differ at position 1, node 0.')
  })
})
