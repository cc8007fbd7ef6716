import { bytesToHex, concatBytes, hexToBytes } from 'opml/core'
import type { Bytes32, Hex } from 'opml/core'
import { challengeCall, DEPLOYMENT_PARAMETERS, describeProgram, playCall } from 'opml/chain'
import type { Deployment } from 'opml/chain'
import { addressWord, bondWei, hashText, hashWords, joinDataOf, KIND, programLevels } from 'opml/dispute'
import type { GameCall, Judgement, RefereeMachine, TraceProvider } from 'opml/dispute'
import { addressOf, Arena, playerAgent, playGame } from 'opml/dispute/simulation'
import { seededRandom } from 'opml/core'
import { PortableExecutor, PortableKernels } from 'opml/engine'
import { OPERATOR_TABLE } from 'opml/ops'
import { MachineTraceProvider, nodeTracedRun, ProgramTraceProvider } from 'opml/trace'
import type { GuestImage } from 'opml/trace'
import { exampleClaim } from 'opml/trace/example'
import { replayStep, Translator } from 'opml/vm'
import type { TraceFault } from 'opml/vm'
import type { GeneratedFile } from '../generated.ts'

const [MARKET, HONEST, LIAR, REQUESTER] = [addressOf(0), addressOf(1), addressOf(2), addressOf(3)]
const TOURNAMENT = addressOf(4)
const CHAIN_ID = 31337
const START = 1_800_000_000
const START_WEI = 10n ** 21n
const EXIT_PC = 0xffff_ff00
const A0 = 10
/** The liar's machine writes its false block after so many steps. */
const LIE_AFTER_STEPS = 2000

type Example = ReturnType<typeof exampleClaim>

/** Only these two addresses are in calls. */
const DEPLOYMENT: Deployment = {
  chainId: CHAIN_ID,
  startBlock: 0n,
  registry: MARKET,
  machine: MARKET,
  graph: MARKET,
  referee: MARKET,
  tournament: TOURNAMENT,
  market: MARKET,
  parameters: DEPLOYMENT_PARAMETERS.local,
}

const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })

/** A party's history: the run of `claimed`, under the true model. */
function historyOf(example: Example, p: { guest: GuestImage; claimed: Example }): ProgramTraceProvider {
  return new ProgramTraceProvider({
    ...example,
    guest: p.guest,
    createMachine: (start) => new Translator(start),
    run: async (tap) => {
      executor.run(p.claimed.program, { ...p.claimed, tap })
    },
  })
}

/** The liar's: below the leaf in dispute its run of the machine writes the block that it claims. */
class LyingTrace implements TraceProvider {
  readonly kind = KIND.graph
  readonly height: number
  readonly #shown: ProgramTraceProvider
  readonly #p: { example: Example; guest: GuestImage }
  readonly #inners = new Map<bigint, MachineTraceProvider>()

  constructor(shown: ProgramTraceProvider, p: { example: Example; guest: GuestImage }) {
    this.#shown = shown
    this.#p = p
    this.height = shown.height
  }

  root = () => this.#shown.root()
  outcome = () => this.#shown.outcome()
  joinEvidence = () => this.#shown.joinEvidence()
  initialSiblings = () => this.#shown.initialSiblings()
  descendants: TraceProvider['descendants'] = (node, depth) => this.#shown.descendants(node, depth)
  proveLeaf = (position: bigint) => this.#shown.proveLeaf(position)
  sealEvidence = (position: bigint) => this.#shown.sealEvidence(position)

  async inner(position: bigint): Promise<TraceProvider> {
    const known = this.#inners.get(position)
    if (known !== undefined) return known
    const { claim } = this.#shown
    const { judgement } = await claim.judge(position)
    if (judgement.kind === 'rule') throw new RangeError(`A rule tells leaf ${position}.`)
    const { position: step, node, block } = claim.trace.place(position)
    const bytes = new Uint8Array(128)
    bytes.set((await claim.trace.outputBytes(step, node)).subarray(128 * block, 128 * block + 128))
    const { guest, example } = this.#p
    const fault: TraceFault = {
      afterStep: LIE_AFTER_STEPS,
      apply: ({ registers, memory }) => {
        memory.write(guest.outputBlockAddress, bytes)
        registers[0] = EXIT_PC
        registers[A0] = 0
      },
    }
    const inner = new MachineTraceProvider({
      kind: KIND.block,
      run: nodeTracedRun(guest, judgement.run),
      coarseHeight: example.model.coarseHeight,
      fineHeight: example.model.fineHeight,
      createMachine: (start) => new Translator(start),
      faults: [fault],
    })
    this.#inners.set(position, inner)
    return inner
  }
}

/** The referee of this one game: what the two histories show is known before, and no other call is made. */
async function refereeOf(
  example: Example,
  traces: readonly [ProgramTraceProvider, LyingTrace],
): Promise<RefereeMachine> {
  const [honest] = traces
  const { model, program } = example
  const leaf = await firstDifference(traces)
  const { judgement } = await honest.claim.judge(leaf)
  const run = judgement.kind === 'machine' ? await honest.inner(leaf) : null
  const inners = judgement.kind === 'machine' ? [run, await traces[1].inner(leaf)] : []
  const outcomes = new Map<Hex, Bytes32>()
  for (const trace of [...traces, ...inners])
    if (trace !== null) outcomes.set(await trace.joinEvidence(), await trace.outcome())
  const answer: Judgement = {
    isDecided: judgement.kind === 'rule',
    answer: bytesToHex(
      judgement.kind === 'rule' ? judgement.leaf : (run as MachineTraceProvider).trace.initialStateHash,
    ),
  }
  const { codeRoot, codeEnd } = model
  return {
    levels: () => programLevels({ ...model, numOutputs: program.outputs.length, hasHalt: true }),
    initialState: () => null,
    resultOf: (_task, join) => outcomes.get(join.evidence) ?? null,
    leafOf: (_task, join) => outcomes.get(join.evidence) ?? null,
    judge: (_task, { index }) => (index === leaf ? answer : null),
    step: (_task, prev, witness) =>
      bytesToHex(replayStep({ prestateHash: hexToBytes(prev), witness: hexToBytes(witness), codeRoot, codeEnd })),
  }
}

async function firstDifference([x, y]: readonly [TraceProvider, TraceProvider]): Promise<bigint> {
  let [height, index] = [x.height, 0n]
  while (height > 0) {
    const [a, b] = [await x.descendants({ height, index }, 1), await y.descendants({ height, index }, 1)]
    index = 2n * index + (a[0] === b[0] ? 1n : 0n)
    height -= 1
  }
  return index
}

/** Whether a call carries a bond. */
const isJoin = (call: GameCall): boolean =>
  call.kind === 'openRoot' || call.kind === 'joinRoot' || call.kind === 'joinInner'

/** Bytes of the evidence or witness, which ends the calldata. */
function evidenceBytes(call: GameCall): number {
  const evidence =
    'join' in call ? call.join.evidence : 'evidence' in call ? call.evidence : 'witness' in call ? call.witness : '0x'
  return (evidence.length - 2) / 2
}

async function dispute(p: { name: string; example: Example; claimed: Example; guest: GuestImage }): Promise<object> {
  const { example, guest } = p
  const honest = historyOf(example, { guest, claimed: example })
  const lie = historyOf(example, { guest, claimed: p.claimed })
  const traces = [honest, new LyingTrace(lie, p)] as const
  const machine = await refereeOf(example, traces)
  const { modelId } = describeProgram({ ...example, guest })
  const inputRoot = bytesToHex(honest.claim.inputRoot)
  const number = (value: number): Bytes32 => `0x${value.toString(16).padStart(64, '0')}`
  const taskId = hashWords(
    hashText('opml.task.1'),
    number(CHAIN_ID),
    addressWord(MARKET),
    addressWord(REQUESTER),
    number(0),
    modelId,
    inputRoot,
  )
  const { challengeWindow, rootWindow, initialClock, allowance, priceCapWei, tipWei } = DEPLOYMENT.parameters
  const parameters = { challengeWindow, rootWindow, initialClock, allowance, priceCapWei, tipWei }
  const random = seededRandom(1)
  const arena = new Arena({ parameters, machine, market: MARKET, taskId, time: START, startWei: START_WEI, random })
  const levels = machine.levels(modelId)
  const join = await joinDataOf(honest)
  const refused = arena.send({
    payer: HONEST,
    sender: MARKET,
    call: { kind: 'openRoot', taskId, modelId, inputRoot, owner: HONEST, join },
    valueWei: bondWei({ levels, kind: KIND.graph, priceCapWei }),
  })
  if (refused !== null) throw refused
  const agents = [
    { name: 'honest', address: HONEST, trace: traces[0], isHonest: true, seconds: 10 },
    { name: 'liar', address: LIAR, trace: traces[1], isHonest: false, seconds: 7 },
  ].map(({ seconds, ...one }) =>
    playerAgent({ ...one, params: parameters, levels, latency: () => seconds, options: { sweep: false } }),
  )
  await playGame({ arena, agents, random })
  const calls = arena.played.map(({ time, sender, call, refusedBy, events }) => {
    if (refusedBy !== null) throw new Error(`${call.kind} is refused: ${refusedBy}`)
    const opened = events.find((event) => event.kind === 'TournamentOpened')
    return {
      name: functionOf(call),
      time,
      sender: call.kind === 'openRoot' ? HONEST : sender,
      ...(isJoin(call) && { kind: kindOf(arena, events) }),
      makesMatch: events.some((event) => event.kind === 'MatchStarted'),
      ...(opened?.kind === 'TournamentOpened' && { prevState: opened.prevState }),
      evidenceBytes: evidenceBytes(call),
      data: dataOf(call, { taskId, join }),
    }
  })
  const outputs = executor.run(example.program, example)
  const lied = executor.run(p.claimed.program, p.claimed)
  return {
    name: p.name,
    taskId,
    leaf: Number(await firstDifference(traces)),
    result: await honest.outcome(),
    output: bytesToHex(concatBytes(outputs)),
    liedOutput: bytesToHex(concatBytes(lied)),
    calls,
  }
}

/** The contracts' function that makes a call. */
function functionOf(call: GameCall): string {
  if (call.kind === 'openRoot') return 'challenge'
  return call.kind === 'move' && call.match !== null ? 'firstMove' : call.kind
}

/** Kind of the tournament that was joined. */
function kindOf(arena: Arena, events: Arena['played'][number]['events']): number {
  const joined = events.find((event) => event.kind === 'Joined')
  if (joined?.kind !== 'Joined') throw new Error('A join without its event.')
  return arena.view.tournaments.get(joined.tournamentId)?.kind ?? -1
}

function dataOf(call: GameCall, p: { taskId: Bytes32; join: Awaited<ReturnType<typeof joinDataOf>> }): Hex {
  if (call.kind === 'openRoot') return challengeCall(DEPLOYMENT, { ...p, bondWei: 0n }).data
  if (call.kind === 'withdraw') throw new Error('Nobody withdraws.')
  return playCall(DEPLOYMENT, { ...call, valueWei: 0n }).data
}

/**
 * `vectors/graph/disputes.json`: whole disputes about the example, call by call, as `vectors/graph/README.md` says. One is decided by an
 * instruction (a bit of a weight is another), one by a rule (the run goes on after its halt).
 */
export async function generateDisputeVectors(guest: GuestImage): Promise<GeneratedFile> {
  const example = exampleClaim({ operators: OPERATOR_TABLE, guest })
  const { model, sections, outputs, inputs, codeSiblings, modelId } = describeProgram({ ...example, guest })
  const constants = example.constants.map((bytes) => bytes.slice())
  const [weights] = constants
  if (weights === undefined) throw new RangeError('The example has no constant.')
  weights[0] = (weights[0] ?? 0) ^ 1
  const withoutHalt = example.program.sections.map(({ haltNode: _haltNode, ...section }) => section)
  const claims = [
    { name: 'a bit of a weight', claimed: { ...example, constants } },
    { name: 'no halt', claimed: { ...example, program: { ...example.program, sections: withoutHalt } } },
  ]
  const disputes: object[] = []
  for (const claim of claims) disputes.push(await dispute({ ...claim, example, guest }))
  const content = {
    format: 'opml.graph.disputes.1',
    market: MARKET,
    tournament: TOURNAMENT,
    requester: REQUESTER,
    honest: HONEST,
    liar: LIAR,
    model,
    modelId,
    sections,
    outputs,
    lengths: inputs,
    codeSiblings,
    input: bytesToHex(concatBytes([...example.inputs])),
    disputes,
  }
  return { path: 'vectors/graph/disputes.json', content: `${JSON.stringify(content, null, 1)}\n` }
}
