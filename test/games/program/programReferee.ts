import {
  BLOCK_BYTES,
  bytesEqual,
  bytesToHex,
  hexToBytes,
  keccak256,
  liftRoot,
  merkleRoot,
  rootFromProof,
  zeroHash,
} from 'opml/core'
import type { Hex } from 'opml/core'
import type { Judgement, ModelLevels, RefereeMachine } from 'opml/dispute'
import { DESCRIPTOR_FIELDS, DESCRIPTOR_HEIGHT, REF_FIELDS, REF_KINDS, entryByte } from 'opml/graph'
import type { Program, ProgramModel } from 'opml/graph'
import { resultOfRoots } from 'opml/trace'
import { HaltPc, WitnessError, encodeState, replayStep } from 'opml/vm'

const DESCRIPTOR_BYTES = 512
const HASH_BYTES = 32
const SLOT_HEIGHT = 23
const KERNEL_HEIGHT = 17
const MEMORY_HEIGHT = 25
const REGISTER_BYTES = 128
const [A0, A1] = [10, 11]

/** What a chain keeps of a registered program: its model, and how its sections and outputs lie. No node, no weight, no input. */
export interface RegisteredProgram {
  readonly model: ProgramModel
  readonly levels: ModelLevels
  /** Nodes, steps and halt node of each section. */
  readonly sections: readonly { readonly numNodes: number; readonly steps: number; readonly haltNode?: number }[]
  readonly outputs: readonly { readonly section: number; readonly node: number }[]
}

/** What a chain keeps of `program`. */
export function registeredProgram(program: Program, model: ProgramModel, levels: ModelLevels): RegisteredProgram {
  const sections = program.sections.map(({ nodes, steps, haltNode }) => ({
    numNodes: nodes.length,
    steps,
    ...(haltNode !== undefined && { haltNode }),
  }))
  return { model, levels, sections, outputs: program.outputs }
}

/** A proof proves nothing. */
class NotProven extends Error {
  override readonly name = 'NotProven'
}

/** Nobody's proof is accepted by chance: what is thrown inside for a wrong one becomes null. */
function ifProven<T>(check: () => T): T | null {
  try {
    return check()
  } catch (error) {
    if (error instanceof NotProven || error instanceof WitnessError) return null
    throw error
  }
}

/**
 * The rules of tensor programs (spec/06 §5, spec/07 §1 and §5) from roots and evidence alone: what the contracts `GraphTransition` and
 * `MachineTransition` do, written a second time.
 */
export function programReferee(registered: RegisteredProgram): RefereeMachine {
  const { model, levels } = registered
  return {
    levels: () => levels,
    initialState: () => null,
    resultOf: (_task, { root, evidence }) =>
      ifProven(() => resultOf(registered, { traceRoot: hexToBytes(root), evidence })),
    leafOf: (_task, { lastLeaf, evidence }) => ifProven(() => leafOf(model, lastLeaf, evidence)),
    judge: (task, { traceRoot, index, evidence }) =>
      ifProven(() => {
        const inputRoot = hexToBytes(task.inputRoot)
        const leaf = new DisputedLeaf(registered, { inputRoot, traceRoot: hexToBytes(traceRoot), index, evidence })
        return leaf.judge()
      }),
    step: (_task, prev, witness) =>
      ifProven(() => {
        const { codeEnd, codeRoot } = model
        return bytesToHex(
          replayStep({ prestateHash: hexToBytes(prev), witness: hexToBytes(witness), codeEnd, codeRoot }),
        )
      }),
  }
}

/** Packed evidence, read from the left. */
class Evidence {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(hex: Hex) {
    this.#bytes = hexToBytes(hex)
  }

  take(numBytes: number): Uint8Array {
    if (this.#at + numBytes > this.#bytes.length) throw new NotProven('too short')
    this.#at += numBytes
    return this.#bytes.subarray(this.#at - numBytes, this.#at)
  }

  /** Checks `node` at `position` of a tree of so many levels above it, with the siblings that follow. */
  check(node: Uint8Array, p: { root: Uint8Array; position: number; levels: number }): void {
    const siblings = Array.from({ length: p.levels }, () => this.take(HASH_BYTES))
    if (!bytesEqual(rootFromProof({ node, position: p.position, siblings }), p.root)) throw new NotProven('wrong root')
  }

  /** A node, then its siblings. */
  takeNode(p: { root: Uint8Array; position: number; levels: number }): Uint8Array {
    const node = this.take(HASH_BYTES)
    this.check(node, p)
    return node
  }

  close(): void {
    if (this.#at !== this.#bytes.length) throw new NotProven('too long')
  }
}

function resultOf({ model, sections, outputs }: RegisteredProgram, p: { traceRoot: Uint8Array; evidence: Hex }): Hex {
  const evidence = new Evidence(p.evidence)
  const roots = outputs.map(({ section, node }) => {
    const last = sections.slice(0, section + 1).reduce((sum, { steps }) => sum + steps, 0) - 1
    const position = last * 2 ** model.nodeHeight + node
    return evidence.takeNode({ root: p.traceRoot, position, levels: model.stepHeight + model.nodeHeight })
  })
  evidence.close()
  return bytesToHex(resultOfRoots(roots))
}

/** The block that the last state stands for: zeros unless the guest exited with 0. */
function leafOf(model: ProgramModel, lastLeaf: Hex, hex: Hex): Hex {
  const evidence = new Evidence(hex)
  const state = evidence.take(REGISTER_BYTES + HASH_BYTES)
  if (bytesToHex(keccak256(state)) !== lastLeaf) throw new NotProven('another state')
  const registers = new DataView(state.buffer, state.byteOffset, REGISTER_BYTES)
  const isExit = registers.getUint32(0) === HaltPc.exit && registers.getUint32(4 * A0) === 0
  const root = state.subarray(REGISTER_BYTES)
  const position = model.outputBlockAddress / BLOCK_BYTES
  const leaf = isExit ? evidence.takeNode({ root, position, levels: MEMORY_HEIGHT }) : zeroHash(0)
  evidence.close()
  return bytesToHex(leaf)
}

/** A leaf of the trace that is in dispute, and what proves things left of it. */
class DisputedLeaf {
  readonly #registered: RegisteredProgram
  readonly #inputRoot: Uint8Array
  readonly #traceRoot: Uint8Array
  readonly #evidence: Evidence
  readonly #position: number
  readonly #node: number
  readonly #block: number

  constructor(
    registered: RegisteredProgram,
    p: { inputRoot: Uint8Array; traceRoot: Uint8Array; index: bigint; evidence: Hex },
  ) {
    const { nodeHeight, blockHeight } = registered.model
    this.#registered = registered
    this.#inputRoot = p.inputRoot
    this.#traceRoot = p.traceRoot
    this.#evidence = new Evidence(p.evidence)
    const index = Number(p.index)
    this.#block = index % 2 ** blockHeight
    this.#node = Math.floor(index / 2 ** blockHeight) % 2 ** nodeHeight
    this.#position = Math.floor(index / 2 ** (blockHeight + nodeHeight))
  }

  judge(): Judgement {
    const judgement = this.#judge()
    this.#evidence.close()
    return judgement
  }

  #judge(): Judgement {
    const decided = (leaf: Uint8Array) => ({ isDecided: true, answer: bytesToHex(leaf) })
    const at = this.#sectionAt()
    if (at === null || this.#node >= at.section.numNodes) return decided(zeroHash(0))
    const { model } = this.#registered
    const descriptor = this.#evidence.take(DESCRIPTOR_BYTES)
    const descriptorRoot = merkleRoot(descriptor, DESCRIPTOR_HEIGHT)
    const number = at.firstNode + this.#node
    this.#evidence.check(descriptorRoot, {
      root: model.programRoot,
      position: number,
      levels: heightOver(model.numNodes),
    })
    if (this.#block * BLOCK_BYTES >= word(descriptor, DESCRIPTOR_FIELDS.lengthBytes.byte)) return decided(zeroHash(0))
    const step = this.#position - at.first
    if (step > 0 && at.section.haltNode !== undefined && this.#hasHalted(at.section.haltNode))
      return decided(this.#evidence.takeNode(this.#leafPlace(this.#position - 1, this.#node, this.#block)))
    const operands = [0, 1, 2].map((slot) => this.#operandRoot(descriptor, slot, at))
    return { isDecided: false, answer: bytesToHex(this.#firstState({ descriptorRoot, operands, step })) }
  }

  #sectionAt(): Place | null {
    let [first, firstNode] = [0, 0]
    for (const [index, section] of this.#registered.sections.entries()) {
      if (this.#position < first + section.steps) return { index, section, first, firstNode }
      first += section.steps
      firstNode += section.numNodes
    }
    return null
  }

  #hasHalted(haltNode: number): boolean {
    const block = this.#evidence.take(BLOCK_BYTES)
    this.#evidence.check(merkleRoot(block, 0), this.#leafPlace(this.#position - 1, haltNode, 0))
    return word(block, 0) !== 0
  }

  #leafPlace(position: number, node: number, block: number) {
    const { stepHeight, nodeHeight, blockHeight } = this.#registered.model
    const index = (position * 2 ** nodeHeight + node) * 2 ** blockHeight + block
    return { root: this.#traceRoot, position: index, levels: stepHeight + nodeHeight + blockHeight }
  }

  /** Root of an operand's slot; what a reference cannot name is the zero tensor. */
  #operandRoot(descriptor: Uint8Array, slot: number, at: Place): Uint8Array {
    const { model, sections } = this.#registered
    const ref = referenceAt(descriptor, entryByte(DESCRIPTOR_FIELDS.refs, slot))
    let { kind, index } = ref
    const zero = zeroHash(SLOT_HEIGHT)
    if (kind === REF_KINDS.node) return index < this.#node ? this.#output(this.#position, index) : zero
    if (kind === REF_KINDS.previous) {
      if (index >= at.section.numNodes) return zero
      if (this.#position > at.first) return this.#output(this.#position - 1, index)
      ;({ initKind: kind, initIndex: index } = ref)
    }
    if (kind === REF_KINDS.constant && index < model.numConstants)
      return this.#evidence.takeNode({
        root: model.weightsRoot,
        position: index,
        levels: heightOver(model.numConstants),
      })
    if (kind === REF_KINDS.input && index < model.numInputs)
      return this.#evidence.takeNode({ root: this.#inputRoot, position: index, levels: heightOver(model.numInputs) })
    if (kind === REF_KINDS.section && ref.section < at.index && index < sections[ref.section].numNodes) {
      const last = sections.slice(0, ref.section + 1).reduce((sum, { steps }) => sum + steps, 0) - 1
      return this.#output(last, index)
    }
    return zero
  }

  /** A whole output left of the leaf, as an operand's slot has it. */
  #output(position: number, node: number): Uint8Array {
    const { stepHeight, nodeHeight, blockHeight } = this.#registered.model
    const place = {
      root: this.#traceRoot,
      position: position * 2 ** nodeHeight + node,
      levels: stepHeight + nodeHeight,
    }
    return liftRoot(this.#evidence.takeNode(place), { from: blockHeight, to: SLOT_HEIGHT })
  }

  /** Hash of the machine's state before its first instruction (spec/02 §9). */
  #firstState(p: { descriptorRoot: Uint8Array; operands: readonly Uint8Array[]; step: number }): Uint8Array {
    const { model } = this.#registered
    const behindKernel = liftRoot(p.descriptorRoot, { from: DESCRIPTOR_HEIGHT, to: KERNEL_HEIGHT })
    const low = liftRoot(pairOf(model.kernelRoot, behindKernel), { from: KERNEL_HEIGHT + 1, to: SLOT_HEIGHT })
    const [a, b, c] = p.operands
    const registers = new Uint32Array(32)
    registers[0] = model.entry
    registers[A0] = this.#block
    registers[A1] = p.step
    return keccak256(encodeState(registers, pairOf(pairOf(low, a), pairOf(b, c))))
  }
}

interface Place {
  readonly index: number
  readonly section: RegisteredProgram['sections'][number]
  readonly first: number
  readonly firstNode: number
}

function pairOf(left: Uint8Array, right: Uint8Array): Uint8Array {
  return rootFromProof({ node: left, position: 0, siblings: [right] })
}

/** Height of the smallest tree with so many leaves, at least one. */
function heightOver(numLeaves: number): number {
  return Math.ceil(Math.log2(Math.max(1, numLeaves)))
}

function word(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true)
}

/** A reference as its three words have it. */
function referenceAt(descriptor: Uint8Array, at: number) {
  return {
    kind: descriptor[at + REF_FIELDS.kind.byte],
    initKind: descriptor[at + REF_FIELDS.initKind.byte],
    section: word(descriptor, at + REF_FIELDS.section.byte) & 0xffff,
    index: word(descriptor, at + REF_FIELDS.index.byte),
    initIndex: word(descriptor, at + REF_FIELDS.initIndex.byte),
  }
}
