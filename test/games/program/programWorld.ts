import { readFileSync } from 'node:fs'
import { bytesToHex, ceilLog2, merkleRoot, seededRandom } from 'opml/core'
import type { Bytes32, SeededRandom } from 'opml/core'
import { programLevels } from 'opml/dispute'
import type { ModelLevels } from 'opml/dispute'
import { Engine, PortableExecutor, PortableKernels } from 'opml/engine'
import type { LoadedProgram } from 'opml/engine'
import { CONSTANT_HEIGHT, programHeights, programModel, programModelId, verifyProgram } from 'opml/graph'
import type { Program, ProgramHeights, ProgramModel, TappedOutput } from 'opml/graph'
import { OPERATOR_TABLE } from 'opml/ops'
import { EngineRun, ProgramTraceProvider, guestRoots, inputsTree, loadGuestImage } from 'opml/trace'
import type { ProgramRun, ReplayableRun } from 'opml/trace'
import { Interpreter, Translator } from 'opml/vm'
import type { Machine, MachineStart } from 'opml/vm'
import { History } from './history.ts'
import { KeptTrace } from './keptTrace.ts'
import { randomTensorProgram } from './randomTensorProgram.ts'
import type { RandomTensorProgram } from './randomTensorProgram.ts'

/** The released guest that judges every program here. */
export const GUEST = loadGuestImage(readFileSync(new URL('../../../guest/images/program1.elf', import.meta.url)))
const GUEST_ROOTS = guestRoots(GUEST)

/** Most states of a coarse tree up to the halt, and of a fine one: both are made again and again. */
const MAX_COARSE_STATES_HEIGHT = 10
const MAX_FINE_HEIGHT = 10

const engine = Engine.create({ operators: OPERATOR_TABLE })
const portable = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })

/** One task about one random program: what is true, and what lies need. */
export class ProgramWorld {
  readonly made: RandomTensorProgram
  readonly model: ProgramModel
  readonly modelId: Bytes32
  readonly levels: ModelLevels
  readonly inputRoot: Bytes32
  readonly createMachine: (start: MachineStart) => Machine
  readonly #constantRoots: readonly Uint8Array[]
  readonly #loaded: LoadedProgram[] = []
  #own: LoadedProgram | undefined
  #truth: KeptTrace<ProgramTraceProvider> | undefined
  #history: History | undefined

  /**
   * @param p.seed - names the program, its heights and its inputs.
   * @param p.size - of sections and of their nodes, at least 1.
   * @throws {InvalidProgramError} never: whatever is made is a verified program.
   */
  constructor(p: { seed: number; size: number }) {
    const random = seededRandom(p.seed)
    this.made = randomTensorProgram(random, p.size)
    const { program, constants, inputs } = this.made
    const heights = randomHeights(random, program)
    verifyProgram(program, { operators: OPERATOR_TABLE, ...heights })
    this.#constantRoots = constants.map((bytes) => merkleRoot(bytes, CONSTANT_HEIGHT))
    this.model = programModel(program, {
      operators: OPERATOR_TABLE,
      constantRoots: this.#constantRoots,
      guest: GUEST_ROOTS,
      heights,
    })
    this.modelId = bytesToHex(programModelId(this.model))
    this.levels = programLevels({
      ...this.model,
      numOutputs: program.outputs.length,
      hasHalt: program.sections.some(({ haltNode }) => haltNode !== undefined),
    })
    this.inputRoot = bytesToHex(inputsTree(inputs).root())
    // Most blocks here take some thousand instructions: to translate the guest takes as long.
    const isTranslated = random.chance(1, 4)
    this.createMachine = (start) => (isTranslated ? new Translator(start) : new Interpreter(start))
  }

  get program(): Program {
    return this.made.program
  }

  /** The true history, from the engine; always the same object, so that what it computed is kept. */
  truth(): KeptTrace<ProgramTraceProvider> {
    this.#truth ??= new KeptTrace(this.traceOf(this.engineRun()))
    return this.#truth
  }

  /** The true outputs, from the portable kernels. */
  history(): History {
    this.#history ??= this.historyOf({})
    return this.#history
  }

  /** Outputs of a run by the portable kernels, with another program or other constants. */
  historyOf(changed: { program?: Program; constants?: readonly Uint8Array[] }): History {
    const { inputs } = this.made
    const program = changed.program ?? this.program
    const constants = changed.constants ?? this.made.constants
    return History.of(this.program, this.model, (tap) => void portable.run(program, { constants, inputs, tap }))
  }

  /** The trace of any run as a history of this program. */
  traceOf(run: ProgramRun | ReplayableRun): ProgramTraceProvider {
    return new ProgramTraceProvider({
      ...this.made,
      model: this.model,
      constantRoots: this.#constantRoots,
      operators: OPERATOR_TABLE,
      guest: GUEST,
      run,
      createMachine: this.createMachine,
    })
  }

  /** A run on the engine, hashed there. */
  engineRun(changed: { program?: Program; constants?: readonly Uint8Array[] } = {}): EngineRun {
    const isOwn = changed.program === undefined && changed.constants === undefined
    const loaded = isOwn ? this.#ownLoaded() : this.#load(changed)
    return new EngineRun({ loaded, inputs: this.made.inputs })
  }

  /** A run on the engine that hands out each output where it lies: what is written there is what the run goes on from. */
  tappedRun(): ProgramRun {
    return (tap) => this.#tapped(tap)
  }

  /** Gives memory back. */
  close(): void {
    for (const loaded of this.#loaded) loaded.close()
  }

  async #tapped(tap: (output: TappedOutput) => void): Promise<void> {
    let first = 0
    const places = this.program.sections.flatMap(({ nodes, steps }) => {
      const section = nodes.map((_, node) => ({ first, node }))
      first += steps
      return section
    })
    await this.#ownLoaded().run(this.made.inputs, {
      tap: ({ step, node, bytes }) => tap({ position: places[node].first + step, node: places[node].node, bytes }),
    })
  }

  #ownLoaded(): LoadedProgram {
    this.#own ??= this.#load({})
    return this.#own
  }

  #load(p: { program?: Program; constants?: readonly Uint8Array[] }): LoadedProgram {
    const loaded = engine.load(p.program ?? this.program, p.constants ?? this.made.constants)
    this.#loaded.push(loaded)
    return loaded
  }
}

/** The least heights, some of them with room behind the program's end, and any cut between the machine's trees. */
function randomHeights(random: SeededRandom, program: Program): ProgramHeights {
  const { stepHeight, nodeHeight, blockHeight } = programHeights(program, OPERATOR_TABLE)
  const more = () => (random.chance(1, 3) ? 1 + random.below(2) : 0)
  const total = ceilLog2(maxCostSteps(program))
  const least = Math.max(0, total - MAX_COARSE_STATES_HEIGHT)
  const fineHeight = least + random.below(Math.min(MAX_FINE_HEIGHT, total) - least + 1)
  const coarseHeight = Math.max(1, total - fineHeight) + more()
  return {
    stepHeight: stepHeight + more(),
    nodeHeight: nodeHeight + more(),
    blockHeight: blockHeight + more(),
    coarseHeight,
    fineHeight,
  }
}

function maxCostSteps({ sections }: Program): number {
  const costs = sections.flatMap(({ nodes }) =>
    nodes.map((node) => OPERATOR_TABLE.named(node.op)?.costSteps(node) ?? 0),
  )
  return Math.max(1, ...costs)
}
