import { type OnnxAttribute, OnnxDataType, type OnnxModel, type OnnxNode, type OnnxTensor } from '../onnx/onnxModel.ts'
import type { QuantisedProduct } from './quantiser.ts'
import type { Stored } from './values.ts'

/** First operator set whose DequantizeLinear has a scale a channel; older models take the operator of onnxruntime's own domain. */
const PER_CHANNEL_OPSET = 13
const CONTRIBUTED = 'com.microsoft'
/** Before this, onnxruntime takes no opset of its own domain. */
const LEAST_IR_VERSION = 4

/**
 * The model with QuantizeLinear and DequantizeLinear around its products: the same 8-bit weights and activations as the integer program, in
 * float for everything between. Products of 16-bit activations keep float activations.
 */
export function exportQdq(model: OnnxModel, products: readonly QuantisedProduct[]): OnnxModel {
  return new QdqExport(model).build(products)
}

class QdqExport {
  readonly #model: OnnxModel
  readonly #domain: string
  readonly #initializers: OnnxTensor[] = []
  /** Names that nodes of the export give already. */
  readonly #made = new Set<string>()

  constructor(model: OnnxModel) {
    this.#model = model
    this.#domain = (model.opsets.get('') ?? 0) >= PER_CHANNEL_OPSET ? '' : CONTRIBUTED
  }

  build(products: readonly QuantisedProduct[]): OnnxModel {
    const { graph, opsets, irVersion } = this.#model
    const byNode = new Map(products.map((product) => [product.node, product]))
    const nodes = graph.nodes.flatMap((node) => {
      const product = byNode.get(node)
      return product === undefined ? [node] : this.#product(product)
    })
    return {
      ...this.#model,
      irVersion: Math.max(irVersion, LEAST_IR_VERSION),
      opsets: this.#domain === '' ? opsets : new Map([...opsets, [CONTRIBUTED, 1]]),
      graph: { ...graph, nodes, initializers: [...graph.initializers, ...this.#initializers] },
    }
  }

  #product({ node, activations, weights }: QuantisedProduct): OnnxNode[] {
    const inputs = [...node.inputs]
    const before: OnnxNode[] = []
    const take = (input: number, nodes: readonly OnnxNode[]) => {
      before.push(...nodes.filter((made) => !this.#isThere(made)))
      inputs[input] = nodes.at(-1)?.outputs[0] as string
    }
    for (const { input, stored } of activations)
      if (stored.tensor.dtype === 'i8') take(input, this.#roundTrip(node.inputs[input] as string, stored))
    if (weights !== undefined) take(1, [this.#weights(`${node.outputs[0]}/weights`, weights)])
    return [...before, { ...node, inputs }]
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
    const attribute: OnnxAttribute = { name: 'axis', i: BigInt(axis), floats: [], ints: [], strings: [], graphs: [] }
    const made = this.#node('DequantizeLinear', [`${own}/q`, `${own}/scale`, `${own}/zero`], `${own}/dq`)
    return { ...made, attributes: new Map([['axis', attribute]]) }
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
    return { name: output, opType, domain: this.#domain, inputs, outputs: [output], attributes: new Map() }
  }
}
