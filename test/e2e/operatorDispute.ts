import { gameParameters } from '@opml/node'
import type { KnownProgramModel } from '@opml/node'
import { decodeReceipt, playCall } from 'opml/chain'
import { bytesToHex } from 'opml/core'
import type { Bytes32, Hex } from 'opml/core'
import { KIND, addEvent, bondWei, emptyGameView, joinDataOf, nextActions, programLevels } from 'opml/dispute'
import type { GameView, SealFineAction, TraceProvider, TreeNode } from 'opml/dispute'
import { nextDeadline } from 'opml/dispute/simulation'
import { encodeDescriptor, programHeights, programModel, programModelId } from 'opml/graph'
import { OPERATOR_TABLE } from 'opml/ops'
import type { Operator } from 'opml/ops'
import { MachineTraceProvider, ProgramTraceProvider, guestRoots, nodeTracedRun } from 'opml/trace'
import type { GuestImage, NodeRun } from 'opml/trace'
import { Interpreter, Translator } from 'opml/vm'
import type { TraceFault } from 'opml/vm'
import { encodeFunctionData } from 'viem'
import { tournamentAbi } from '../../packages/opml/src/chain/abis.ts'
import { advanceTo, chainTime } from '../../apps/cli/src/demo/stage.ts'
import type { Stage } from '../../apps/cli/src/demo/stage.ts'
import { programOfSamples } from '../differential/samples/programOfSamples.ts'
import { referenceBytes } from '../differential/samples/reference.ts'
import type { Sample } from '../differential/samples/sample.ts'

/** Accounts that anvil signs for. */
const MARKET: Hex = '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65'
const LIAR: Hex = '0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc'
const HONEST: Hex = '0x976ea74026e726554db657fa54763abd0c3a0aa9'
const BLOCK_BYTES = 128
const EXIT_PC = 0xffff_ff00
const A0 = 10

/** Addresses of one function of the guest. */
export interface CodeRange {
  readonly start: number
  readonly end: number
}

/** Where a function of an ELF file is: the range of its symbol. */
export function functionRange(elf: Uint8Array, name: string): CodeRange {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength)
  const sections = Array.from({ length: view.getUint16(48, true) }, (_, i) => view.getUint32(32, true) + i * 40)
  const table = sections.find((at) => view.getUint32(at + 4, true) === 2)
  if (table === undefined) throw new RangeError('The image has no symbols.')
  const names = view.getUint32((sections[view.getUint32(table + 24, true)] ?? 0) + 16, true)
  const [first, size] = [view.getUint32(table + 16, true), view.getUint32(table + 20, true)]
  for (let at = first; at < first + size; at += 16) {
    const from = names + view.getUint32(at, true)
    const text = new TextDecoder().decode(elf.subarray(from, elf.indexOf(0, from)))
    const start = view.getUint32(at + 4, true)
    if (text === name) return { start, end: start + view.getUint32(at + 8, true) }
  }
  throw new RangeError(`The image has no function "${name}".`)
}

/** A program of one node with its truth, and a lie whose first false state follows an instruction of the kernel. */
export interface OperatorCase {
  readonly model: KnownProgramModel
  readonly inputs: readonly Uint8Array[]
  readonly trueBytes: Uint8Array
  readonly falseBytes: Uint8Array
  readonly fault: TraceFault
  readonly inputRoot: Bytes32
}

/** Steps that an operator's run may have for this test: enough for a few of its samples, quick to interpret. */
const MAX_STEPS = 400_000

/** The lie about block 0 of a sample; null where its run is long or does not enter `kernel`. */
export function operatorCase(p: {
  sample: Sample
  operator: Operator
  guest: GuestImage
  kernel: CodeRange
}): OperatorCase | null {
  const { sample, operator, guest, kernel } = p
  const { program, inputs } = programOfSamples([sample], () => false)
  const node = program.sections[0]?.nodes[0]
  if (node === undefined) throw new RangeError('A program without a node.')
  const trueBytes = referenceBytes(sample, operator)
  const run: NodeRun = { descriptor: encodeDescriptor(node, operator), operands: sample.operands, block: 0, step: 0 }
  const inside = stepsInside(guest, run, kernel)
  const number = inside?.[inside.length >> 1]
  if (number === undefined) return null
  const falseBlock = blockAfter(guest, run, number + 1)
  const falseBytes = trueBytes.slice()
  falseBytes.set(falseBlock, 0)
  const heights = programHeights(program, OPERATOR_TABLE)
  const constants = { constants: [], constantRoots: [] }
  const model = programModel(program, {
    operators: OPERATOR_TABLE,
    constantRoots: [],
    guest: guestRoots(guest),
    heights,
  })
  const modelId = bytesToHex(programModelId(model))
  const known: KnownProgramModel = { kind: 'program', path: node.op, modelId, program, model, ...constants, guest }
  const fault: TraceFault = {
    afterStep: number + 1,
    apply: ({ registers, memory }) => {
      memory.write(guest.outputBlockAddress, falseBlock)
      registers[0] = EXIT_PC
      registers[A0] = 0
    },
  }
  const made = { model: known, inputs, trueBytes, falseBytes, fault }
  return { ...made, inputRoot: bytesToHex(traceOf(made, trueBytes).claim.inputRoot) }
}

/** Numbers of the instructions, from 0, that lie in `range`; null where the run has too many. */
function stepsInside(guest: GuestImage, run: NodeRun, range: CodeRange): number[] | null {
  const machine = startedMachine(guest, run)
  const inside: number[] = []
  for (let number = 0; number < MAX_STEPS; number++) {
    const pc = machine.registers[0] ?? 0
    if (pc >= range.start && pc < range.end) inside.push(number)
    if (machine.run(1) === 0) return inside
  }
  return null
}

/** The output block after so many steps, its first byte changed. */
function blockAfter(guest: GuestImage, run: NodeRun, numSteps: number): Uint8Array {
  const machine = startedMachine(guest, run)
  machine.run(numSteps)
  const block = machine.memory.read(guest.outputBlockAddress, BLOCK_BYTES)
  block[0] = (block[0] ?? 0) ^ 0xa5
  return block
}

function startedMachine(guest: GuestImage, run: NodeRun): Interpreter {
  const { start, registers } = nodeTracedRun(guest, run)
  const machine = new Interpreter(start)
  for (const { register, value } of registers) machine.registers[register] = value
  return machine
}

/** The trace of a run of the one node that gives `bytes`. */
function traceOf({ model, inputs }: Pick<OperatorCase, 'model' | 'inputs'>, bytes: Uint8Array): ProgramTraceProvider {
  return new ProgramTraceProvider({
    ...model,
    operators: OPERATOR_TABLE,
    inputs,
    run: async (tap) => tap({ position: 0, node: 0, bytes }),
    createMachine: (start) => new Translator(start),
  })
}

/** A false block, shown by a run of the machine that is false from one instruction on. */
class LyingTrace implements TraceProvider {
  readonly kind = KIND.graph
  readonly height: number
  readonly #shown: ProgramTraceProvider
  readonly #case: OperatorCase
  #inner: MachineTraceProvider | undefined

  constructor(made: OperatorCase) {
    this.#case = made
    this.#shown = traceOf(made, made.falseBytes)
    this.height = this.#shown.height
  }

  root = (): Promise<Bytes32> => this.#shown.root()
  descendants = (node: TreeNode, depth: number): Promise<readonly Bytes32[]> => this.#shown.descendants(node, depth)
  proveLeaf = (position: bigint): Promise<readonly Bytes32[]> => this.#shown.proveLeaf(position)
  outcome = (): Promise<Bytes32> => this.#shown.outcome()
  joinEvidence = (): Promise<Hex> => this.#shown.joinEvidence()
  sealEvidence = (position: bigint): Promise<Hex> => this.#shown.sealEvidence(position)
  initialSiblings = (): Promise<readonly Bytes32[]> => this.#shown.initialSiblings()

  async inner(position: bigint): Promise<TraceProvider> {
    const { model, fault } = this.#case
    const { judgement } = await this.#shown.claim.judge(position)
    if (judgement.kind === 'rule') throw new RangeError('A rule tells the first block.')
    this.#inner ??= new MachineTraceProvider({
      kind: KIND.block,
      run: nodeTracedRun(model.guest, judgement.run),
      coarseHeight: model.model.coarseHeight,
      fineHeight: model.model.fineHeight,
      createMachine: (start) => new Translator(start),
      faults: [fault],
    })
    return this.#inner
  }
}

/** How a dispute about an operator ended. */
export interface OperatorReport {
  readonly view: GameView
  readonly honestClaimWon: boolean
  /** The decisive instruction: its address and number in the run of the block. */
  readonly pc: number
  readonly step: number
  /** Leaf of the graph in dispute. */
  readonly leaf: bigint
  readonly transactions: number
}

/** Two players, the contracts and nobody else: the lie opens, the truth joins, both play to the end. */
export async function playOperatorCase(stage: Stage, made: OperatorCase, taskId: Bytes32): Promise<OperatorReport> {
  const { model, program, modelId } = made.model
  const levels = programLevels({ ...model, numOutputs: program.outputs.length, hasHalt: false })
  const params = gameParameters(stage.deployment)
  const [lie, truth] = [new LyingTrace(made), traceOf(made, made.trueBytes)]
  const openRoot = encodeFunctionData({
    abi: tournamentAbi,
    functionName: 'openRoot',
    args: [taskId, modelId, made.inputRoot, LIAR, await joinDataOf(lie)],
  })
  const value = bondWei({ levels, kind: KIND.graph, priceCapWei: params.priceCapWei })
  const game = new PlayedGame(stage)
  const rootId = await game.open({ from: MARKET, data: openRoot, value })
  while (game.view(rootId).tournaments.get(rootId)?.finished !== true) {
    const before = game.transactions
    for (const [me, trace] of [
      [LIAR, lie],
      [HONEST, truth],
    ] as const) {
      const now = await chainTime(stage.connection)
      for (const action of await nextActions({ view: game.view(rootId), me, trace, params, levels, now })) {
        const { data, valueWei } = playCall(stage.deployment, action)
        await game.send({ from: me, data, value: valueWei }, action.kind === 'sealFine' ? action : null)
      }
    }
    if (game.transactions > before) continue
    const deadline = nextDeadline(game.view(rootId), await chainTime(stage.connection))
    if (deadline === null) throw new Error('Nobody has anything to do.')
    await advanceTo(stage.connection, deadline)
  }
  return report(game, { rootId, rootOfTruth: await truth.root(), fineHeight: model.fineHeight })
}

function report(game: PlayedGame, p: { rootId: Bytes32; rootOfTruth: Bytes32; fineHeight: number }): OperatorReport {
  const view = game.view(p.rootId)
  const matches = [...view.matches.values()]
  const indexAt = (kind: number): bigint =>
    matches.find((match) => view.tournaments.get(match.tournamentId)?.kind === kind)?.index ?? -1n
  const seal = game.lastSeal
  const won = [...view.claims.values()].find(
    ({ tournamentId, status }) => tournamentId === p.rootId && status === 'won',
  )
  return {
    view,
    honestClaimWon: won?.root === p.rootOfTruth,
    pc: seal === null ? 0 : Number.parseInt(seal.witness.slice(2, 10), 16),
    step: Number(indexAt(KIND.block)) * 2 ** p.fineHeight + Number(indexAt(KIND.fine)),
    leaf: indexAt(KIND.graph),
    transactions: game.transactions,
  }
}

interface Call {
  readonly from: Hex
  readonly data: Hex
  readonly value: bigint
}

/** Sends calls to the tournament contract, one block each, and keeps the view that their events make. */
class PlayedGame {
  transactions = 0
  lastSeal: SealFineAction | null = null
  readonly #stage: Stage
  #view: GameView | null = null

  constructor(stage: Stage) {
    this.#stage = stage
  }

  view(rootId: Bytes32): GameView {
    this.#view ??= emptyGameView(rootId, gameParameters(this.#stage.deployment))
    return this.#view
  }

  async open(call: Call): Promise<Bytes32> {
    const events = await this.#receive(call)
    const opened = events.find((event) => event.kind === 'TournamentOpened')
    if (opened?.kind !== 'TournamentOpened') throw new Error('No tournament was opened.')
    for (const event of events) addEvent(this.view(opened.tournamentId), event)
    return opened.tournamentId
  }

  async send(call: Call, seal: SealFineAction | null): Promise<void> {
    const events = await this.#receive(call)
    for (const event of events) if (this.#view !== null) addEvent(this.#view, event)
    if (seal !== null) this.lastSeal = seal
  }

  async #receive({ from, data, value }: Call) {
    const { connection, deployment } = this.#stage
    const to = deployment.tournament
    const transaction = { from, to, data, value: `0x${value.toString(16)}`, gas: '0x2dc6c0' }
    const hash = await connection.send({ method: 'eth_sendTransaction', params: [transaction] })
    const receipt = await connection.ask((client) =>
      client.waitForTransactionReceipt({ hash: hash as Hex, pollingInterval: 5 }),
    )
    if (receipt.status !== 'success') return await explain(this.#stage, transaction)
    this.transactions += 1
    const time = await chainTime(connection)
    return decodeReceipt(deployment, { receipt, time }).flatMap((one) =>
      one.source === 'tournament' ? [one.event] : [],
    )
  }
}

/** Throws what the contract says to a call that was reverted. */
async function explain(stage: Stage, transaction: object): Promise<never> {
  try {
    await stage.connection.send({ method: 'eth_call', params: [transaction, 'latest'] })
  } catch (error) {
    const { details, data } = error as { details?: string; data?: unknown }
    throw new Error(`Reverted: ${details} ${JSON.stringify(data)}`)
  }
  throw new Error('Reverted, and not when asked again.')
}
