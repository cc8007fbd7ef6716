import type { OnnxNode } from './onnxModel.ts'

/** Names of the values that a node reads, with those that its bodies read, of the graph around them or of their own. */
export function namesRead(node: OnnxNode): string[] {
  const graphs = [...node.attributes.values()].flatMap(({ g, graphs: list }) => (g === undefined ? list : [g, ...list]))
  return [
    ...node.inputs,
    ...graphs.flatMap((graph) => [...graph.outputs.map(({ name }) => name), ...graph.nodes.flatMap(namesRead)]),
  ]
}
