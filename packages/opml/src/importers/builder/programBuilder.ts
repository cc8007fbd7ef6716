import type { Dtype } from '../../graph/dtype.ts'
import type { MicroOp, Node, Operand } from '../../graph/node.ts'
import type { ProgramOutput, TensorType } from '../../graph/program.ts'
import { denseStrides, MAX_RANK, numElements, type Shape, tensorBytes } from '../../graph/shape.ts'
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
  readonly outputs: ProgramOutput[] = []
  readonly #evaluate: Evaluate

  constructor(evaluate: Evaluate) {
    this.#evaluate = evaluate
  }

  /** A task input. */
  input(type: TensorType): Tensor {
    this.inputs.push(type)
    return denseTensor({ kind: 'input', index: this.inputs.length - 1 }, type)
  }

  /** A constant. Its bytes are shared, not copied. */
  constant(type: TensorType, bytes: Uint8Array, file?: FileRange): Tensor {
    this.constants.push({ ...type, bytes, ...(file && { file }) })
    return denseTensor({ kind: 'constant', index: this.constants.length - 1 }, type)
  }

  /** Appends a node, or computes it when all of its operands are known. The output is dense. */
  node(spec: NodeSpec): Tensor {
    const node = { ...spec, operands: spec.operands as Node['operands'] }
    const known = node.operands.map((operand) => (operand === undefined ? undefined : this.#bytesOf(operand)))
    if (node.operands.every((operand, i) => operand === undefined || known[i] !== undefined)) {
      const type = { name: `folded.${this.constants.length}`, dtype: node.dtype, shape: node.shape }
      return this.constant(type, this.#evaluate(node, known))
    }
    this.nodes.push(node)
    return denseTensor({ kind: 'node', index: this.nodes.length - 1 }, node)
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
    if (operands.length > MAX_OPERANDS) throw new TypeError(`A Map has at most ${MAX_OPERANDS} operands.`)
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
    const { ref } = isWhole ? tensor : this.#copy(tensor)
    if (ref.kind !== 'node') throw new TypeError('An output is the output of a node.')
    this.outputs.push({ name, dtype: tensor.dtype, shape: tensor.shape, section: 0, node: ref.index })
  }

  /** A copy that is a node even where the bytes are known. */
  #copy(tensor: Tensor): Tensor {
    const list = new MicroOpList()
    list.load(0)
    this.nodes.push({
      op: 'Map',
      dtype: tensor.dtype,
      shape: tensor.shape,
      operands: [viewOperand(tensor)],
      attributes: {},
      microOps: list.ops,
    })
    return denseTensor({ kind: 'node', index: this.nodes.length - 1 }, tensor)
  }

  #bytesOf(operand: Operand): Uint8Array | undefined {
    if (operand.ref.kind !== 'constant') return undefined
    return this.constants[operand.ref.index].bytes
  }
}
