import { UnsupportedNode } from '../onnx/lowering/context.ts'
import type { OnnxGraph, OnnxNode } from '../onnx/onnxModel.ts'
import type { ChannelMeans, Clip, ValueRange } from './calibration.ts'
import { isMovement } from './movement.ts'
import type { ModelFacts } from './quantiseContext.ts'
import { NARROW, WIDE } from './values.ts'

const PRODUCTS: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'MatMul', 'Gemm'])

/** True for products of activations with weights or with activations. */
export function isProduct(opType: string): boolean {
  return PRODUCTS.has(opType)
}

/** True for a convolution in groups, whose sums are short: 16-bit activations cost little there and keep much. */
export function isDepthwise({ opType, attributes }: OnnxNode): boolean {
  return opType === 'Conv' && (attributes.get('group')?.i ?? 1n) > 1n
}

/** What the calibration saw. */
export interface Calibration {
  /** Of every real tensor, by name. */
  readonly ranges: ReadonlyMap<string, ValueRange>
  /** Of what products read, by {@link meansKey}. */
  readonly means: ReadonlyMap<string, ChannelMeans>
}

/** The name of a tensor's means along a dimension. */
export function meansKey(name: string, axis: number): string {
  return `${axis} ${name}`
}

/** The tensors that products read as input 0, with the dimension of their channels: 1 of a convolution, else the last. */
export function productChannels(graph: OnnxGraph): readonly { readonly name: string; readonly isConv: boolean }[] {
  const seen = new Set<string>()
  return graph.nodes.flatMap(({ opType, inputs }) => {
    const name = inputs[0] ?? ''
    const isConv = opType === 'Conv' || opType === 'ConvTranspose'
    if (!isProduct(opType) || seen.has(`${isConv} ${name}`)) return []
    seen.add(`${isConv} ${name}`)
    return [{ name, isConv }]
  })
}

/** What the rules need to know of a graph and of its calibration. */
export function modelFacts(
  graph: OnnxGraph,
  p: { calibration: Calibration; clip: Clip; isWide: (node: OnnxNode) => boolean },
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
    channelMeans: (name, axis) => p.calibration.means.get(meansKey(name, axis))?.means,
    rangeOf: (name, form) => {
      const seen = p.calibration.ranges.get(name)
      if (seen === undefined) throw new UnsupportedNode(`no range is known for "${name}"`)
      return form.bits === 8 ? seen.rangeFor(255, p.clip) : seen.range
    },
  }
}
