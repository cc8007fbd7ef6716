import { seededRandom } from '../../../packages/opml/src/core/seededRandom.ts'
import { OnnxDataType, type OnnxNode, type OnnxTensor } from '../../../packages/opml/src/importers/onnx/onnxModel.ts'
import { writeOnnxModel } from '../../../packages/opml/src/importers/onnx/writeModel.ts'
import { type AttributeValue, float, int, ints, onnxNode } from '../singleNode.ts'

/** A value of the network: [1, channels, size, size], or [1, channels] behind the first dense layer. */
export interface Layer {
  readonly name: string
  readonly channels: number
  readonly size: number
}

/** A sliding window; `pad` on all sides. */
interface Window {
  readonly kernel: number
  readonly stride?: number
  readonly pad?: number
}

/** Writes image networks of operator set 9 with seeded weights, scaled after He so that values keep their size from layer to layer. */
export class NetBuilder {
  readonly input: Layer
  readonly #nodes: OnnxNode[] = []
  readonly #initializers: OnnxTensor[] = []
  readonly #random
  readonly #width: number
  #count = 0
  #scores: Layer | undefined

  /**
   * @param width - factor of all numbers of channels: 1 is the published network.
   * @param size - height and width of the image.
   */
  constructor(p: { seed: number; size: number; width: number }) {
    this.input = { name: 'image', channels: 3, size: p.size }
    this.#random = seededRandom(p.seed)
    this.#width = p.width
  }

  /** A published number of channels at this width, a multiple of `group`. */
  scaled(channels: number, group = 1): number {
    return Math.max(1, Math.round((channels * this.#width) / group)) * group
  }

  conv(x: Layer, p: Window & { out: number; group?: number; bias?: boolean }): Layer {
    const { kernel, stride = 1, pad = 0, group = 1 } = p
    const perGroup = x.channels / group
    const weights = this.#weights([p.out, perGroup, kernel, kernel], perGroup * kernel * kernel)
    const inputs = [x.name, weights]
    if (p.bias !== false) inputs.push(this.#values([p.out], { low: -0.1, high: 0.1 }))
    const attributes = { ...window(p), group: int(group) }
    const size = Math.floor((x.size + 2 * pad - kernel) / stride) + 1
    return this.#node('Conv', inputs, { channels: p.out, size }, attributes)
  }

  batchNorm(x: Layer): Layer {
    const values = (low: number, high: number) => this.#values([x.channels], { low, high })
    const inputs = [x.name, values(0.8, 1.2), values(-0.1, 0.1), values(-0.1, 0.1), values(0.8, 1.2)]
    return this.#node('BatchNormalization', inputs, x)
  }

  relu(x: Layer): Layer {
    return this.#node('Relu', [x.name], x)
  }

  maxPool(x: Layer, p: Window): Layer {
    return this.#pool('MaxPool', x, p)
  }

  averagePool(x: Layer, p: Window): Layer {
    return this.#pool('AveragePool', x, p)
  }

  #pool(op: string, x: Layer, p: Window): Layer {
    const size = Math.floor((x.size + 2 * (p.pad ?? 0) - p.kernel) / (p.stride ?? 1)) + 1
    return this.#node(
      op,
      [x.name],
      { channels: x.channels, size },
      { kernel_shape: ints([p.kernel, p.kernel]), ...window(p) },
    )
  }

  globalAverage(x: Layer): Layer {
    return this.#node('GlobalAveragePool', [x.name], { channels: x.channels, size: 1 })
  }

  lrn(x: Layer): Layer {
    return this.#node('LRN', [x.name], x, { size: int(5), alpha: float(1e-4), beta: float(0.75), bias: float(1) })
  }

  add(a: Layer, b: Layer): Layer {
    return this.#node('Add', [a.name, b.name], a)
  }

  concat(layers: readonly Layer[]): Layer {
    const channels = layers.reduce((sum, layer) => sum + layer.channels, 0)
    const size = layers[0]?.size ?? 0
    return this.#node(
      'Concat',
      layers.map(({ name }) => name),
      { channels, size },
      { axis: int(1) },
    )
  }

  dropout(x: Layer): Layer {
    return this.#node('Dropout', [x.name], x, { ratio: float(0.5) })
  }

  /** Channels of the groups interleaved: a reshape, a transpose, a reshape. */
  shuffle(x: Layer, groups: number): Layer {
    const { channels, size } = x
    const split = this.#node('Reshape', [x.name, this.#shape([1, groups, channels / groups, size, size])], x)
    const moved = this.#node('Transpose', [split.name], x, { perm: ints([0, 2, 1, 3, 4]) })
    return this.#node('Reshape', [moved.name, this.#shape([1, channels, size, size])], x)
  }

  dense(x: Layer, out: number): Layer {
    const count = x.channels * x.size * x.size
    const flat = this.#node('Reshape', [x.name, this.#shape([1, -1])], { channels: count, size: 1 })
    const inputs = [flat.name, this.#weights([out, count], count), this.#values([out], { low: -0.1, high: 0.1 })]
    return this.#node('Gemm', inputs, { channels: out, size: 1 }, { transB: int(1) })
  }

  /** The probabilities; what goes in is an output of the model too, for a probability says little of a small score. */
  softmax(x: Layer): Layer {
    this.#scores = x
    return this.#node('Softmax', [x.name], x)
  }

  /** The bytes of the model with one output, and the scores before the softmax if there is one. */
  model(output: Layer): Uint8Array {
    const { name, channels, size } = this.input
    return writeOnnxModel({
      irVersion: 4,
      producer: 'opml tests',
      opsets: new Map([['', 9]]),
      functions: [],
      graph: {
        name: 'net',
        nodes: this.#nodes,
        initializers: this.#initializers,
        numSparseInitializers: 0,
        inputs: [{ name, kind: 'tensor', dataType: OnnxDataType.float, shape: [1, channels, size, size] }],
        outputs: [output, ...(this.#scores === undefined ? [] : [this.#scores])].map((layer) => ({ name: layer.name })),
      },
    })
  }

  #node(
    op: string,
    inputs: readonly string[],
    type: Omit<Layer, 'name'>,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): Layer {
    const name = this.#name(op)
    this.#nodes.push(onnxNode({ op, inputs, outputs: [name], attributes }))
    return { name, channels: type.channels, size: type.size }
  }

  #name(kind: string): string {
    return `${kind.toLowerCase()}${this.#count++}`
  }

  /** Uniform weights of variance 2 ÷ fanIn. */
  #weights(dims: readonly number[], fanIn: number): string {
    const bound = Math.sqrt(6 / fanIn)
    return this.#values(dims, { low: -bound, high: bound })
  }

  #values(dims: readonly number[], p: { low: number; high: number }): string {
    const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1))
    const step = (p.high - p.low) / 2 ** 24
    for (let i = 0; i < values.length; i++) values[i] = p.low + step * this.#random.below(2 ** 24)
    return this.#initializer(dims, OnnxDataType.float, new Uint8Array(values.buffer))
  }

  #shape(dims: readonly number[]): string {
    return this.#initializer([dims.length], OnnxDataType.int64, new Uint8Array(BigInt64Array.from(dims, BigInt).buffer))
  }

  #initializer(dims: readonly number[], dataType: number, bytes: Uint8Array): string {
    const name = this.#name('weights')
    this.#initializers.push({ name, dims, dataType, bytes })
    return name
  }
}

function window({ kernel, stride = 1, pad = 0 }: Window): Record<string, AttributeValue> {
  return { kernel_shape: ints([kernel, kernel]), strides: ints([stride, stride]), pads: ints([pad, pad, pad, pad]) }
}
