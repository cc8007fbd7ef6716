import { lowerOnnx } from '../../packages/opml/src/importers/onnx/importOnnx.ts'
import { OnnxDataType, type OnnxNode, type OnnxTensor } from '../../packages/opml/src/importers/onnx/onnxModel.ts'
import { readOnnxModel } from '../../packages/opml/src/importers/onnx/readModel.ts'
import { writeOnnxModel } from '../../packages/opml/src/importers/onnx/writeModel.ts'
import { int, onnxNode } from './singleNode.ts'
import { evaluate, tensorOf } from './onnxComparison.ts'

/** What stands in the place of a node. */
interface Replacement {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
}

/** The element before a position of the input and the one behind it, as an output position of `half_pixel` weighs them. */
function weightedRow(i: number, p: { size: number; out: number }) {
  const at = ((i + 0.5) * p.size) / p.out - 0.5
  const first = Math.floor(at)
  const rows = [first, first + 1].map((row) => Math.min(Math.max(row, 0), p.size - 1))
  return { rows, weights: [1 - (at - first), at - first] }
}

/** One axis: `x[rows before] · weights + x[rows behind] · weights`, each product and the sum rounded. */
function axisWrittenOut(p: {
  x: string
  y: string
  axis: number
  size: number
  out: number
  rank: number
}): Replacement {
  const { x, y, axis, out } = p
  const taps = Array.from({ length: out }, (_, i) => weightedRow(i, p))
  const dims = [out, ...new Array<number>(p.rank - 1 - axis).fill(1)]
  const sides = [0, 1].map((side) => ({
    rows: tensorOf({
      name: `${y} rows ${side}`,
      dataType: OnnxDataType.int64,
      dims: [out],
      values: taps.map(({ rows }) => rows[side] as number),
    }),
    weights: tensorOf({
      name: `${y} weights ${side}`,
      dataType: OnnxDataType.float,
      dims,
      values: taps.map(({ weights }) => weights[side] as number),
    }),
    gathered: `${y} gathered ${side}`,
    weighted: `${y} weighted ${side}`,
  }))
  return {
    initializers: sides.flatMap(({ rows, weights }) => [rows, weights]),
    nodes: [
      ...sides.flatMap(({ rows, weights, gathered, weighted }) => [
        onnxNode({ op: 'Gather', inputs: [x, rows.name], outputs: [gathered], attributes: { axis: int(axis) } }),
        onnxNode({ op: 'Mul', inputs: [gathered, weights.name], outputs: [weighted] }),
      ]),
      onnxNode({ op: 'Add', inputs: sides.map(({ weighted }) => weighted), outputs: [y] }),
    ],
  }
}

function writtenOut(node: OnnxNode, p: { from: readonly number[]; to: readonly number[] }): Replacement {
  const axes = p.from.flatMap((size, axis) => (size === p.to[axis] ? [] : [axis]))
  const names = [
    node.inputs[0] as string,
    ...axes.slice(1).map((axis) => `${node.outputs[0]} before axis ${axis}`),
    node.outputs[0] as string,
  ]
  const parts = axes.map((axis, i) =>
    axisWrittenOut({
      x: names[i] as string,
      y: names[i + 1] as string,
      axis,
      size: p.from[axis] as number,
      out: p.to[axis] as number,
      rank: p.from.length,
    }),
  )
  return { nodes: parts.flatMap(({ nodes }) => nodes), initializers: parts.flatMap(({ initializers }) => initializers) }
}

/**
 * The same network with every linear Resize to known sizes written out as the project defines it (spec/02-program.md, `Interpolate`): one axis after the
 * other, the products of both neighbours rounded, then their sum. Other runtimes weigh the four neighbours at once, which rounds differently.
 *
 * @throws TypeError for a Resize of another kind.
 */
export function writeOutResizes(bytes: Uint8Array): Uint8Array {
  const model = readOnnxModel(bytes)
  const { scope } = lowerOnnx(model, { bytes, options: { file: '', evaluate } })
  const known = new Map(model.graph.initializers.map((tensor) => [tensor.name, tensor]))
  const parts = model.graph.nodes.map((node): Replacement => {
    if (node.opType !== 'Resize') return { nodes: [node], initializers: [] }
    const [from, sizes] = [scope.get(node.inputs[0] as string)?.shape, known.get(node.inputs[3] ?? '')?.bytes]
    const mode = [node.attributes.get('mode')?.s, node.attributes.get('coordinate_transformation_mode')?.s].join()
    if (from === undefined || sizes === undefined || mode !== 'linear,half_pixel')
      throw new TypeError(`The Resize "${node.name}" cannot be written out.`)
    return writtenOut(node, { from, to: Array.from(new BigInt64Array(sizes.slice().buffer), Number) })
  })
  const nodes = parts.flatMap((part) => part.nodes)
  const used = new Set(nodes.flatMap(({ inputs }) => inputs))
  const initializers = [...model.graph.initializers, ...parts.flatMap((part) => part.initializers)]
  return writeOnnxModel({
    ...model,
    graph: { ...model.graph, nodes, initializers: initializers.filter(({ name }) => used.has(name)) },
  })
}
