import { BLOCK_BYTES } from '../../core/merkleZero.ts'
import type { Dtype } from '../../graph/dtype.ts'
import { InvalidProgramError } from '../../graph/errors.ts'
import type { MicroOp, Node, Operand } from '../../graph/node.ts'
import type { ProgramOutput, TensorType } from '../../graph/program.ts'
import { denseStrides, MAX_RANK, numElements, type Shape, tensorBytes } from '../../graph/shape.ts'
import { verifyNode } from '../../graph/verifyNode.ts'
import { OPERATOR_TABLE } from '../../ops/index.ts'
import { FoldingLimitError } from './errors.ts'
import { MicroOpList, type ValueId } from './microOpList.ts'
import { denseTensor, isDense, type Tensor, viewOperand } from './tensor.ts'
import { expandView, joinDims, reshapeView } from './views.ts'

/** A range of a published file that holds a constant's bytes as they are. */
export interface FileRange {
  readonly file: string
  readonly offset: number
}

/** A constant with its bytes and, where they are used in place, the file that has them. */
export interface BuilderConstant extends TensorType {
  readonly bytes: Uint8Array
  readonly file?: FileRange
}

/** Computes a node whose operands are all in memory; what constant folding runs. */
export type Evaluate = (node: Node, operands: readonly (Uint8Array | undefined)[]) => Uint8Array

const MAX_OPERANDS = 3

/** Most nodes of an imported program; loops and recurrent layers unroll. */
const MAX_NODES = 2 ** 18

// A small file may ask for any amount of folding; a large one has large constants.
/** Bytes that folding may make: these, and so many for each byte of the constants that are given. */
const FOLDED_BYTES = { least: 2 ** 26, perByte: 16 }
/** Work that folding may take, in steps of the referee machine. */
const FOLDED_STEPS = { least: 2 ** 33, perByte: 2 ** 12 }

/** What a node computes, with its operands in place. */
export type NodeSpec = Omit<Node, 'operands'> & { readonly operands: readonly (Operand | undefined)[] }

/**
 * Builds a program of one section and one step, node by node.
 *
 * A node whose operands are constants in memory is computed at once and becomes a constant itself.
 */
export class ProgramBuilder {
  readonly constants: BuilderConstant[] = []
  readonly inputs: TensorType[] = []
  readonly nodes: Node[] = []
  /** Name of each node, for people: that of what it was made for. */
  readonly nodeNames: string[] = []
  readonly outputs: ProgramOutput[] = []
  readonly #evaluate: Evaluate
  #name = ''
  #givenBytes = 0
  #foldedBytes = 0
  #foldedSteps = 0

  constructor(evaluate: Evaluate) {
    this.#evaluate = evaluate
  }

  /** What `build` returns; the nodes that it appends get `name`, but for those that it names itself. */
  named<T>(name: string, build: () => T): T {
    const outer = this.#name
    this.#name = name
    try {
      return build()
    } finally {
      this.#name = outer
    }
  }

  /** A task input. */
  input(type: TensorType): Tensor {
    this.inputs.push(type)
    return denseTensor({ kind: 'input', index: this.inputs.length - 1 }, type)
  }

  /** A constant. Its bytes are shared, not copied. */
  constant(type: TensorType, bytes: Uint8Array, file?: FileRange): Tensor {
    this.#givenBytes += bytes.length
    return this.#constant(type, bytes, file)
  }

  #constant(type: TensorType, bytes: Uint8Array, file?: FileRange): Tensor {
    this.constants.push({ ...type, bytes, ...(file && { file }) })
    return denseTensor({ kind: 'constant', index: this.constants.length - 1 }, type)
  }

  /**
   * Appends a node, or computes it when all of its operands are known. The output is dense.
   *
   * @throws {InvalidProgramError | DescriptorError | TensorTooLargeError} a node to be computed that the verifier does not accept.
   * @throws {FoldingLimitError}
   */
  node(spec: NodeSpec): Tensor {
    const node = { ...spec, operands: spec.operands as Node['operands'] }
    const known = node.operands.map((operand) => (operand === undefined ? undefined : this.#bytesOf(operand)))
    if (node.operands.every((operand, i) => operand === undefined || known[i] !== undefined)) {
      const type = { name: `folded.${this.constants.length}`, dtype: node.dtype, shape: node.shape }
      this.#checkFolding(node)
      return this.#constant(type, this.#evaluate(node, known))
    }
    if (this.nodes.length >= MAX_NODES)
      throw new InvalidProgramError({ message: `the model unrolls to more than ${MAX_NODES} nodes.` })
    return this.#append(node)
  }

  /** Element-wise work on tensors that broadcast to `shape`; `build` gets the list and the loaded elements. */
  map(
    type: { readonly dtype: Dtype; readonly shape: Shape },
    tensors: readonly Tensor[],
    build: (list: MicroOpList, ...loaded: ValueId[]) => ValueId,
  ): Tensor {
    const list = new MicroOpList()
    build(list, ...tensors.map((_, i) => list.load(i)))
    return this.mapOps(type, tensors, list.ops)
  }

  /** As {@link map}, with the list given. */
  mapOps(
    type: { readonly dtype: Dtype; readonly shape: Shape },
    tensors: readonly Tensor[],
    microOps: readonly MicroOp[],
  ): Tensor {
    tensorBytes(type.shape, type.dtype)
    const views = tensors.map((tensor) => expandView(tensor, type.shape))
    if (type.shape.length > MAX_RANK && !microOps.some(({ name }) => name === 'index')) {
      const joined = joinDims(type.shape, views)
      return {
        ...this.mapOps({ dtype: type.dtype, shape: joined.shape }, joined.views, microOps),
        shape: type.shape,
        strides: denseStrides(type.shape),
      }
    }
    const operands = views.map(viewOperand)
    if (operands.length > MAX_OPERANDS)
      throw new InvalidProgramError({ message: `a Map has at most ${MAX_OPERANDS} operands, not ${operands.length}.` })
    return this.node({ op: 'Map', dtype: type.dtype, shape: type.shape, operands, attributes: {}, microOps })
  }

  /** The tensor itself if it is dense, else a copy that is. */
  dense(tensor: Tensor): Tensor {
    return isDense(tensor) ? tensor : this.map(tensor, [tensor], (_, x) => x)
  }

  /** The elements in row-major order under another shape: a window where possible, else a copy. */
  reshape(tensor: Tensor, shape: Shape): Tensor {
    return reshapeView(tensor, shape) ?? { ...denseTensor(this.dense(tensor).ref, { dtype: tensor.dtype, shape }) }
  }

  /** Elements of a tensor whose values are known now, in row-major order as dense bytes; undefined if they are not. */
  knownBytes(tensor: Tensor): Uint8Array | undefined {
    if (tensor.ref.kind !== 'constant') return undefined
    const { ref } = this.dense(tensor)
    return ref.kind === 'constant'
      ? this.constants[ref.index].bytes.subarray(0, tensorBytes(tensor.shape, tensor.dtype))
      : undefined
  }

  /** Names a tensor as a result; it is copied unless it is a whole node's output. */
  output(name: string, tensor: Tensor): void {
    const isWhole =
      tensor.ref.kind === 'node' &&
      isDense(tensor) &&
      numElements(this.nodes[tensor.ref.index].shape) === numElements(tensor.shape)
    const { ref } = isWhole ? tensor : this.named(name, () => this.#copy(tensor))
    if (ref.kind !== 'node') throw new TypeError('An output is the output of a node.')
    this.outputs.push({ name, dtype: tensor.dtype, shape: tensor.shape, section: 0, node: ref.index })
  }

  /** Kernels trust what the verifier accepts: a node is checked before it is computed here. */
  #checkFolding(node: Node): void {
    const program = { sections: [{ nodes: [node], steps: 1 }], constants: this.constants, inputs: [], outputs: [] }
    verifyNode(program, { section: 0, node: 0 }, { operators: OPERATOR_TABLE, maxCostSteps: Number.MAX_SAFE_INTEGER })
    const bytes = tensorBytes(node.shape, node.dtype)
    const costSteps = OPERATOR_TABLE.named(node.op)?.costSteps(node) ?? 0
    this.#foldedBytes += bytes
    this.#foldedSteps += Math.ceil(bytes / BLOCK_BYTES) * costSteps
    const maxBytes = FOLDED_BYTES.least + FOLDED_BYTES.perByte * this.#givenBytes
    const maxSteps = FOLDED_STEPS.least + FOLDED_STEPS.perByte * this.#givenBytes
    if (this.#foldedBytes > maxBytes)
      throw new FoldingLimitError({ what: `${this.#foldedBytes} bytes so far, ${maxBytes} are allowed` })
    if (this.#foldedSteps > maxSteps)
      throw new FoldingLimitError({ what: `${this.#foldedSteps} steps so far, ${maxSteps} are allowed` })
  }

  /** A copy that is a node even where the bytes are known. */
  #copy(tensor: Tensor): Tensor {
    const list = new MicroOpList()
    list.load(0)
    return this.#append({
      op: 'Map',
      dtype: tensor.dtype,
      shape: tensor.shape,
      operands: [viewOperand(tensor)],
      attributes: {},
      microOps: list.ops,
    })
  }

  #append(node: Node): Tensor {
    this.nodes.push(node)
    this.nodeNames.push(this.#name)
    return denseTensor({ kind: 'node', index: this.nodes.length - 1 }, node)
  }

  #bytesOf(operand: Operand): Uint8Array | undefined {
    if (operand.ref.kind !== 'constant') return undefined
    return this.constants[operand.ref.index].bytes
  }
}
