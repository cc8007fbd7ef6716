import type { SeededRandom } from 'opml/core'
import {
  type Dtype,
  type InitialRef,
  type MicroOp,
  type Node,
  type Operand,
  type OperandRef,
  type Operands,
  type OperatorRule,
  type Program,
  type ProgramOutput,
  type Section,
  type TensorType,
  denseStrides,
  dtypeInfo,
  numElements,
  tensorBytes,
} from 'opml/graph'
import { OPERATOR_TABLE } from 'opml/ops'
import { pickBytes, pickInt, pickOne } from '../../differential/samples/sample.ts'
import { SAMPLERS } from '../../differential/samples/samplers.ts'

/** A verified program with the bytes of its constants and of one task's inputs. */
export interface RandomTensorProgram {
  readonly program: Program
  readonly constants: readonly Uint8Array[]
  readonly inputs: readonly Uint8Array[]
}

/** Greatest cost of a block, so that the machine's run of a game takes milliseconds. */
const MAX_COST_STEPS = 2 ** 16
const MAX_OUTPUT_BYTES = 1_200
const MAX_OPERAND_BYTES = 4_096

/** Something that an operand can read. */
interface Tensor {
  readonly ref: OperandRef
  readonly dtype: Dtype
  readonly elements: number
}

/** A node that may read later ones of its step before, and so is made when all are known. */
interface NodeDraft {
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

/**
 * A random program of one to `size` sections of one to `size` nodes and more, any operator among them; operands are constants, inputs,
 * earlier nodes, nodes of the step before and of earlier sections. Some sections halt when a counter that their data drive says so.
 */
export function randomTensorProgram(random: SeededRandom, size: number): RandomTensorProgram {
  const draft = new ProgramDraft(random)
  const numSections = pickInt(random, 1, Math.min(3, size))
  for (let i = 0; i < numSections; i++) draft.addSection(pickInt(random, 1, size))
  return draft.finish()
}

class ProgramDraft {
  readonly #random: SeededRandom
  readonly #constantTypes: TensorType[] = []
  readonly #inputTypes: TensorType[] = []
  readonly #constants: Uint8Array[] = []
  readonly #inputs: Uint8Array[] = []
  readonly #sections: Section[] = []
  /** Of the section in the making. */
  #nodes: Node[] = []

  constructor(random: SeededRandom) {
    this.#random = random
  }

  addSection(numNodes: number): void {
    const random = this.#random
    this.#nodes = []
    const steps = random.chance(1, 2) ? 1 : pickInt(random, 2, 6)
    for (let i = 0; i < numNodes; i++)
      this.#nodes.push(random.chance(1, 4) ? this.#recurrentNode() : this.#sampledNode())
    const haltNode = steps > 1 && random.chance(2, 3) ? this.#addHalt() : undefined
    this.#sections.push({ nodes: this.#nodes, steps, ...(haltNode !== undefined && { haltNode }) })
  }

  finish(): RandomTensorProgram {
    const program = {
      sections: this.#sections,
      constants: this.#constantTypes,
      inputs: this.#inputTypes,
      outputs: this.#outputs(),
    }
    return { program, constants: this.#constants, inputs: this.#inputs }
  }

  /** One to three outputs: the last node of the last section, and others anywhere. */
  #outputs(): ProgramOutput[] {
    const places = this.#sections.flatMap(({ nodes }, section) => nodes.map((_, node) => ({ section, node })))
    const last = places.at(-1) as { section: number; node: number }
    const others = Array.from({ length: this.#random.below(3) }, () => pickOne(this.#random, places))
    return [last, ...others].map(({ section, node }, i) => {
      const { dtype, shape } = this.#sections[section].nodes[node]
      return { name: `output ${i}`, section, node, dtype, shape }
    })
  }

  /** A node of any operator, with its operands wherever tensors of their type are found. */
  #sampledNode(): Node {
    const random = this.#random
    for (;;) {
      const op = pickOne(random, random.chance(1, 4) ? ['Map', 'MatMul', 'MatMulInteger'] : Object.keys(SAMPLERS))
      const { node, operands } = SAMPLERS[op](random)
      const rule = OPERATOR_TABLE.named(op) as OperatorRule
      const bytes = tensorBytes(node.shape, node.dtype)
      const isSmall = bytes > 0 && bytes <= MAX_OUTPUT_BYTES && rule.costSteps(node) <= MAX_COST_STEPS
      if (!isSmall || operands.some((operand) => (operand?.length ?? 1) > MAX_OPERAND_BYTES)) continue
      // SAFETY: as many operands as the sample has.
      const placed = node.operands.map((operand, i) => {
        const data = operands[i]
        return operand && data && { ...operand, ref: this.#refFor(node, operand, data) }
      }) as unknown as Operands
      return { ...node, operands: placed }
    }
  }

  /** Where an operand that needs so many bytes comes from; a new constant or input where nothing fits, or by lot. */
  #refFor(own: NodeDraft, { dtype }: Operand, sample: Uint8Array): OperandRef {
    const elements = sample.length / dtypeInfo(dtype).bytes
    const fitting = this.#tensors(own).filter((one) => one.dtype === dtype && one.elements >= elements)
    if (fitting.length > 0 && this.#random.chance(3, 4)) return pickOne(this.#random, fitting).ref
    return this.#declare({ dtype, elements, bytes: sample })
  }

  #declare(p: { dtype: Dtype; elements: number; bytes: Uint8Array }): InitialRef {
    const kind = this.#random.chance(2, 3) ? 'constant' : 'input'
    const [types, data] =
      kind === 'constant' ? [this.#constantTypes, this.#constants] : [this.#inputTypes, this.#inputs]
    types.push({ name: `${kind} ${types.length}`, dtype: p.dtype, shape: [p.elements] })
    data.push(p.bytes)
    return { kind, index: data.length - 1 }
  }

  /** What a node of the section in the making may read, the node itself of the step before included. */
  #tensors(own: NodeDraft): Tensor[] {
    const nodes = this.#nodes.map(({ dtype, shape }, index) => ({ dtype, elements: numElements(shape), index }))
    const before = [...nodes, { dtype: own.dtype, elements: numElements(own.shape), index: nodes.length }]
    return [
      ...nodes.map(({ index, ...type }) => ({ ...type, ref: { kind: 'node', index } as const })),
      ...before.map(({ index, ...type }) => ({
        ...type,
        ref: { kind: 'previous', index, initial: this.#initialOf(type) } as const,
      })),
      ...this.#sources(),
    ]
  }

  /** Constants, inputs and nodes of earlier sections. */
  #sources(): (Tensor & { readonly ref: InitialRef })[] {
    const declared = (kind: 'constant' | 'input', types: readonly TensorType[]) =>
      types.map(({ dtype, shape }, index) => ({ ref: { kind, index } as const, dtype, elements: numElements(shape) }))
    const earlier = this.#sections.flatMap(({ nodes }, section) =>
      nodes.map(({ dtype, shape }, index) => ({
        ref: { kind: 'section', section, index } as const,
        dtype,
        elements: numElements(shape),
      })),
    )
    return [...declared('constant', this.#constantTypes), ...declared('input', this.#inputTypes), ...earlier]
  }

  /** A first value of exactly that size, if there is one, or zero. */
  #initialOf({ dtype, elements }: Omit<Tensor, 'ref'>): InitialRef {
    const same = this.#sources().filter((one) => one.dtype === dtype && one.elements === elements)
    return same.length > 0 && this.#random.chance(2, 3) ? pickOne(this.#random, same).ref : { kind: 'zero' }
  }

  /** `y = 3·y of the step before + x`, in i32, with x from anywhere: what is wrong once stays wrong. */
  #recurrentNode(): Node {
    const random = this.#random
    const shape = [pickInt(random, 1, 150)]
    const own = { dtype: 'i32', shape } as const
    const operand = (ref: OperandRef): Operand => ({
      ref,
      dtype: 'i32',
      layout: { kind: 'view', strides: denseStrides(shape), offset: 0 },
    })
    const initial = this.#initialOf({ dtype: 'i32', elements: shape[0] })
    const self = operand({ kind: 'previous', index: this.#nodes.length, initial })
    const sample = pickBytes(random, { dtype: 'i32', count: shape[0] })
    const other = operand(this.#refFor(own, self, sample))
    return {
      ...own,
      op: 'Map',
      operands: [self, other],
      attributes: {},
      microOps: [load(0), load(1), binary('i32.mul', 0, 'imm', 3), binary('i32.add', 2, 1)],
    }
  }

  /** A counter that grows by 1 to 4 a step, as the first word of some i32 tells, and a node that halts when it is large. */
  #addHalt(): number {
    const random = this.#random
    const counter = this.#nodes.length
    const view = { kind: 'view', strides: [0], offset: 0 } as const
    const own = { dtype: 'i32', shape: [1] } as const
    const self: Operand = {
      ref: { kind: 'previous', index: counter, initial: { kind: 'zero' } },
      dtype: 'i32',
      layout: view,
    }
    const driver: Operand = { ...self, ref: this.#refFor(own, self, pickBytes(random, { dtype: 'i32', count: 1 })) }
    const grows = [
      load(0),
      load(1),
      binary('i32.and', 1, 'imm', 3),
      binary('i32.add', 0, 2),
      binary('i32.add', 3, 'imm', 1),
    ]
    this.#nodes.push({ ...own, op: 'Map', operands: [self, driver], attributes: {}, microOps: grows })
    const limit: MicroOp = { name: 'i32.const', sources: [], imm: pickInt(random, 1, 9) }
    const read: Operand = { ref: { kind: 'node', index: counter }, dtype: 'i32', layout: view }
    const halts = [load(0), limit, binary('i32.le_s', 1, 0)]
    return this.#nodes.push({ ...own, op: 'Map', operands: [read], attributes: {}, microOps: halts }) - 1
  }
}

function load(operand: number): MicroOp {
  return { name: 'load', sources: [operand], imm: 0 }
}

function binary(name: string, first: number, second: number | 'imm', imm = 0): MicroOp {
  return { name, sources: [first, second], imm }
}
