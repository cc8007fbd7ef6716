import { OpmlError } from '../../core/errors.ts'
import type { ProgramBuilder } from '../builder/programBuilder.ts'
import type { Tensor } from '../builder/tensor.ts'
import { OnnxError, OnnxFormatError } from './errors.ts'
import { NodeContext, UnsupportedNode } from './lowering/context.ts'
import { loweringOf } from './lowering/index.ts'
import { checkSchema } from './lowering/operatorSchema.ts'
import {
  nameOf,
  type OnnxFunction,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from './onnxModel.ts'
import { Scope } from './scope.ts'
import { UnsupportedList } from './unsupportedList.ts'

/** Nodes that a model may unroll to; loops multiply them. */
const MAX_NODES = 1_000_000

/** Functions of a model may call each other so deep; one that calls itself never ends. */
const MAX_CALL_DEPTH = 32

/** Puts the nodes of a model's graphs into a program; what cannot be lowered is noted, and the rest goes on. */
export class GraphLowering {
  readonly builder: ProgramBuilder
  readonly unsupported = new UnsupportedList()
  readonly #model: OnnxModel
  readonly #constantOf: (tensor: OnnxTensor) => Tensor
  /** Outputs that nodes name and that their lowerings do not give; no fault unless they are read. */
  readonly #notGiven = new Set<string>()
  /** Nodes that were not lowered because of what they read, and those inside them. */
  readonly #lookedAt = new Set<OnnxNode>()
  #numNodes = 0
  #callDepth = 0

  /** @param constantOf - puts an initializer into the builder. */
  constructor(p: { builder: ProgramBuilder; model: OnnxModel; constantOf: (tensor: OnnxTensor) => Tensor }) {
    this.builder = p.builder
    this.#model = p.model
    this.#constantOf = p.constantOf
  }

  /** Lowers initializers and nodes of a graph into `scope`; the values of its outputs are then found there. */
  lowerGraph(graph: OnnxGraph, scope: Scope, opsets: ReadonlyMap<string, number> = this.#model.opsets): void {
    if (graph.numSparseInitializers > 0) this.unsupported.add(`graph "${graph.name}": sparse initializers`)
    checkNames(graph)
    for (const tensor of graph.initializers)
      if (!scope.has(tensor.name)) scope.set(tensor.name, this.#initializer(tensor))
    for (const node of graph.nodes) this.#lowerNode(node, { scope, opsets })
  }

  /** Lowers a subgraph whose inputs are given; returns its outputs. @throws {UnsupportedNode} when one could not be lowered. */
  lowerSubgraph(
    graph: OnnxGraph,
    p: { scope: Scope; inputs: readonly Tensor[]; opsets: ReadonlyMap<string, number> },
  ): Tensor[] {
    const inner = new Scope(p.scope)
    graph.inputs.forEach(({ name }, i) => inner.set(name, p.inputs[i]))
    this.lowerGraph(graph, inner, p.opsets)
    return graph.outputs.map(({ name }) => outputOf(inner, name))
  }

  #initializer(tensor: OnnxTensor): Tensor | undefined {
    try {
      return this.#constantOf(tensor)
    } catch (error) {
      if (!(error instanceof UnsupportedNode)) throw error
      this.unsupported.add(`initializer "${tensor.name}": ${error.message}`)
      return undefined
    }
  }

  #lowerNode(node: OnnxNode, p: { scope: Scope; opsets: ReadonlyMap<string, number> }): void {
    if (++this.#numNodes > MAX_NODES)
      throw new OnnxFormatError({
        place: `node "${node.name}"`,
        reason: `the graph unrolls to more than ${MAX_NODES} nodes`,
      })
    for (const name of node.inputs)
      if (name !== '' && !p.scope.has(name))
        throw new OnnxFormatError({
          place: `node "${node.name}" (${node.opType})`,
          reason: `input "${name}" is no value of the graph so far (a cycle, or a name that is missing)`,
        })
    for (const name of node.inputs) this.#noteRead(name, placeOf(node))
    const outputs = this.#outputsOf(node, p)
    for (const [i, name] of node.outputs.entries()) {
      if (name === '') continue
      if (p.scope.hasOwn(name))
        throw new OnnxFormatError({
          place: `node "${node.name}" (${node.opType})`,
          reason: `its output "${name}" is the name of another value of the graph`,
        })
      p.scope.set(name, outputs[i])
      if (outputs.length > 0 && outputs[i] === undefined) this.#notGiven.add(name)
      else this.#notGiven.delete(name)
    }
  }

  /** An output that is read although its operator's lowering does not give it. */
  #noteRead(name: string, reader: string): void {
    if (this.#notGiven.has(name)) this.unsupported.add(`${reader}: reads "${name}", an output that is not supported`)
  }

  /** Notes what keeps the values of these names from being computed, as far as nothing else has. */
  noteOutputs(names: readonly string[]): void {
    for (const name of names) this.#noteRead(name, 'an output of the model')
  }

  /** Outputs of a node; none if it, or what it reads, cannot be lowered. */
  #outputsOf(
    node: OnnxNode,
    p: { scope: Scope; opsets: ReadonlyMap<string, number> },
  ): readonly (Tensor | undefined)[] {
    const inputs = node.inputs.map((name) => (name === '' ? undefined : p.scope.get(name)))
    if (node.inputs.some((name, i) => name !== '' && inputs[i] === undefined)) {
      // What it reads is lacking, so it is not lowered; its operators are looked at all the same, so that one report names all.
      this.#noteUnknownOperators(node)
      return []
    }
    try {
      return this.#lower(node, { ...p, inputs })
    } catch (error) {
      this.unsupported.add(`${placeOf(node)}: ${reasonOf(error)}`)
      return []
    }
  }

  /** Those of a node that is not lowered, of its bodies and of the function that it calls; each node is looked at once. */
  #noteUnknownOperators(node: OnnxNode): void {
    if (this.#lookedAt.has(node)) return
    this.#lookedAt.add(node)
    const body = this.#bodyOf(node)
    if (body === undefined && loweringOf(node) === undefined)
      this.unsupported.add(`${placeOf(node)}: ${unknownOperator(node)}`)
    const graphs = [...node.attributes.values()].flatMap(({ g, graphs: list }) => (g === undefined ? list : [g]))
    for (const { nodes } of body === undefined ? graphs : [body])
      for (const inner of nodes) this.#noteUnknownOperators(inner)
  }

  #bodyOf(node: OnnxNode): OnnxFunction | undefined {
    return this.#model.functions.find(({ name, domain }) => name === node.opType && domain === node.domain)
  }

  #lower(
    node: OnnxNode,
    p: { scope: Scope; opsets: ReadonlyMap<string, number>; inputs: readonly (Tensor | undefined)[] },
  ): readonly (Tensor | undefined)[] {
    const body = this.#bodyOf(node)
    if (body !== undefined) return this.#inline(body, node, p.inputs)
    const lowering = loweringOf(node)
    if (lowering === undefined) throw new UnsupportedNode(unknownOperator(node))
    const opset = p.opsets.get(node.domain) ?? 1
    const lowerSubgraph = (graph: OnnxGraph, inputs: readonly Tensor[]) =>
      this.lowerSubgraph(graph, { scope: p.scope, inputs, opsets: p.opsets })
    const context = new NodeContext({
      builder: this.builder,
      node,
      opset,
      inputs: p.inputs,
      lowerSubgraph,
      constantOf: this.#constantOf,
    })
    checkSchema(context)
    return this.builder.named(nameOf(node), () => lowering(context))
  }

  /** The nodes of a function of the model's own in place of the call. */
  #inline(
    body: OnnxFunction,
    call: OnnxNode,
    inputs: readonly (Tensor | undefined)[],
  ): readonly (Tensor | undefined)[] {
    if (++this.#callDepth > MAX_CALL_DEPTH)
      throw new OnnxFormatError({
        place: `function "${body.name}"`,
        reason: `functions call each other more than ${MAX_CALL_DEPTH} deep`,
      })
    const inner = new Scope()
    body.inputs.forEach((name, i) => inner.set(name, inputs[i]))
    const opsets = new Map([...this.#model.opsets, ...body.opsets])
    for (const node of body.nodes) this.#lowerNode(withAttributesOf(node, call), { scope: inner, opsets })
    this.#callDepth--
    return body.outputs.map((name) => inner.get(name))
  }
}

/** Initializers, and inputs, have different names; an input and its default value share one. @throws {OnnxFormatError} */
function checkNames(graph: OnnxGraph): void {
  for (const [kind, list] of Object.entries({ input: graph.inputs, initializer: graph.initializers })) {
    const names = new Set<string>()
    for (const { name } of list) {
      if (names.has(name))
        throw new OnnxFormatError({ place: `graph "${graph.name}"`, reason: `two ${kind}s are named "${name}"` })
      names.add(name)
    }
  }
}

/** Why a node cannot be lowered: it is not supported, or the rules of programs refuse it. Other errors are the model's, or ours. */
function reasonOf(error: unknown): string {
  if (error instanceof UnsupportedNode || (error instanceof OpmlError && !(error instanceof OnnxError)))
    return error.message
  // Lowerings read shapes and attributes as ONNX says they are. A model that is not so gets here, once its file is well formed.
  if (error instanceof TypeError || error instanceof RangeError)
    return `its inputs or attributes do not fit the operator (${error.message})`
  throw error
}

function outputOf(scope: Scope, name: string): Tensor {
  const tensor = scope.get(name)
  if (tensor === undefined) throw new UnsupportedNode(`"${name}" of its body cannot be computed`)
  return tensor
}

function placeOf(node: OnnxNode): string {
  return `node "${nameOf(node)}" (${node.opType})`
}

function unknownOperator({ domain }: OnnxNode): string {
  return domain === '' ? 'the operator is not supported' : `the operator is of the domain "${domain}"`
}

/** A node of a function with the attributes that refer to those of the call filled in. */
function withAttributesOf(node: OnnxNode, call: OnnxNode): OnnxNode {
  const attributes = new Map(node.attributes)
  for (const [name, attribute] of node.attributes) {
    if (attribute.refAttrName === undefined) continue
    const given = call.attributes.get(attribute.refAttrName)
    if (given === undefined) attributes.delete(name)
    else attributes.set(name, { ...given, name })
  }
  return { ...node, attributes }
}
