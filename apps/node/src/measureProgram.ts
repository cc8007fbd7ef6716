import { BLOCK_BYTES, merkleRoot } from 'opml/core'
import { tensorBytes } from 'opml/graph'
import type { Program } from 'opml/graph'
import { OPERATOR_TABLE } from 'opml/ops'
import { runNode } from 'opml/trace'
import { createMachine } from './machineTrace.ts'
import type { KnownProgramModel } from './modelLibrary.ts'
import { ProgramRuns } from './programRuns.ts'
import { programTraceOf } from './workbench.ts'

/** What an honest party's work on this machine takes. Times in seconds, each the shortest of a few. */
export interface MeasuredWork {
  /** The run alone: what a server and a verifier do for a task that nobody disputes. */
  readonly runSeconds: number
  /** The result's hash after it. */
  readonly resultSeconds: number
  /** Run and root of the whole history. */
  readonly traceSeconds: number
  /** Bytes of all outputs of the run, which the history commits to. */
  readonly committedBytes: number
  /** What one thread would hash them in, by a tree of 4 MiB. */
  readonly hashSeconds: number
  /** The first block of the node that is dearest by its operator's bound. */
  readonly dearestBlock: {
    readonly node: number
    readonly operator: string
    /** The bound, over all blocks of all nodes. */
    readonly maxSteps: number
    /** Of that block. */
    readonly steps: number
    readonly seconds: number
    /** With all states hashed, as in a dispute. */
    readonly traceSeconds: number
  }
}

const NUM_TRIES = 3
const HASHED_BYTES = 2 ** 22

/** Runs a program a few times and looks at the clock (milliseconds). */
export async function measureProgram(
  known: KnownProgramModel,
  p: { inputs: readonly Uint8Array[]; nowMs: () => number; signal?: AbortSignal },
): Promise<MeasuredWork> {
  const runs = new ProgramRuns()
  const { inputs, nowMs, signal } = p
  const time = async (work: () => unknown): Promise<number> => {
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < NUM_TRIES; i++) {
      const start = nowMs()
      await work()
      best = Math.min(best, (nowMs() - start) / 1000)
      signal?.throwIfAborted()
    }
    return best
  }
  try {
    const outputs = await runs.outputs(known, inputs, signal)
    const traceOf = () => programTraceOf(known, { inputs, run: runs.traced(known, inputs, signal) })
    let committedBytes = 0
    await runs.tapped(
      known,
      inputs,
      signal,
    )(({ bytes }) => {
      committedBytes += bytes.length
    })
    const zeros = new Uint8Array(HASHED_BYTES)
    const hashed = await time(() => merkleRoot(zeros, Math.log2(HASHED_BYTES / BLOCK_BYTES)))
    return {
      runSeconds: await time(() => runs.outputs(known, inputs, signal)),
      resultSeconds: await time(() => outputs.map((bytes) => merkleRoot(bytes, known.model.blockHeight))),
      traceSeconds: await time(() => traceOf().root()),
      committedBytes,
      hashSeconds: (hashed * committedBytes) / HASHED_BYTES,
      dearestBlock: await measureBlock(known, { trace: traceOf(), time }),
    }
  } finally {
    runs.close()
  }
}

async function measureBlock(
  { program, model, guest }: KnownProgramModel,
  p: { trace: ReturnType<typeof programTraceOf>; time: (work: () => unknown) => Promise<number> },
): Promise<MeasuredWork['dearestBlock']> {
  const { position, node, number, operator, maxSteps } = dearestNode(program)
  const index = p.trace.claim.trace.index({ position, node, block: 0 })
  const { judgement } = await p.trace.claim.judge(index)
  if (judgement.kind !== 'machine') throw new RangeError(`A rule tells block 0 of node ${number}.`)
  const options = { createMachine, maxSteps: 2 ** (model.coarseHeight + model.fineHeight) }
  const { steps } = runNode(guest, judgement.run, options)
  return {
    node: number,
    operator,
    maxSteps,
    steps,
    seconds: await p.time(() => runNode(guest, judgement.run, options)),
    traceSeconds: await p.time(async () => (await p.trace.inner(index))?.root()),
  }
}

/** The node whose blocks cost most, at the first position of its section. INVARIANT: a verified program has nodes. */
function dearestNode(program: Program) {
  let [position, number] = [0, 0]
  let dearest = { position: 0, node: 0, number: 0, operator: '', maxSteps: 0 }
  for (const { nodes, steps } of program.sections) {
    for (const [index, node] of nodes.entries()) {
      const costSteps = OPERATOR_TABLE.named(node.op)?.costSteps(node) ?? 0
      const hasBlocks = tensorBytes(node.shape, node.dtype) > 0
      if (hasBlocks && costSteps > dearest.maxSteps)
        dearest = { position, node: index, number, operator: node.op, maxSteps: costSteps }
      number++
    }
    position += steps
  }
  return dearest
}
