import { OnnxResultError } from './errors.ts'
import { namesRead } from './namesRead.ts'
import {
  type OnnxAttribute,
  OnnxDataType,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from './onnxModel.ts'

/** What the results of a program are, where they are not the outputs of the model. */
export interface ResultChoice {
  /** Names of values of the model's graph that become the results, in this order; the model's outputs unless given. */
  readonly outputs?: readonly string[]
  /** What turns a result into an answer, by the name of the result: {@link parseHead} reads it. */
  readonly heads?: ReadonlyMap<string, string>
}

/** What turns the scores of a result into an answer. */
export type Head =
  /** Place (i64) of the greatest element along an axis, the first of equals; the axis is dropped. */
  | { readonly kind: 'argmax'; readonly axis: number }
  /** Places (i64) of the k greatest elements along an axis, the greatest first. */
  | { readonly kind: 'topk'; readonly k: number; readonly axis: number }
  /** 1 (u8) where the element, as f32, is greater than a number, else 0. */
  | { readonly kind: 'threshold'; readonly value: number }

const HEAD_FORMS = 'argmax[:AXIS], topk:K[:AXIS] or threshold:NUMBER'
const INTEGER = /^-?\d{1,9}$/

/**
 * Reads `argmax[:AXIS]`, `topk:K[:AXIS]` or `threshold:NUMBER`; the axis is the last one unless given, and counts from the end where it is
 * negative.
 *
 * @throws {OnnxResultError} for any other text.
 */
export function parseHead(result: string, spec: string): Head {
  const [kind, ...values] = spec.split(':')
  const [first = '', second = '-1'] = values
  const isInteger = INTEGER.test(first)
  if (kind === 'argmax' && values.length === 0) return { kind, axis: -1 }
  if (kind === 'argmax' && values.length === 1 && isInteger) return { kind, axis: Number(first) }
  if (kind === 'topk' && values.length <= 2 && isInteger && Number(first) > 0 && INTEGER.test(second))
    return { kind, k: Number(first), axis: Number(second) }
  if (kind === 'threshold' && values.length === 1 && first.trim() !== '' && Number.isFinite(Math.fround(Number(first))))
    return { kind, value: Math.fround(Number(first)) }
  throw new OnnxResultError({ result, reason: `has the head "${spec}", which is none of ${HEAD_FORMS}` })
}

/**
 * The model with the values of `choice.outputs` as its outputs. Nodes and inputs that none of them needs are left out.
 *
 * @throws {OnnxResultError} for a name that no value of the graph has, or one that is there twice.
 */
export function withOutputs(model: OnnxModel, { outputs }: ResultChoice): OnnxModel {
  if (outputs === undefined) return model
  const { graph } = model
  const known = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...graph.initializers.map(({ name }) => name),
    ...graph.nodes.flatMap((node) => node.outputs),
  ])
  for (const [i, name] of outputs.entries()) {
    if (name === '' || !known.has(name))
      throw new OnnxResultError({
        result: name,
        reason: `is no value of the model, whose outputs are ${listed(graph)}`,
      })
    if (outputs.indexOf(name) !== i) throw new OnnxResultError({ result: name, reason: 'is asked for twice' })
  }
  const needed = new Set(outputs)
  const nodes = graph.nodes.toReversed().filter((node) => {
    const isNeeded = node.outputs.some((name) => needed.has(name))
    if (isNeeded) for (const name of namesRead(node)) needed.add(name)
    return isNeeded
  })
  return {
    ...model,
    graph: {
      ...graph,
      nodes: nodes.reverse(),
      inputs: graph.inputs.filter(({ name }) => needed.has(name)),
      outputs: outputs.map((name) => graph.outputs.find((output) => output.name === name) ?? { name }),
    },
  }
}

/**
 * The model with the heads of `choice` behind its outputs. The result of `y` with an argmax is named `y.argmax`.
 *
 * @throws {OnnxResultError} for a head that cannot be read, or one of a name that no output has.
 */
export function withHeads(model: OnnxModel, { heads = new Map() }: ResultChoice): OnnxModel {
  const { graph } = model
  const nodes = [...graph.nodes]
  const initializers = [...graph.initializers]
  const outputs = [...graph.outputs]
  for (const [name, spec] of heads) {
    const place = graph.outputs.findIndex((output) => output.name === name)
    if (place === -1) throw new OnnxResultError({ result: name, reason: `is no result: they are ${listed(graph)}` })
    const head = parseHead(name, spec)
    const result = `${name}.${head.kind}`
    const make = maker({ nodes, initializers, title: `head ${name}=${spec}` })
    const { dataType = OnnxDataType.float } = graph.outputs[place]
    appendHead(head, { make, from: name, to: result, dataType, opset: model.opsets.get('') ?? 1 })
    outputs[place] = { name: result }
  }
  return { ...model, graph: { ...graph, nodes, initializers, outputs } }
}

const listed = ({ outputs }: OnnxGraph): string => outputs.map(({ name }) => `"${name}"`).join(', ') || 'none'

type Make = ReturnType<typeof maker>

/** What appends the nodes and constants of one head. */
function maker(p: { nodes: OnnxNode[]; initializers: OnnxTensor[]; title: string }) {
  return {
    node(
      opType: string,
      inputs: readonly string[],
      outputs: readonly string[],
      ints: Record<string, number> = {},
    ): void {
      const attributes = new Map(Object.entries(ints).map(([name, value]) => [name, integer(name, value)]))
      p.nodes.push({ name: p.title, opType, domain: '', inputs, outputs, attributes })
    },
    constant(name: string, tensor: Pick<OnnxTensor, 'dims' | 'dataType'> & { bytes: Uint8Array }): string {
      p.initializers.push({ name, ...tensor })
      return name
    },
  }
}

const integer = (name: string, value: number): OnnxAttribute => ({
  name,
  i: BigInt(value),
  floats: [],
  ints: [],
  strings: [],
  graphs: [],
})

function appendHead(head: Head, p: { make: Make; from: string; to: string; dataType: number; opset: number }): void {
  const { make, from, to } = p
  switch (head.kind) {
    case 'argmax':
      return make.node('ArgMax', [from], [to], { axis: head.axis, keepdims: 0 })
    case 'topk': {
      const { k, axis } = head
      // Before version 10 the number is an attribute.
      if (p.opset < 10) return make.node('TopK', [from], ['', to], { axis, k })
      const bytes = new Uint8Array(BigInt64Array.of(BigInt(k)).buffer)
      return make.node(
        'TopK',
        [from, make.constant(`${to}.k`, { dims: [1], dataType: OnnxDataType.int64, bytes })],
        ['', to],
        { axis },
      )
    }
    case 'threshold': {
      const { float, uint8 } = OnnxDataType
      const bytes = new Uint8Array(Float32Array.of(head.value).buffer)
      const value = make.constant(`${to}.value`, { dims: [], dataType: float, bytes })
      const compared = p.dataType === float ? from : `${to}.float`
      if (compared !== from) make.node('Cast', [from], [compared], { to: float })
      make.node('Greater', [compared, value], [`${to}.is`])
      return make.node('Cast', [`${to}.is`], [to], { to: uint8 })
    }
  }
}
