import { DESCRIPTOR_BYTES } from '../graph/descriptorLayout.ts'
import { encodeDescriptor } from '../graph/encodeDescriptor.ts'
import type { Node, OperandRef } from '../graph/node.ts'
import type { OperatorRule, OperatorTable } from '../graph/operatorRule.ts'
import type { Program, Section, TensorType } from '../graph/program.ts'
import { tensorBytes } from '../graph/shape.ts'
import { type Lifetime, paddedBytes, planArena } from './arena.ts'
import { chainedWord, type ChainPlan, planChains } from './engineChains.ts'
import { EngineInputError, EngineMemoryError } from './engineErrors.ts'
import { MAX_PAGES, newMemory, PAGE_BYTES } from './engineMemory.ts'
import { engineInstance, type EngineExports, engineModule } from './engineModule.ts'
import { UnknownOpcodeError } from './portableKernels.ts'
import type { ConstantBytes, EnginePlan, Place, PreviousPlace, SectionPlan, StripModule } from './planTypes.ts'
import { COMMAND, PLAN } from './planWords.ts'
import { compileStrips } from './stripModule.ts'
import { lastStages, TraceDraft } from './tracePlan.ts'

const STACK_BYTES = 262144
const ALIGNMENT = 64
const WORD_BYTES = 4

/** Everything that {@link planProgram} takes. */
export interface PlanRequest {
  readonly program: Program
  readonly constants: readonly ConstantBytes[]
  readonly operators: OperatorTable
  readonly numThreads: number
  /** Whether the memory can be shared with workers. */
  readonly isShared: boolean
  /** One node a stage, so that a run can stop after any of them, and what hashing its outputs takes. */
  readonly isTapped: boolean
  readonly compilesStrips: boolean
  /** Multiply-adds in stages that can be shared, from which on a run calls the workers. */
  readonly minSharedCost: number
  /** Another plan of the same program, never run at the same time: its memory, constants, packed forms, inputs and threads are used. */
  readonly base?: EnginePlan | undefined
}

/**
 * Lays a program out in a new memory, or behind the plan `base`: structs, constants, what kernels make of constants, inputs, then an arena in which dead outputs
 * give their place to later ones.
 *
 * @throws {UnknownOpcodeError}
 * @throws {EngineInputError} a constant has another number of bytes than the program says.
 * @throws {EngineMemoryError}
 */
export function planProgram(request: PlanRequest): EnginePlan {
  return new Planner(request).plan()
}

interface SectionDraft {
  readonly section: Section
  readonly address: number
  readonly commands: number
  readonly chains: ChainPlan
  readonly outputs: Place[]
  readonly previous: Map<string, PreviousPlace>
  readonly kept: Set<number>
  trace: TraceDraft | undefined
}

class Planner {
  readonly #request: PlanRequest
  readonly #memory: WebAssembly.Memory
  readonly #module: WebAssembly.Module
  readonly #exports: EngineExports
  #end: number

  constructor(request: PlanRequest) {
    this.#request = request
    this.#module = engineModule(request.isShared)
    this.#memory = request.base?.memory ?? newMemory(request.isShared)
    // An instance of its own: the code of its chains is in another table than that of the base.
    this.#exports = engineInstance(this.#module, this.#memory)
    this.#end = request.base?.end ?? this.#exports.heap_base()
  }

  plan(): EnginePlan {
    const { program, base } = this.#request
    const threads = base?.threads ?? this.#placeThreads()
    this.#exports.__stack_pointer.value = threads[0]?.stack
    const drafts = program.sections.map((section, i) => this.#draft(section, i))
    const packed = base?.packed ?? drafts.map((draft) => this.#placePacked(draft))
    const constants = base?.constants ?? this.#placeConstants(drafts)
    const temporary = Math.ceil(this.#end / ALIGNMENT) * ALIGNMENT // where nothing lies before the first run
    const inputs = base?.inputs ?? program.inputs.map(({ shape, dtype }) => this.#place(tensorBytes(shape, dtype)))
    drafts.forEach((draft) => this.#placeOutputs(draft))
    if (base === undefined) this.#end = Math.max(this.#end, temporary + paddedBytes(this.#packedOnlyBytes(constants)))
    this.#reserve()
    drafts.forEach((draft, i) =>
      this.#linkOperands(draft, { constants, packed: packed[i] as number[], inputs, drafts, temporary }),
    )
    if (base === undefined) this.#pack(drafts, { constants, temporary })
    const strips = this.#request.compilesStrips ? this.#compileStrips(drafts) : undefined
    return {
      module: this.#module,
      memory: this.#memory,
      exports: this.#exports,
      strips,
      threads,
      inputs,
      constants,
      packed,
      sections: drafts.map((draft) => this.#finish(draft)),
      end: this.#end,
    }
  }

  #placeThreads(): EnginePlan['threads'] {
    return Array.from({ length: this.#request.numThreads }, () => {
      const stack = this.#place(STACK_BYTES).address + STACK_BYTES
      return { stack, scratch: this.#place(this.#exports.engine_size(4)).address }
    })
  }

  #place(bytes: number): Place {
    const address = Math.ceil(this.#end / ALIGNMENT) * ALIGNMENT
    this.#end = address + paddedBytes(bytes)
    return { address, bytes }
  }

  #reserve(): void {
    const missing = Math.ceil((this.#end - this.#memory.buffer.byteLength) / PAGE_BYTES)
    if (this.#end > MAX_PAGES * PAGE_BYTES) throw new EngineMemoryError({ bytes: this.#end })
    try {
      if (missing > 0) this.#memory.grow(missing)
    } catch (cause) {
      throw new EngineMemoryError({ bytes: this.#end, cause })
    }
  }

  #words(address: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, address)
  }

  /** Writes descriptors and commands of a section, and lets the engine choose the kernels. */
  #draft(section: Section, number: number): SectionDraft {
    const { nodes } = section
    const address = this.#place(this.#exports.engine_size(1)).address
    const { numThreads, minSharedCost } = this.#request
    const stages = this.#place(nodes.length * this.#exports.engine_size(2)).address
    const claims = this.#place(nodes.length * numThreads * this.#exports.engine_size(3)).address
    const commandBytes = this.#exports.engine_size(0)
    const commands = this.#place(nodes.length * commandBytes).address
    const descriptors = this.#place(nodes.length * DESCRIPTOR_BYTES).address
    this.#reserve()
    const plan = this.#words(address)
    plan[PLAN.commands] = commands
    plan[PLAN.numCommands] = nodes.length
    plan[PLAN.stages] = stages
    plan[PLAN.claims] = claims
    plan[PLAN.numThreads] = numThreads
    plan[PLAN.minSharedCost] = minSharedCost
    const bytes = new Uint8Array(this.#memory.buffer)
    nodes.forEach((node, i) => {
      const descriptor = encodeDescriptor(node, this.#request.operators.named(node.op) as OperatorRule)
      bytes.set(descriptor, descriptors + i * DESCRIPTOR_BYTES)
      const command = this.#words(commands + i * commandBytes)
      command[COMMAND.node] = descriptors + i * DESCRIPTOR_BYTES
      command[COMMAND.constants] = constantMask(node)
      if (this.#exports.engine_prepare(command.byteOffset) === 0)
        throw new UnknownOpcodeError({ opcode: (descriptor[0] as number) | ((descriptor[1] as number) << 8) })
    })
    const chains = this.#chains(section, number, commands)
    const kept = this.#keptNodes(number)
    return { section, address, commands, chains, outputs: [], previous: new Map(), kept, trace: undefined }
  }

  /** Chooses what runs strip by strip, and tells the commands. */
  #chains(section: Section, number: number, commands: number): ChainPlan {
    const { nodes, haltNode } = section
    const commandWords = this.#exports.engine_size(0) / WORD_BYTES
    const words = this.#words(commands)
    const kept = this.#keptNodes(number)
    if (haltNode !== undefined) kept.add(haltNode)
    for (const operand of nodes.flatMap(({ operands }) => operands))
      if (operand?.ref.kind === 'previous') kept.add(operand.ref.index)
    const hasStrips = (node: number) => !this.#request.isTapped && words[node * commandWords + COMMAND.hasStrips] !== 0
    const chains = planChains({ nodes, hasStrips, kept })
    nodes.forEach(({ operands }, i) => {
      const head = chains.heads[i] as number
      words[i * commandWords + COMMAND.numFollowers] = head === i ? (chains.ends[i] as number) - i : 0
      words[i * commandWords + COMMAND.chained] = chainedWord(operands, { head, node: i })
    })
    return chains
  }

  /** Places for what kernels make of constants. */
  #placePacked(draft: SectionDraft): number[] {
    const addresses: number[] = []
    this.#eachCommand(draft, (_, { [COMMAND.packedBytes]: bytes = 0 }) => {
      addresses.push(bytes > 0 ? this.#place(bytes).address : 0)
    })
    return addresses
  }

  /** Places for the constants that are read as they are; one that nothing reads so has none. */
  #placeConstants(drafts: readonly SectionDraft[]): (Place | undefined)[] {
    const isRead = new Set<number>()
    for (const draft of drafts) {
      this.#eachCommand(draft, (node, command) => {
        node.operands.forEach((operand, i) => {
          if (operand === undefined || (i === command[COMMAND.packedOperand] && operand.ref.kind === 'constant')) return
          if (operand.ref.kind === 'constant') isRead.add(operand.ref.index)
        })
      })
    }
    for (const { initial } of this.#previousRefs()) if (initial.kind === 'constant') isRead.add(initial.index)
    return this.#request.program.constants.map((type, i) =>
      isRead.has(i) ? this.#place(tensorBytes(type.shape, type.dtype)) : undefined,
    )
  }

  #packedOnlyBytes(constants: readonly (Place | undefined)[]): number {
    return this.#request.program.constants.reduce(
      (most, { shape, dtype }, i) => (constants[i] === undefined ? Math.max(most, tensorBytes(shape, dtype)) : most),
      0,
    )
  }

  #previousRefs(): Extract<OperandRef, { kind: 'previous' }>[] {
    const operands = this.#request.program.sections.flatMap(({ nodes }) => nodes.flatMap((node) => node.operands))
    return operands.flatMap((operand) => (operand?.ref.kind === 'previous' ? [operand.ref] : []))
  }

  /** Copies a constant into the memory; it has the bytes that the program says. */
  #write(index: number, address: number): void {
    const source = this.#request.constants[index]
    const { name, shape, dtype } = this.#request.program.constants[index] as TensorType
    const bytes = typeof source === 'function' ? source() : source
    const expectedBytes = tensorBytes(shape, dtype)
    if (bytes?.length !== expectedBytes)
      throw new EngineInputError({ kind: 'Constant', name, expectedBytes, actualBytes: bytes?.length })
    new Uint8Array(this.#memory.buffer).set(bytes, address)
  }

  /** Places for outputs: from the first to the last node of a chain, all that its members read and write lives. */
  #placeOutputs(draft: SectionDraft): void {
    const { kept } = draft
    const { nodes, haltNode } = draft.section
    const { heads, ends, isStored } = draft.chains
    const outputBytes = nodes.map(({ shape, dtype }) => tensorBytes(shape, dtype))
    const last = this.#request.isTapped ? lastStages(outputBytes) : undefined
    const lifetimes = outputBytes.map(
      (bytes, i): Lifetime => ({ first: heads[i] as number, last: last?.[i] ?? (ends[i] as number) + 1, bytes }),
    )
    const extend = (node: number, last: number): void => {
      const lifetime = lifetimes[node] as Lifetime
      lifetimes[node] = { ...lifetime, last: Math.max(lifetime.last, last) }
    }
    nodes.forEach((node, i) => {
      for (const operand of node.operands) {
        if (operand?.ref.kind === 'node') extend(operand.ref.index, ends[i] as number)
        if (operand?.ref.kind === 'previous') extend(operand.ref.index, nodes.length)
      }
    })
    if (haltNode !== undefined) extend(haltNode, nodes.length)
    const arena = planArena(lifetimes.filter((_, i) => !kept.has(i) && isStored[i]))
    const base = this.#place(arena.bytes).address
    let next = 0
    lifetimes.forEach(({ bytes }, i) => {
      if (kept.has(i)) draft.outputs.push(this.#place(bytes))
      else draft.outputs.push({ address: isStored[i] ? base + (arena.offsets[next++] as number) : 0, bytes })
    })
    for (const operand of nodes.flatMap((node) => node.operands)) {
      if (operand?.ref.kind !== 'previous') continue
      const { index, initial } = operand.ref
      const key = JSON.stringify(operand.ref)
      if (!draft.previous.has(key))
        draft.previous.set(key, { node: index, initial, place: this.#place((lifetimes[index] as Lifetime).bytes) })
    }
    if (this.#request.isTapped) draft.trace = this.#placeTrace(draft, outputBytes)
  }

  #placeTrace(draft: SectionDraft, outputBytes: readonly number[]): TraceDraft {
    const previous: number[] = []
    for (const { node, place } of draft.previous.values()) previous[node] = place.address
    return new TraceDraft({
      exports: this.#exports,
      outputBytes,
      previous,
      place: (bytes) => this.#place(bytes).address,
    })
  }

  /** Nodes of a section whose output outlives a step: results, and what later sections read. */
  #keptNodes(number: number): Set<number> {
    const { sections, outputs } = this.#request.program
    const kept = new Set(outputs.filter(({ section }) => section === number).map(({ node }) => node))
    for (const operand of sections.flatMap(({ nodes }) => nodes.flatMap(({ operands }) => operands))) {
      const ref = operand?.ref
      if (ref?.kind === 'section' && ref.section === number) kept.add(ref.index)
      if (ref?.kind === 'previous' && ref.initial.kind === 'section' && ref.initial.section === number)
        kept.add(ref.initial.index)
    }
    return kept
  }

  #linkOperands(
    draft: SectionDraft,
    p: {
      constants: readonly (Place | undefined)[]
      packed: readonly number[]
      inputs: readonly Place[]
      drafts: readonly SectionDraft[]
      temporary: number
    },
  ): void {
    const addressOf = (ref: OperandRef): number => {
      // INVARIANT: the verifier refuses the zero tensor as an operand.
      if (ref.kind === 'zero') throw new TypeError('The zero tensor is an initial value only.')
      if (ref.kind === 'constant') return p.constants[ref.index]?.address ?? p.temporary
      if (ref.kind === 'input') return (p.inputs[ref.index] as Place).address
      if (ref.kind === 'node') return (draft.outputs[ref.index] as Place).address
      if (ref.kind === 'section') return ((p.drafts[ref.section] as SectionDraft).outputs[ref.index] as Place).address
      return (draft.previous.get(JSON.stringify(ref)) as PreviousPlace).place.address
    }
    this.#reserve()
    this.#eachCommand(draft, (node, command, i) => {
      node.operands.forEach(
        (operand, k) => operand !== undefined && (command[COMMAND.operand + k] = addressOf(operand.ref)),
      )
      command[COMMAND.packed] = p.packed[i] as number
      command[COMMAND.out] = (draft.outputs[i] as Place).address
    })
  }

  /** Copies constants in, and has kernels make what they want of theirs. */
  #pack(drafts: readonly SectionDraft[], p: { constants: readonly (Place | undefined)[]; temporary: number }): void {
    p.constants.forEach((place, i) => place !== undefined && this.#write(i, place.address))
    for (const draft of drafts) {
      this.#eachCommand(draft, (node, command) => {
        if ((command[COMMAND.packedBytes] as number) === 0) return
        const ref = node.operands[command[COMMAND.packedOperand] as number]?.ref
        if (ref?.kind === 'constant' && p.constants[ref.index] === undefined) this.#write(ref.index, p.temporary)
        this.#exports.engine_pack(command.byteOffset)
      })
    }
    const last = p.temporary + paddedBytes(this.#packedOnlyBytes(p.constants))
    new Uint8Array(this.#memory.buffer).fill(0, p.temporary, last)
  }

  /** Has chains run as code of their own where that can be made. */
  #compileStrips(drafts: readonly SectionDraft[]): StripModule | undefined {
    const commands = drafts.map((draft) => {
      const { chains, section } = draft
      const words: Uint32Array[] = []
      this.#eachCommand(draft, (_, command) => words.push(command))
      return { chains, words, nodes: section.nodes }
    })
    const options = {
      exports: this.#exports,
      memory: this.#memory,
      isShared: this.#request.isShared,
      maximumPages: MAX_PAGES,
    }
    return compileStrips(commands, options)
  }

  #eachCommand(draft: SectionDraft, visit: (node: Node, command: Uint32Array, i: number) => void): void {
    const commandBytes = this.#exports.engine_size(0)
    draft.section.nodes.forEach((node, i) =>
      visit(
        node,
        new Uint32Array(this.#memory.buffer, draft.commands + i * commandBytes, commandBytes / WORD_BYTES),
        i,
      ),
    )
  }

  #finish(draft: SectionDraft): SectionPlan {
    const { section, address, outputs, previous, kept, trace } = draft
    const numStages = this.#exports.engine_make_stages(address, this.#request.isTapped ? 1 : 0)
    if (trace !== undefined) {
      trace.write(this.#memory)
      this.#exports.engine_make_trace(address, trace.address)
    }
    return {
      section,
      address,
      outputs,
      previous: [...previous.values()],
      kept: [...kept],
      trace,
      numStages,
      isShared: this.#exports.engine_is_shared(address) !== 0,
    }
  }
}

function constantMask(node: Node): number {
  return node.operands.reduce((mask, operand, i) => (operand?.ref.kind === 'constant' ? mask | (1 << i) : mask), 0)
}
