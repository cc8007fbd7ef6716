import { readFileSync } from 'node:fs'
import { PortableExecutor, PortableKernels } from 'opml/engine'
import { ceilLog2, merkleRoot } from 'opml/core'
import { CONSTANT_HEIGHT, parseProgram, programModel } from 'opml/graph'
import { OPERATOR_TABLE } from 'opml/ops'
import { guestRoots, loadGuestImage, type NodeRun, nodeTracedRun, ProgramClaim, type ProgramRun } from 'opml/trace'
import { MachineTrace, type MachineStart, Translator } from 'opml/vm'
import type { Bench, Figure } from './figure.ts'

/** Nodes of the chains that are measured. */
const NODE_COUNTS = [4, 16, 64, 256]
/** Terms of each node's sum: what decides how many instructions a node takes. */
const TERM_COUNTS = [8, 48, 288]

/** What one party has to hash to defend its claim about one model. */
export interface PhasesPoint {
  readonly nodes: number
  /** Instructions of one node. */
  readonly instructions: number
  /** A state after every instruction of every node, in one tree. */
  readonly onePhase: { readonly leaves: number; readonly seconds: number }
  /** The outputs' blocks of the whole run, then a state after every instruction of the node in dispute. */
  readonly multiPhase: { readonly leaves: number; readonly seconds: number }
}

const guest = loadGuestImage(new Uint8Array(readFileSync('guest/images/program1.elf')))
const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
const createMachine = (start: MachineStart): Translator => new Translator(start)

/** A chain of `nodes` sums of `terms` products, each from the one before. */
function chain(nodes: number, terms: number): string {
  const body = Array.from({ length: nodes }, (_, i) => {
    const a = i === 0 ? '$0' : `%${i - 1}`
    return `  %${i} = MatMul f32[1] a=${a}:f32 view(0) b=@0:f32 view(0) {k=${terms}, strideA=0, strideB=1}`
  })
  return [
    'program 1',
    `constant @0 "weights" f32[${terms}]`,
    'input $0 "x" f32[1]',
    'section 0 steps 1 {',
    ...body,
    '}',
    `output "y" f32[1] = section 0 %${nodes - 1}`,
    '',
  ].join('\n')
}

/** The graph level of a claim about a chain. */
function claimOf(nodes: number, terms: number): ProgramClaim {
  const program = parseProgram(chain(nodes, terms))
  const constants = [
    new Uint8Array(Float32Array.from({ length: terms }, (_, i) => (i % 2 === 0 ? 3 : -1) / terms).buffer),
  ]
  const inputs = [new Uint8Array(Float32Array.of(0.75).buffer)]
  const constantRoots = constants.map((bytes) => merkleRoot(bytes, CONSTANT_HEIGHT))
  const heights = { stepHeight: 0, nodeHeight: ceilLog2(nodes), blockHeight: 0, coarseHeight: 12, fineHeight: 12 }
  const model = programModel(program, { operators: OPERATOR_TABLE, constantRoots, guest: guestRoots(guest), heights })
  const run: ProgramRun = async (tap) => {
    executor.run(program, { constants, inputs, tap })
  }
  return new ProgramClaim({ program, operators: OPERATOR_TABLE, model, constants, constantRoots, inputs, run })
}

/** The run of the guest that computes node `node`. */
async function nodeRun(claim: ProgramClaim, node: number): Promise<NodeRun> {
  const { judgement } = await claim.judge(BigInt(node))
  if (judgement.kind !== 'machine') throw new Error(`A rule decides node ${node}.`)
  return judgement.run
}

/** A tree over the state after every instruction of one node. */
function traceNode(run: NodeRun): number {
  // One stride holds the whole run, so its fine tree has every instruction.
  const trace = new MachineTrace({ run: nodeTracedRun(guest, run), coarseHeight: 1, fineHeight: 20, createMachine })
  trace.fineTree(0).root()
  return trace.numSteps()
}

/** Seconds of the faster of two tries, and what they came to. */
async function fastest<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly seconds: number }> {
  const tries = []
  for (let i = 0; i < 2; i++) {
    const start = performance.now()
    const result = await work()
    tries.push({ result, seconds: (performance.now() - start) / 1000 })
  }
  return tries[0].seconds < tries[1].seconds ? tries[0] : tries[1]
}

async function measure(nodes: number, terms: number): Promise<PhasesPoint> {
  const runs: NodeRun[] = []
  const preparing = claimOf(nodes, terms)
  for (let node = 0; node < nodes; node++) runs.push(await nodeRun(preparing, node))
  const onePhase = await fastest(async () => runs.map(traceNode).reduce((sum, steps) => sum + steps, 0))
  const multiPhase = await fastest(async () => {
    const claim = claimOf(nodes, terms)
    await claim.trace.root()
    return traceNode(await nodeRun(claim, Math.floor(nodes / 2)))
  })
  const instructions = multiPhase.result
  return {
    nodes,
    instructions,
    onePhase: { leaves: onePhase.result, seconds: onePhase.seconds },
    multiPhase: { leaves: nodes + instructions, seconds: multiPhase.seconds },
  }
}

/** Every point of the table, in the order of its rows. */
export async function measurePhases(): Promise<PhasesPoint[]> {
  await measure(2, TERM_COUNTS[0])
  const points: PhasesPoint[] = []
  for (const terms of TERM_COUNTS) for (const nodes of NODE_COUNTS) points.push(await measure(nodes, terms))
  return points
}

async function run(): Promise<Figure[]> {
  const points = await measurePhases()
  return points.flatMap(({ nodes, instructions, onePhase, multiPhase }) => {
    const what = `${nodes} nodes of ${instructions} instructions`
    const peer = 'one phase'
    return [
      {
        name: `${what}: leaves`,
        value: multiPhase.leaves,
        unit: '',
        peer,
        peerValue: onePhase.leaves,
        ratio: onePhase.leaves / multiPhase.leaves,
      },
      {
        name: `${what}: time to commit`,
        value: multiPhase.seconds,
        unit: 's',
        peer,
        peerValue: onePhase.seconds,
        ratio: onePhase.seconds / multiPhase.seconds,
      },
    ]
  })
}

/** What the phases are for. */
export const phases: Bench = {
  name: 'phases',
  about: 'trees and times of the one-phase and the multi-phase game, for growing numbers of nodes and instructions',
  run,
}
