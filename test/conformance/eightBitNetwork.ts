import { seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { OnnxDataType, type OnnxNode, type OnnxTensor } from '../../packages/opml/src/importers/onnx/onnxModel.ts'
import { writeOnnxModel } from '../../packages/opml/src/importers/onnx/writeModel.ts'
import { tensorOf } from './onnxComparison.ts'
import { type AttributeValue, int, ints, onnxNode, text } from './singleNode.ts'

/**
 * A small network in ISNet's 8-bit form: an encoder and a decoder whose activations are quantised anew before each convolution (DynamicQuantizeLinear,
 * ConvInteger, Cast, Mul, Add, Relu), with pools, Resizes and a Sigmoid. Seeded weights.
 *
 * Input `input` [1, 3, size, size]; outputs `features` [1, 8, size / 2, size / 2] before the last Resize and `output` [1, 1, size, size].
 * @param size - A multiple of 8.
 */
export function eightBitNetwork(size: number): Uint8Array {
  const net = new EightBitBuilder()
  const outer = net.layer('input', { channels: [3, 8], stride: 2 })
  const inner = net.layer(net.pool(outer), { channels: [8, 8] })
  const deep = net.layer(net.layer(net.pool(inner), { channels: [8, 8] }), { channels: [8, 8], dilation: 2 })
  const middle = net.layer(net.concat(net.resize(deep, [1, 8, size / 4, size / 4]), inner), { channels: [16, 8] })
  const features = net.layer(net.concat(net.resize(middle, [1, 8, size / 2, size / 2]), outer), {
    channels: [16, 8],
    output: 'features',
  })
  const mask = net.resize(net.convolution(features, { channels: [8, 1] }), [1, 1, size, size])
  net.node('Sigmoid', { inputs: [mask], output: 'output' })
  return net.model(size)
}

interface Layer {
  /** Of the input and of the output. */
  readonly channels: readonly [number, number]
  readonly stride?: number
  readonly dilation?: number
  readonly output?: string
}

class EightBitBuilder {
  readonly #random = seededRandom(21)
  readonly #nodes: OnnxNode[] = []
  readonly #initializers: OnnxTensor[] = []

  node(
    op: string,
    p: { inputs: readonly string[]; attributes?: Record<string, AttributeValue>; output?: string },
  ): string {
    const output = p.output ?? `${op}_${this.#nodes.length}`
    this.#nodes.push(onnxNode({ op, inputs: p.inputs, outputs: [output], attributes: p.attributes ?? {} }))
    return output
  }

  layer(x: string, p: Layer): string {
    return this.node('Relu', { inputs: [this.convolution(x, p)], ...(p.output !== undefined && { output: p.output }) })
  }

  /** 3×3, with a scale and a zero point of the weights, and a bias. */
  convolution(x: string, p: Layer): string {
    const [inChannels, outChannels] = p.channels
    const [stride, dilation] = [p.stride ?? 1, p.dilation ?? 1]
    const { uint8, float } = OnnxDataType
    const values = (count: number, most: number) => Array.from({ length: count }, () => this.#random.below(most))
    const weights = this.#known(uint8, [outChannels, inChannels, 3, 3], values(9 * inChannels * outChannels, 256))
    const weightZero = this.#known(uint8, [], [120])
    const weightScale = this.#known(float, [], [0.001])
    const bias = this.#known(
      float,
      [1, outChannels, 1, 1],
      values(outChannels, 64).map((value) => value / 64 - 0.5),
    )
    const [levels, scale, zero] = ['levels', 'scale', 'zero'].map((what) => `${what}_${this.#nodes.length}`) as [
      string,
      string,
      string,
    ]
    this.#nodes.push(onnxNode({ op: 'DynamicQuantizeLinear', inputs: [x], outputs: [levels, scale, zero] }))
    const product = this.node('ConvInteger', {
      inputs: [levels, weights, zero, weightZero],
      attributes: {
        pads: ints(new Array<number>(4).fill(dilation)),
        strides: ints([stride, stride]),
        dilations: ints([dilation, dilation]),
      },
    })
    const real = this.node('Cast', { inputs: [product], attributes: { to: int(float) } })
    const scales = this.node('Mul', { inputs: [scale, weightScale] })
    return this.node('Add', { inputs: [this.node('Mul', { inputs: [real, scales] }), bias] })
  }

  pool(x: string): string {
    return this.node('MaxPool', { inputs: [x], attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) } })
  }

  concat(...inputs: readonly string[]): string {
    return this.node('Concat', { inputs, attributes: { axis: int(1) } })
  }

  resize(x: string, sizes: readonly number[]): string {
    const inputs = [x, '', '', this.#known(OnnxDataType.int64, [sizes.length], sizes)]
    const mode = { mode: text('linear'), coordinate_transformation_mode: text('half_pixel') }
    return this.node('Resize', { inputs, attributes: mode })
  }

  model(size: number): Uint8Array {
    return writeOnnxModel({
      irVersion: 8,
      producer: 'opml tests',
      opsets: new Map([['', 15]]),
      functions: [],
      graph: {
        name: 'eight bits',
        nodes: this.#nodes,
        initializers: this.#initializers,
        numSparseInitializers: 0,
        inputs: [{ name: 'input', kind: 'tensor', dataType: OnnxDataType.float, shape: [1, 3, size, size] }],
        outputs: [{ name: 'output' }, { name: 'features' }],
      },
    })
  }

  #known(dataType: number, dims: readonly number[], values: readonly number[]): string {
    const name = `known_${this.#initializers.length}`
    this.#initializers.push(tensorOf({ name, dataType, dims, values }))
    return name
  }
}
