import {
  OnnxDataType,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from '../../packages/opml/src/importers/onnx/onnxModel.ts'
import { readOnnxModel } from '../../packages/opml/src/importers/onnx/readModel.ts'
import { writeOnnxModel } from '../../packages/opml/src/importers/onnx/writeModel.ts'
import { importFor, type ModelTrial, runImported, runOnnxruntime } from './onnxComparison.ts'

/** How the results of one operator's nodes compare with onnxruntime's, each node run on onnxruntime's own operands. */
export interface OperatorComparison {
  readonly op: string
  readonly numNodes: number
  readonly numElements: number
  /** Elements that are another number; of integers that are not all the same, all. */
  readonly numDifferent: number
  /** Greatest |difference| of floats as a part of max(1, greatest |expected| of the tensor); of anything else infinite, or 0 where all is the same. */
  readonly maxError: number
  /** The node with that difference. */
  readonly worstNode: string
}

/** Two results element by element, as in {@link OperatorComparison}. */
export type Difference = Pick<OperatorComparison, 'numElements' | 'numDifferent' | 'maxError'>

/**
 * Runs a model node by node: each node here and in onnxruntime, both on what onnxruntime gave for the nodes before it, so that a difference belongs
 * to its node and none grows.
 *
 * @returns one row an operator, in the order of their first nodes.
 */
export async function compareNodes(trial: Pick<ModelTrial, 'model' | 'inputs'>): Promise<OperatorComparison[]> {
  const model = readOnnxModel(trial.model)
  const { nodes, initializers, outputs } = model.graph
  const values = new Map([...initializers, ...trial.inputs].map((tensor) => [tensor.name, tensor]))
  const lastUse = new Map(nodes.flatMap(({ inputs }, i) => inputs.map((name) => [name, i] as const)))
  for (const { name } of outputs) lastUse.set(name, nodes.length)
  const rows = new Map<string, OperatorComparison>()
  for (const [i, node] of nodes.entries()) {
    const names = new Set(node.inputs.filter((name) => name !== ''))
    const operands = [...names].map((name) => values.get(name) as OnnxTensor)
    const results = await comparedNode(node, { model, operands })
    for (const { expected } of results) values.set(expected.name, expected)
    const earlier = rows.get(node.opType)
    rows.set(node.opType, rowWith(earlier, { node, differences: results.map(({ difference }) => difference) }))
    for (const name of [...names, ...node.outputs]) if ((lastUse.get(name) ?? 0) <= i) values.delete(name)
  }
  return [...rows.values()]
}

/** A row with the results of one more node. */
function rowWith(
  row: OperatorComparison | undefined,
  { node, differences }: { node: OnnxNode; differences: readonly Difference[] },
): OperatorComparison {
  const maxError = Math.max(...differences.map((difference) => difference.maxError))
  const isWorst = maxError > (row?.maxError ?? 0)
  const total = (key: 'numElements' | 'numDifferent') =>
    differences.reduce((sum, difference) => sum + difference[key], row?.[key] ?? 0)
  return {
    op: node.opType,
    numNodes: (row?.numNodes ?? 0) + 1,
    numElements: total('numElements'),
    numDifferent: total('numDifferent'),
    maxError: isWorst ? maxError : (row?.maxError ?? 0),
    worstNode: isWorst ? node.name : (row?.worstNode ?? ''),
  }
}

/** What onnxruntime gives for a node, with the distance of what it gives here. Initializers of the model stay initializers. */
async function comparedNode(
  node: OnnxNode,
  p: { model: OnnxModel; operands: readonly OnnxTensor[] },
): Promise<{ expected: OnnxTensor; difference: Difference }[]> {
  const known = new Set(p.model.graph.initializers)
  const inputs = p.operands.filter((tensor) => !known.has(tensor))
  const model = writeOnnxModel({
    ...p.model,
    graph: {
      name: node.name,
      nodes: [node],
      initializers: p.operands.filter((tensor) => known.has(tensor)),
      numSparseInitializers: 0,
      inputs: inputs.map(({ name, dataType, dims }) => ({ name, kind: 'tensor', dataType, shape: dims })),
      outputs: node.outputs.map((name) => ({ name })),
    },
  })
  const imported = importFor({ model, inputs })
  const actual = await runImported(imported, inputs)
  const expected = await runOnnxruntime({ model, inputs, optimization: 'disabled' })
  return imported.program.outputs.map(({ name, shape }, i) => {
    const peer = expected.find((tensor) => tensor.name === name) as OnnxTensor
    return { expected: peer, difference: differenceOf({ shape, bytes: actual[i] as Uint8Array }, peer) }
  })
}

/** The distance of a result from onnxruntime's: floats by value, so that −0 equals +0; everything else by bytes. */
export function differenceOf(
  actual: { readonly shape: readonly number[]; readonly bytes: Uint8Array },
  expected: OnnxTensor,
): Difference {
  const bytes = expected.bytes as Uint8Array
  const isSameShape = actual.shape.join() === expected.dims.join() && actual.bytes.length === bytes.length
  if (isSameShape && Buffer.compare(actual.bytes, bytes) === 0)
    return { numElements: elementsIn(expected), numDifferent: 0, maxError: 0 }
  if (!isSameShape || expected.dataType !== OnnxDataType.float)
    return { numElements: elementsIn(expected), numDifferent: elementsIn(expected), maxError: Number.POSITIVE_INFINITY }
  const [own, peer] = [floatsOf(actual.bytes), floatsOf(bytes)]
  let [numDifferent, error, scale] = [0, 0, 1]
  for (let i = 0; i < peer.length; i++) {
    const [x, y] = [own[i] as number, peer[i] as number]
    scale = Math.max(scale, Math.abs(y))
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue
    numDifferent++
    error = Math.max(error, Number.isNaN(x - y) ? Number.POSITIVE_INFINITY : Math.abs(x - y))
  }
  return { numElements: peer.length, numDifferent, maxError: error / scale }
}

const elementsIn = ({ dims }: OnnxTensor) => dims.reduce((count, dim) => count * dim, 1)
const floatsOf = (bytes: Uint8Array) => new Float32Array(bytes.slice().buffer)
