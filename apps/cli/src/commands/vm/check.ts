import { randomInt } from 'node:crypto'
import {
  accountFromPrivateKey,
  connectChain,
  DEFAULT_FEE_POLICY,
  DEFAULT_TRACE_HEIGHTS,
  deployContracts,
  describeModel,
  DEPLOYMENT_PARAMETERS,
  developmentPrivateKey,
  httpRpc,
  MemoryPendingStore,
  stepOnChain,
  Transactor,
} from 'opml/chain'
import type { ChainConnection } from 'opml/chain'
import { bytesToHex, OpmlError, seededRandom } from 'opml/core'
import type { Hex } from 'opml/core'
import { CodeTree, MemoryTree, recordStep, stateHash } from 'opml/vm'
import type { Machine, MachineImage } from 'opml/vm'
import { parseCount } from '../../amounts.ts'
import { startAnvil } from '../../anvil.ts'
import { baseCommand } from '../../baseCommand.ts'
import type { CliContext, CommandFactory } from '../../context.ts'
import { writeResult } from '../../context.ts'
import { nodeEnvironment } from '../../nodeEnvironment.ts'
import { instructionAt } from './instructionAt.ts'
import { loadProgram, maxStepsOf, runMachine, startMachine, withProgram } from './vmProgram.ts'
import type { LoadedProgram, ProgramOptions } from './vmProgram.ts'

type CheckOptions = ProgramOptions & { readonly samples: string; readonly seed?: string; readonly logLevel: string }

/** Executors or contract differ on a step: the referee machine itself is wrong. */
class StepMismatchError extends OpmlError {
  override readonly name = 'StepMismatchError'

  constructor(p: { step: number; instruction: string; expected: string; actual: string; who: string }) {
    super(`After step ${p.step} (${p.instruction}) ${p.who} has state ${p.actual}, the interpreter ${p.expected}.`, {
      code: 'VM_INVARIANT_EXECUTORS_DIFFER',
      suggestion: 'Do not stake on this program; report it with the ELF file, the input and the seed.',
    })
  }
}

/** `opml vm check FILE`: translator against interpreter at random stops, and those steps in the real contract. */
export const vmCheckCommand: CommandFactory = (context) =>
  withProgram(
    baseCommand('check', {
      summary: 'compare both executors in lockstep and verify sampled steps in the contract',
      example: 'opml vm check models/mnist-int8.elf --input models/digits/7.bin --samples 50',
    }),
  )
    .option('--samples <n>', 'random stops, each verified in the contract', '32')
    .option('--seed <n>', 'of the random stops (default: a new one, printed)')
    .action(async (file: string, options: CheckOptions) => {
      const numSamples = parseCount('--samples', options.samples, { min: 1, max: 100_000 })
      const seed = options.seed === undefined ? randomInt(2 ** 32) : parseCount('--seed', options.seed, SEED_RANGE)
      const program = await loadProgram(file, options)
      const maxSteps = maxStepsOf(options)
      const isQuiet = options.json === true
      const numSteps = await runMachine(context, { machine: startMachine(program, 'translator'), maxSteps, isQuiet })
      const stops = randomStops({ seed, numSteps, numSamples })
      await withChain(context, options.logLevel, (contract) => checkStops(context, { program, stops, contract }))
      writeResult(context, {
        isJson: isQuiet,
        json: { steps: numSteps, stops: stops.length, seed, executorsAgree: true, contractAgrees: true },
        text: `${numSteps} instructions; at ${stops.length} random stops interpreter, translator and contract agree (seed ${seed}).`,
      })
    })

const SEED_RANGE = { min: 0, max: 2 ** 32 - 1 }

/** Distinct step numbers, ascending: the first, the last, and random ones between. */
function randomStops(p: { seed: number; numSteps: number; numSamples: number }): number[] {
  const random = seededRandom(p.seed)
  const last = Math.max(0, p.numSteps - 1)
  const stops = new Set([last, 0].slice(0, p.numSamples))
  // Scaled from 32 bits, so that runs of more than 2^32 steps are sampled over their whole length.
  const anyStep = (): number => Number((BigInt(random.below(2 ** 32)) * BigInt(last + 1)) >> 32n)
  for (let i = 0; i < 4 * p.numSamples && stops.size < p.numSamples; i++) stops.add(anyStep())
  return [...stops].sort((a, b) => a - b)
}

/** The referee's contract on a local chain. */
interface StepContract {
  readonly connection: ChainConnection
  readonly machine: Hex
}

/** Starts a local chain with the contracts, and stops it after `use`. */
async function withChain(
  context: CliContext,
  logLevel: string,
  use: (contract: StepContract) => Promise<void>,
): Promise<void> {
  const anvil = await startAnvil()
  try {
    const { signal } = context
    const environment = nodeEnvironment(logLevel)
    const connection = await connectChain({ endpoint: anvil.url, send: httpRpc(anvil.url), environment, signal })
    const transactor = new Transactor({
      connection,
      account: accountFromPrivateKey(developmentPrivateKey(0)),
      pending: new MemoryPendingStore(),
      fees: { ...DEFAULT_FEE_POLICY, pollMs: 50 },
      signal,
    })
    const { machine } = await deployContracts(connection, { transactor, parameters: DEPLOYMENT_PARAMETERS.local })
    await use({ connection, machine })
  } finally {
    await anvil.stop()
  }
}

/** A machine with the tree of its memory, kept up to date. */
class TrackedMachine {
  readonly machine: Machine
  readonly tree: MemoryTree

  constructor(image: MachineImage, machine: Machine) {
    this.machine = machine
    this.tree = new MemoryTree(image.segments)
  }

  run(numSteps: number): void {
    this.machine.run(numSteps)
    this.tree.updatePages(this.machine.memory, this.machine.memory.takeDirtyPages())
  }

  stateHash(): Uint8Array {
    return stateHash(this.machine.registers, this.tree.root())
  }
}

async function checkStops(
  context: CliContext,
  p: { program: LoadedProgram; stops: readonly number[]; contract: StepContract },
): Promise<void> {
  const { image } = p.program
  const { codeRoot, codeEnd } = describeModel(image, DEFAULT_TRACE_HEIGHTS).model
  const { connection, machine } = p.contract
  const interpreter = new TrackedMachine(image, startMachine(p.program, 'interpreter'))
  const translator = new TrackedMachine(image, startMachine(p.program, 'translator'))
  const code = new CodeTree(image)
  let position = 0
  for (const stop of p.stops) {
    context.signal.throwIfAborted()
    for (const tracked of [interpreter, translator]) tracked.run(stop - position)
    const [pc = 0] = interpreter.machine.registers
    const instruction = instructionAt(interpreter.machine, pc)
    const prestateHash = interpreter.stateHash()
    const compare = (who: string, expected: Uint8Array, actual: string): void => {
      const wanted = bytesToHex(expected)
      if (wanted !== actual) throw new StepMismatchError({ step: stop, instruction, expected: wanted, actual, who })
    }
    compare('the translator', prestateHash, bytesToHex(translator.stateHash()))
    const witness = recordStep(interpreter.machine, { memory: interpreter.tree, code })
    for (const tracked of [interpreter, translator]) tracked.run(1)
    position = stop + 1
    const poststateHash = interpreter.stateHash()
    compare('the translator', poststateHash, bytesToHex(translator.stateHash()))
    const onChain = await stepOnChain(connection, { machine, codeRoot, codeEnd, prestateHash, witness })
    compare('the contract', poststateHash, onChain)
  }
}
