import { UnsupportedNode } from '../onnx/lowering/context.ts'
import type { OnnxGraph, OnnxNode } from '../onnx/onnxModel.ts'
import type { Clip, ValueRange } from './calibration.ts'
import { isMovement } from './movement.ts'
import type { ModelFacts } from './quantiseContext.ts'
import { NARROW, WIDE } from './values.ts'

const PRODUCTS: ReadonlySet<string> = new Set(['Conv', 'MatMul', 'Gemm'])

/** True for products of activations with weights or with activations. */
export function isProduct(opType: string): boolean {
  return PRODUCTS.has(opType)
}

/** What the rules need to know of a graph and of its calibration. */
export function modelFacts(
  graph: OnnxGraph,
  p: { ranges: ReadonlyMap<string, ValueRange>; clip: Clip; isWide: (node: OnnxNode) => boolean },
): ModelFacts {
  const readers = new Map<string, OnnxNode[]>()
  for (const node of graph.nodes)
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node])
  const results = new Set(graph.outputs.map(({ name }) => name))
  const known = new Map<string, boolean>()
  /** True when nothing but 8-bit products reads the tensor, itself or moved. */
  const isNarrow = (name: string): boolean => {
    const found = known.get(name) ?? (!results.has(name) && areNarrow(readers.get(name) ?? []))
    known.set(name, found)
    return found
  }
  const areNarrow = (nodes: readonly OnnxNode[]): boolean =>
    nodes.length > 0 &&
    nodes.every((node) => {
      if (isProduct(node.opType)) return !p.isWide(node)
      return (
        (isMovement(node.opType) || node.opType === 'Concat') &&
        node.outputs.every((name) => name === '' || isNarrow(name))
      )
    })
  return {
    isWide: p.isWide,
    formOf: (name) => (isNarrow(name) ? NARROW : WIDE),
    usesOf: (name) => (readers.get(name)?.length ?? 0) + (results.has(name) ? 1 : 0),
    rangeOf: (name, form) => {
      const seen = p.ranges.get(name)
      if (seen === undefined) throw new UnsupportedNode(`no range is known for "${name}"`)
      return form.bits === 8 ? seen.rangeFor(255, p.clip) : seen.range
    },
  }
}
