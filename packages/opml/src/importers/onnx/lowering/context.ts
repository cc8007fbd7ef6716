import type { Dtype } from '../../../graph/dtype.ts'
import { dtypeInfo } from '../../../graph/dtype.ts'
import { loadValue, newElements, storeValue, type Value } from '../../../ops/elements.ts'
import type { ProgramBuilder } from '../../builder/programBuilder.ts'
import type { Tensor } from '../../builder/tensor.ts'
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from '../onnxModel.ts'

/** Why a node cannot be lowered; the importer collects them all. */
export class UnsupportedNode extends Error {}

/** Most dimensions on the way; what a program keeps has six at most. */
const MAX_ONNX_RANK = 64

/** Most elements, rounds or rows that a lowering lists one by one. */
const MAX_LISTED = 2 ** 22

/** One ONNX node on its way into a program. */
export class NodeContext {
  readonly builder: ProgramBuilder
  readonly node: OnnxNode
  /** Version of the node's operator set. */
  readonly opset: number
  /** Lowers the body of an If, Loop or Scan with these inputs; returns its outputs. */
  readonly lowerSubgraph: (graph: OnnxGraph, inputs: readonly Tensor[]) => Tensor[]
  /** Puts a tensor of the model's file, such as an attribute, into the program. */
  readonly constantOf: (tensor: OnnxTensor) => Tensor
  readonly #inputs: readonly (Tensor | undefined)[]

  constructor(p: {
    builder: ProgramBuilder
    node: OnnxNode
    opset: number
    inputs: readonly (Tensor | undefined)[]
    lowerSubgraph: NodeContext['lowerSubgraph']
    constantOf: NodeContext['constantOf']
  }) {
    this.builder = p.builder
    this.lowerSubgraph = p.lowerSubgraph
    this.constantOf = p.constantOf
    this.node = p.node
    this.opset = p.opset
    this.#inputs = p.inputs
  }

  get numInputs(): number {
    return this.#inputs.length
  }

  /** Input `i`. @throws {UnsupportedNode} when it is not given. */
  input(i: number): Tensor {
    const tensor = this.#inputs[i]
    if (tensor === undefined) throw this.unsupported(`input ${i} is missing`)
    return tensor
  }

  /** Input `i`, undefined when it is not given. */
  optional(i: number): Tensor | undefined {
    return this.#inputs[i]
  }

  /** All inputs that are given. */
  inputs(): readonly Tensor[] {
    return this.#inputs.filter((tensor) => tensor !== undefined)
  }

  /** True when the node names its output `i`. */
  hasOutput(i: number): boolean {
    return (this.node.outputs[i] ?? '') !== ''
  }

  /** Elements of an input whose values are known now. @throws {UnsupportedNode} when they are not: the shape would depend on data. */
  known(i: number): readonly Value[] {
    const values = this.knownOrNot(this.input(i))
    if (values === undefined)
      throw this.unsupported(
        `input ${i} ("${this.node.inputs[i]}") decides a shape and is not known before the run; fix it with --bind`,
      )
    return values
  }

  /** As {@link known}, as numbers. */
  knownNumbers(i: number): readonly number[] {
    return this.known(i).map(Number)
  }

  /** Elements of a tensor if they are known now. */
  knownOrNot(tensor: Tensor): readonly Value[] | undefined {
    const bytes = this.builder.knownBytes(tensor)
    return bytes && valuesOf(tensor.dtype, bytes)
  }

  /** An integer attribute. */
  int(name: string, fallback: number): number {
    const value = this.optionalInt(name)
    return value === undefined ? fallback : clampInt(value)
  }

  /** An integer attribute; undefined when it is not given. */
  optionalInt(name: string): bigint | undefined {
    return this.#attribute(name, 'i')?.i
  }

  /** An integer attribute that must be there. */
  requiredInt(name: string): number {
    const value = this.optionalInt(name)
    if (value === undefined) throw this.unsupported(`attribute "${name}" is missing`)
    return clampInt(value)
  }

  /** A list of integers; undefined when it is not given. */
  ints(name: string): readonly number[] | undefined {
    return this.bigInts(name)?.map(clampInt)
  }

  /** As {@link ints}, with all 64 bits. */
  bigInts(name: string): readonly bigint[] | undefined {
    return this.#attribute(name, 'ints')?.ints
  }

  float(name: string, fallback: number): number {
    return this.#attribute(name, 'f')?.f ?? fallback
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attribute(name, 'floats')?.floats
  }

  string(name: string, fallback: string): string {
    return this.#attribute(name, 's')?.s ?? fallback
  }

  strings(name: string): readonly string[] {
    return this.#attribute(name, 'strings')?.strings ?? []
  }

  /** A tensor of the model's file; undefined when it is not given. */
  tensor(name: string): OnnxTensor | undefined {
    return this.#attribute(name, 't')?.t
  }

  /** The body of an If, Loop or Scan. */
  graph(name: string): OnnxGraph {
    const graph = this.#attribute(name, 'g')?.g
    if (graph === undefined) throw this.unsupported(`attribute "${name}" is missing`)
    return graph
  }

  /** `axis` of a tensor of that rank, counted from the front. @throws {UnsupportedNode} outside the rank. */
  axis(axis: number, rank: number): number {
    if (rank > MAX_ONNX_RANK) throw this.unsupported(`a tensor of rank ${rank}`)
    if (axis < -rank || axis >= rank) throw this.unsupported(`axis ${axis} of a tensor of rank ${rank}`)
    return axis < 0 ? axis + rank : axis
  }

  /** The attribute `axis` of a tensor, counted from the front. @throws {UnsupportedNode} outside its rank. */
  axisOf(tensor: Tensor, fallback: number): number {
    return this.axis(this.int('axis', fallback), tensor.shape.length)
  }

  /**
   * A number of elements, rounds or rows that are listed one by one at import, so that no model can ask for any number of them.
   *
   * @throws {UnsupportedNode} for what is no count, or one above {@link MAX_LISTED}.
   */
  count(value: number, noun: string): number {
    if (Number.isInteger(value) && value >= 0 && value <= MAX_LISTED) return value
    throw this.unsupported(`${value} ${noun}, from 0 to ${MAX_LISTED} are possible`)
  }

  /** An error that names why the node cannot be lowered. */
  unsupported(reason: string): UnsupportedNode {
    return new UnsupportedNode(reason)
  }

  /** A constant of the values given. */
  constant(dtype: Dtype, shape: readonly number[], values: readonly (number | bigint)[]): Tensor {
    const elements = newElements(dtype, values.length)
    const isWide = dtypeInfo(dtype).valueClass === 'i64'
    for (const [i, value] of values.entries()) storeValue(dtype, elements, i, isWide ? BigInt(value) : Number(value))
    return this.builder.constant({ name: '', dtype, shape }, new Uint8Array(elements.buffer))
  }

  /** @throws {UnsupportedNode} for an attribute that holds a value of another type than its operator reads. */
  #attribute(name: string, type: keyof typeof ATTRIBUTE_TYPES): OnnxAttribute | undefined {
    const attribute = this.node.attributes.get(name)
    const held = attribute === undefined ? [] : typesOf(attribute)
    if (held.length > 0 && !held.includes(type))
      throw this.unsupported(
        `attribute "${name}" is ${ATTRIBUTE_TYPES[held[0] as typeof type]}, it must be ${ATTRIBUTE_TYPES[type]}`,
      )
    return attribute
  }
}

/** The fields of an attribute, as messages name them. */
const ATTRIBUTE_TYPES = {
  i: 'an integer',
  f: 'a float',
  s: 'a string',
  t: 'a tensor',
  g: 'a graph',
  ints: 'a list of integers',
  floats: 'a list of floats',
  strings: 'a list of strings',
} as const

/** The fields that hold a value; none for an empty list. */
function typesOf(attribute: OnnxAttribute): (keyof typeof ATTRIBUTE_TYPES)[] {
  return (Object.keys(ATTRIBUTE_TYPES) as (keyof typeof ATTRIBUTE_TYPES)[]).filter((type) => {
    const value = attribute[type]
    return Array.isArray(value) ? value.length > 0 : value !== undefined
  })
}

/** Turns one ONNX node into nodes of a program: its outputs in order; undefined for one that is not asked for. */
export type Lowering = (context: NodeContext) => readonly (Tensor | undefined)[]

/** 64-bit attributes stand for "to the end" where they pass what a number can say. */
function clampInt(value: bigint): number {
  return Number(value)
}

/** Dense bytes as values of the dtype's class. */
function valuesOf(dtype: Dtype, bytes: Uint8Array): Value[] {
  const count = bytes.length / dtypeInfo(dtype).bytes
  const elements = newElements(dtype, count)
  new Uint8Array(elements.buffer).set(bytes)
  return Array.from({ length: count }, (_, i) => loadValue(dtype, elements, i))
}
