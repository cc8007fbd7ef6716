import { BLOCK_BYTES } from 'opml/core'
import type { SeededRandom } from 'opml/core'
import type { TraceProvider } from 'opml/dispute'
import { tensorBytes } from 'opml/graph'
import type { OperandRef, Operands, Program, TappedOutput, TensorType } from 'opml/graph'
import type { ProgramRun, ProgramTraceProvider, ReplayableRun } from 'opml/trace'
import { pickBytes, pickInt, pickOne } from '../../differential/samples/sample.ts'
import { type BlockPlace, History } from './history.ts'
import { KeptTrace } from './keptTrace.ts'
import { machineRuns } from './machineLies.ts'
import type { MachineLie } from './machineLies.ts'
import { OverlaidTrace } from './overlaidTrace.ts'
import type { ProgramWorld } from './programWorld.ts'

/** What is wrong in a liar's history of a program. */
export const FAULTS = [
  /** A bit of a constant. */
  'weight',
  /** A bit of an output of one node at one step; all that follows is computed from it. */
  'block',
  /** The same, and nothing follows from it: the history goes on as the right one. */
  'shown',
  /** A node reads something else in the place of an operand. */
  'operand',
  /** Garbage behind the end of an output, inside its last block. */
  'tail',
  /** Garbage in a block behind the last one of an output. */
  'behind',
  /** A section stops before its halt. */
  'haltEarly',
  /** A section goes on after its halt. */
  'haltLate',
  /** After the halt a block is another than that of the step before. */
  'repeat',
  /** A block of a node, or of a step, that the program does not have. */
  'padding',
  /** Nothing: what lies below may be. */
  'none',
] as const

/** A value of {@link FAULTS}. */
export type Fault = (typeof FAULTS)[number]

/** A liar's history. */
export interface ProgramLie {
  /** The fault that is in it: the one that was asked for, if the program has a place for it. */
  readonly fault: Fault
  readonly trace: KeptTrace
  /** The first leaf at which it is not the right history; null if there is none. */
  readonly leaf: number | null
  /** What tells the truth at that leaf. */
  readonly decidedBy: 'rule' | 'machine' | null
  /** Runs of the machine with the number of the first false state, from 1, of those that stay false from there on. */
  readonly falseSteps: ReadonlyMap<TraceProvider, number>
}

/** Places that are drawn for a fault before the program counts as having none. */
const MAX_DRAWS = 6

/** A history with `fault`, or with a wrong block where the program has no place for that fault. */
export async function programLie(
  world: ProgramWorld,
  p: { fault: Fault; machine: MachineLie; random: SeededRandom },
): Promise<ProgramLie> {
  const { machine, random } = p
  let wanted: GraphLie | null = null
  for (let draw = 0; draw < MAX_DRAWS && wanted === null; draw++) wanted = await graphLie(p.fault, { world, random })
  const { leaf, decidedBy, ...made } = wanted ?? (await blockLie({ world, random }))
  const falseSteps = new Map<TraceProvider, number>()
  const innerOf = machineRuns(world, { ...made, machine, seed: random.below(2 ** 30), falseSteps })
  const trace = new KeptTrace(made.trace, innerOf)
  return { fault: wanted === null ? 'block' : p.fault, trace, leaf, decidedBy, falseSteps }
}

/** A false history, its run of the machine not yet chosen. */
interface GraphLie extends Pick<ProgramLie, 'leaf' | 'decidedBy'> {
  readonly trace: TraceProvider
  /** The history whose blocks and operands a run of the machine is about. */
  readonly history: ProgramTraceProvider
}

interface Draw {
  readonly world: ProgramWorld
  readonly random: SeededRandom
}

/** Null where the program has no place for the fault, or the one that was drawn changes nothing. */
async function graphLie(fault: Fault, draw: Draw): Promise<GraphLie | null> {
  switch (fault) {
    case 'weight':
      return weightLie(draw)
    case 'block':
      return await blockLie(draw)
    case 'shown':
      return shownLie(draw)
    case 'operand':
      return operandLie(draw)
    case 'tail':
    case 'behind':
      return garbageLie(fault, draw)
    case 'haltEarly':
    case 'haltLate':
      return await haltLie(fault, draw)
    case 'repeat':
      return await overlaidLie(repeatedPlace(draw), draw)
    case 'padding':
      return await overlaidLie(paddingPlace(draw), draw)
    case 'none':
      return { ...historyOf(draw.world, draw.world.engineRun()), leaf: null, decidedBy: null }
  }
}

function historyOf(world: ProgramWorld, run: ProgramRun | ReplayableRun): Pick<GraphLie, 'trace' | 'history'> {
  const history = world.traceOf(run)
  return { trace: history, history }
}

/** A lie whose outputs the portable kernels made too, under the same change. */
function plainLie(
  world: ProgramWorld,
  changed: { program?: Program; constants?: readonly Uint8Array[] },
): GraphLie | null {
  const leaf = world.history().firstDifference(world.historyOf(changed))
  if (leaf === null) return null
  return { ...historyOf(world, world.engineRun(changed)), leaf, decidedBy: 'machine' }
}

function weightLie({ world, random }: Draw): GraphLie | null {
  const { constants } = world.made
  const index = random.below(Math.max(1, constants.length))
  if (constants.length === 0 || constants[index].length === 0) return null
  const changed = constants[index].slice()
  flipBit(random, changed)
  return plainLie(world, { constants: constants.map((bytes, i) => (i === index ? changed : bytes)) })
}

function operandLie({ world, random }: Draw): GraphLie | null {
  const { program, made } = world
  const places = program.sections.flatMap(({ nodes }, section) =>
    nodes.flatMap(({ operands }, node) =>
      operands.flatMap((operand, slot) => (operand === undefined ? [] : [{ section, node, slot, operand }])),
    ),
  )
  if (places.length === 0) return null
  const { section, node, slot, operand } = pickOne(random, places)
  const { dtype, shape } = producerOf(program, section, operand.ref)
  const count = shape.reduce((product, dim) => product * dim, 1)
  const bytes = random.chance(1, 2) ? new Uint8Array(tensorBytes(shape, dtype)) : pickBytes(random, { dtype, count })
  const ref = { kind: 'constant', index: program.constants.length } as const
  const sections = program.sections.map((one, s) => ({
    ...one,
    nodes: one.nodes.map((old, n) => {
      if (s !== section || n !== node) return old
      // SAFETY: as many operands as before.
      const operands = old.operands.map((other, i) => (i === slot ? { ...operand, ref } : other)) as unknown as Operands
      return { ...old, operands }
    }),
  }))
  const constants = [...program.constants, { name: 'another operand', dtype, shape }]
  return plainLie(world, { program: { ...program, sections, constants }, constants: [...made.constants, bytes] })
}

function producerOf(program: Program, section: number, ref: OperandRef): Pick<TensorType, 'dtype' | 'shape'> {
  switch (ref.kind) {
    case 'constant':
      return program.constants[ref.index]
    case 'input':
      return program.inputs[ref.index]
    case 'section':
      return program.sections[ref.section].nodes[ref.index]
    case 'node':
    case 'previous':
      return program.sections[section].nodes[ref.index]
    case 'zero':
      throw new RangeError('A verified program reads no zero tensor.')
  }
}

/** A block that the true run computes, with the bytes of its output. */
function computedPlace({ world, random }: Draw): BlockPlace & { readonly bytes: Uint8Array } {
  const { outputs, repeated } = world.history()
  const position = pickOne(
    random,
    [...outputs.keys()].filter((one) => !repeated.has(one)),
  )
  const node = random.below(outputs[position].length)
  const bytes = outputs[position][node]
  return { position, node, block: random.below(Math.ceil(bytes.length / BLOCK_BYTES)), bytes }
}

/** The output at a place with a bit of its block changed. */
function withWrongBit(random: SeededRandom, { bytes, block }: { bytes: Uint8Array; block: number }): Uint8Array {
  const changed = bytes.slice()
  flipBit(random, changed.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES))
  return changed
}

async function blockLie({ world, random }: Draw): Promise<GraphLie> {
  const place = computedPlace({ world, random })
  const changed = withWrongBit(random, place)
  const run = writing(world.tappedRun(), (output) => {
    if (isAt(output, place)) output.bytes.set(changed)
  })
  return { ...historyOf(world, run), leaf: world.history().index(place), decidedBy: 'machine' }
}

function shownLie({ world, random }: Draw): GraphLie {
  const place = computedPlace({ world, random })
  return shown(world, { place, bytes: withWrongBit(random, place), decidedBy: 'machine' })
}

/** Garbage where the tensor ends before its last block, or its tree has a block more. */
function garbageLie(fault: 'tail' | 'behind', { world, random }: Draw): GraphLie | null {
  const { position, node, bytes } = computedPlace({ world, random })
  const numBlocks = Math.ceil(bytes.length / BLOCK_BYTES)
  const room = 2 ** world.model.blockHeight
  const hasPlace = fault === 'tail' ? bytes.length < numBlocks * BLOCK_BYTES : numBlocks < room
  if (!hasPlace) return null
  const first = fault === 'tail' ? bytes.length : numBlocks * BLOCK_BYTES
  const end = fault === 'tail' ? numBlocks * BLOCK_BYTES : room * BLOCK_BYTES
  const at = pickInt(random, first, end - 1)
  const longer = new Uint8Array(at + 1)
  longer.set(bytes)
  longer[at] = 1 + random.below(255)
  const place = { position, node, block: Math.floor(at / BLOCK_BYTES) }
  return shown(world, { place, bytes: longer, decidedBy: fault === 'tail' ? 'machine' : 'rule' })
}

/** The right history, in which one output is shown as other bytes. */
function shown(
  world: ProgramWorld,
  p: { place: BlockPlace; bytes: Uint8Array; decidedBy: 'rule' | 'machine' },
): GraphLie {
  const own = world.tappedRun()
  const run: ProgramRun = (tap) => own((output) => tap(isAt(output, p.place) ? { ...output, bytes: p.bytes } : output))
  return { ...historyOf(world, run), leaf: world.history().index(p.place), decidedBy: p.decidedBy }
}

/** A section that stops too early, or goes on: its history shows the halt words as they are. */
async function haltLie(fault: 'haltEarly' | 'haltLate', { world, random }: Draw): Promise<GraphLie | null> {
  const { repeated } = world.history()
  const places = haltingSections(world.program).flatMap(({ first, last, ...section }) => {
    const positions = Array.from({ length: last - first }, (_, i) => first + i)
    // A step that is computed and not the last: it does not halt, or it is the one that does.
    const fitting = positions.filter((at) => !repeated.has(at) && repeated.has(at + 1) === (fault === 'haltLate'))
    return fitting.map((position) => ({ ...section, position }))
  })
  if (places.length === 0) return null
  const { position, haltNode, numNodes } = pickOne(random, places)
  const own = world.tappedRun()
  const run: ProgramRun = async (tap) => {
    let word: Uint8Array | undefined
    await own((output) => {
      tap(output)
      if (output.position !== position) return
      if (output.node === haltNode) word = output.bytes.subarray(0, 4)
      // After the step's last node: what the engine asks before the next step is another than the history has.
      if (output.node === numNodes - 1) word?.fill(fault === 'haltEarly' ? 1 : 0)
    })
  }
  const lied = await History.later(world.program, world.model, run)
  const leaf = world.history().firstDifference(lied)
  if (leaf === null) return null
  return { ...historyOf(world, run), leaf, decidedBy: fault === 'haltEarly' ? 'machine' : 'rule' }
}

function haltingSections({ sections }: Program) {
  let first = 0
  return sections.flatMap(({ nodes, steps, haltNode }) => {
    const range = { first, last: first + steps - 1 }
    first += steps
    return haltNode === undefined ? [] : [{ ...range, haltNode, numNodes: nodes.length }]
  })
}

/** A block of a step after a halt. */
function repeatedPlace({ world, random }: Draw): BlockPlace | null {
  const { outputs, repeated } = world.history()
  if (repeated.size === 0) return null
  const position = pickOne(random, [...repeated])
  const node = random.below(outputs[position].length)
  return { position, node, block: random.below(Math.ceil(outputs[position][node].length / BLOCK_BYTES)) }
}

/** A block past the last node of a step, or past the last step. */
function paddingPlace({ world, random }: Draw): BlockPlace | null {
  const { stepHeight, nodeHeight, blockHeight } = world.model
  const { outputs } = world.history()
  const places = Array.from({ length: 2 ** (stepHeight + nodeHeight) }, (_, i) => ({
    position: i >> nodeHeight,
    node: i & (2 ** nodeHeight - 1),
  })).filter(({ position, node }) => node >= (outputs[position]?.length ?? 0))
  return places.length === 0 ? null : { ...pickOne(random, places), block: random.below(2 ** blockHeight) }
}

async function overlaidLie(place: BlockPlace | null, { world }: Draw): Promise<GraphLie | null> {
  if (place === null) return null
  const leaf = world.history().index(place)
  const history = world.truth().own
  return { trace: await OverlaidTrace.make({ base: history, world, leaf }), history, leaf, decidedBy: 'rule' }
}

/** A run in whose memory something is changed as soon as it is there, before anybody reads it. */
function writing(run: ProgramRun, change: (output: TappedOutput) => void): ProgramRun {
  return (tap) =>
    run((output) => {
      change(output)
      tap(output)
    })
}

function isAt(output: TappedOutput, place: BlockPlace): boolean {
  return output.position === place.position && output.node === place.node
}

function flipBit(random: SeededRandom, bytes: Uint8Array): void {
  bytes[random.below(bytes.length)] ^= 1 << random.below(8)
}
