import {
  type OnnxAttribute,
  OnnxDataType,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from '../onnx/onnxModel.ts'
import type { QuantisedProduct } from './quantiser.ts'
import { nearest } from './target.ts'
import { toOpset13 } from './toOpset13.ts'
import type { Stored } from './values.ts'

/** Files of operator set 13 have at least this version. */
const LEAST_IR_VERSION = 7
const GREATEST_BIAS = 2 ** 31 - 1

/**
 * The model with QuantizeLinear and DequantizeLinear around its products: the same 8-bit weights and activations as the integer program, in
 * float for everything between. Products of 16-bit activations keep float activations.
 */
export function exportQdq(model: OnnxModel, products: readonly QuantisedProduct[]): OnnxModel {
  return new QdqExport(toOpset13(model)).build(products)
}

/** The graph without constants that no node reads: the float weights. */
function withoutUnread(graph: OnnxGraph): OnnxGraph {
  const read = new Set([...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)])
  return {
    ...graph,
    nodes: graph.nodes.filter(({ opType, outputs }) => opType !== 'Constant' || outputs.some((name) => read.has(name))),
    initializers: graph.initializers.filter(({ name }) => read.has(name)),
  }
}

class QdqExport {
  readonly #model: OnnxModel
  readonly #initializers: OnnxTensor[] = []
  /** Names that nodes of the export give already. */
  readonly #made = new Set<string>()

  constructor(model: OnnxModel) {
    this.#model = model
  }

  build(products: readonly QuantisedProduct[]): OnnxModel {
    const { graph, irVersion } = this.#model
    const byNode = new Map(products.map((product) => [product.node, product]))
    const nodes = graph.nodes.flatMap((node) => {
      const product = byNode.get(node)
      return product === undefined ? [node] : this.#product(product)
    })
    return {
      ...this.#model,
      irVersion: Math.max(irVersion, LEAST_IR_VERSION),
      graph: withoutUnread({ ...graph, nodes, initializers: [...graph.initializers, ...this.#initializers] }),
    }
  }

  #product(product: QuantisedProduct): OnnxNode[] {
    const { node, activations, weights, bias } = product
    const inputs = [...node.inputs]
    const before: OnnxNode[] = []
    const take = (input: number, nodes: readonly OnnxNode[]) => {
      before.push(...nodes.filter((made) => !this.#isThere(made)))
      inputs[input] = nodes.at(-1)?.outputs[0] as string
    }
    for (const { input, stored } of activations)
      if (stored.tensor.dtype === 'i8') take(input, this.#roundTrip(node.inputs[input] as string, stored))
    if (weights !== undefined) take(1, [this.#weights(`${node.outputs[0]}/weights`, weights)])
    if (bias === undefined) return [...before, { ...node, inputs }]
    const own = `${node.outputs[0]}/bias`
    if (node.opType === 'MatMul') return [...before, ...this.#withSum({ ...node, inputs }, { own, bias })]
    if (activations[0]?.stored.tensor.dtype === 'i8') take(2, [this.#bias(own, bias)])
    else inputs[2] = this.#floats(own, bias.values)
    // The bias of a Gemm has its factor in it.
    const attributes = new Map([...node.attributes].filter(([name]) => name !== 'beta'))
    return [...before, { ...node, inputs, attributes }]
  }

  /** A product without an input for what is added. */
  #withSum(node: OnnxNode, { own, bias }: { own: string; bias: NonNullable<QuantisedProduct['bias']> }): OnnxNode[] {
    const [output] = node.outputs as [string]
    const product = `${output}/product`
    return [{ ...node, outputs: [product] }, this.#node('Add', [product, this.#floats(own, bias.values)], output)]
  }

  /** The name of a constant row of f32. */
  #floats(name: string, values: Float32Array): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    this.#initializers.push({ name, dims: [values.length], dataType: OnnxDataType.float, bytes })
    return name
  }

  /** True, from the second time on, for a node that is in the graph already. */
  #isThere(node: OnnxNode): boolean {
    const name = node.outputs[0] as string
    const isThere = this.#made.has(name)
    this.#made.add(name)
    return isThere
  }

  #roundTrip(name: string, { scale, zero }: Stored): OnnxNode[] {
    const own = `${name}/${scale}`
    this.#parameters(own, [scale], [zero])
    const quantised = this.#node('QuantizeLinear', [name, `${own}/scale`, `${own}/zero`], `${own}/q`)
    return [quantised, this.#node('DequantizeLinear', [`${own}/q`, `${own}/scale`, `${own}/zero`], `${own}/dq`)]
  }

  #weights(own: string, weights: NonNullable<QuantisedProduct['weights']>): OnnxNode {
    const { values, dims, scales, axis } = weights
    this.#parameters(own, scales, new Array<number>(scales.length).fill(0), true)
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.length)
    this.#initializers.push({ name: `${own}/q`, dims, dataType: OnnxDataType.int8, bytes })
    return this.#alongAxis(
      this.#node('DequantizeLinear', [`${own}/q`, `${own}/scale`, `${own}/zero`], `${own}/dq`),
      axis,
    )
  }

  /** A bias in the unit of the sums, as runtimes take it. */
  #bias(own: string, { values, scales }: NonNullable<QuantisedProduct['bias']>): OnnxNode {
    const words = Int32Array.from(values, (value, c) =>
      Math.min(Math.max(nearest(value / (scales[c] as number)), -GREATEST_BIAS), GREATEST_BIAS),
    )
    const scale = new Uint8Array(Float32Array.from(scales).buffer)
    this.#initializers.push(
      { name: `${own}/q`, dims: [words.length], dataType: OnnxDataType.int32, bytes: new Uint8Array(words.buffer) },
      { name: `${own}/scale`, dims: [scales.length], dataType: OnnxDataType.float, bytes: scale },
    )
    return this.#alongAxis(this.#node('DequantizeLinear', [`${own}/q`, `${own}/scale`], `${own}/dq`), 0)
  }

  #alongAxis(node: OnnxNode, axis: number): OnnxNode {
    const attribute: OnnxAttribute = { name: 'axis', i: BigInt(axis), floats: [], ints: [], strings: [], graphs: [] }
    return { ...node, attributes: new Map([['axis', attribute]]) }
  }

  #parameters(own: string, scales: readonly number[], zeros: readonly number[], isVector = false): void {
    if (this.#initializers.some(({ name }) => name === `${own}/scale`)) return
    const dims = isVector ? [scales.length] : []
    const scale = new Uint8Array(Float32Array.from(scales).buffer)
    const zero = new Uint8Array(Int8Array.from(zeros).buffer)
    this.#initializers.push(
      { name: `${own}/scale`, dims, dataType: OnnxDataType.float, bytes: scale },
      { name: `${own}/zero`, dims, dataType: OnnxDataType.int8, bytes: zero },
    )
  }

  #node(opType: string, inputs: readonly string[], output: string): OnnxNode {
    return { name: output, opType, domain: '', inputs, outputs: [output], attributes: new Map() }
  }
}
