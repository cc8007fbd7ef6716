import { seededRandom } from 'opml/core'

/** Bytes of an ONNX model written by hand: the few fields that a network needs. */
type Message = readonly number[] | Uint8Array

const [VARINT, LENGTH_DELIMITED] = [0, 2]
const FLOAT = 1
const INTS = 7

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}

const int = (field: number, value: number): number[] => [...varint(field * 8 + VARINT), ...varint(value)]

function join(parts: readonly Message[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function message(field: number, ...parts: readonly Message[]): Uint8Array {
  const content = join(parts)
  return join([varint(field * 8 + LENGTH_DELIMITED), varint(content.length), content])
}

const text = (field: number, value: string): Uint8Array => message(field, new TextEncoder().encode(value))

/** A node with attributes that are lists of integers. */
function node(
  op: string,
  p: { inputs: readonly string[]; output: string; ints?: Readonly<Record<string, readonly number[]>> },
): Uint8Array {
  const attributes = Object.entries(p.ints ?? {}).map(([name, values]) =>
    message(5, text(1, name), ...values.map((value) => int(8, value)), int(20, INTS)),
  )
  return message(1, ...p.inputs.map((name) => text(1, name)), text(2, p.output), text(4, op), ...attributes)
}

function valueInfo(field: number, name: string, dims: readonly number[]): Uint8Array {
  const shape = message(2, ...dims.map((dim) => message(1, int(1, dim))))
  return message(field, text(1, name), message(2, message(1, int(1, FLOAT), shape)))
}

const random = seededRandom(1)

/** Weights between −½ and ½ over the square root of the number of terms of a sum. */
function weights(name: string, dims: readonly number[]): Uint8Array {
  const terms = dims.length === 1 ? 1 : dims.length === 2 ? (dims[0] as number) : dims.slice(1).reduce((a, b) => a * b)
  const count = dims.reduce((a, b) => a * b)
  const values = Float32Array.from({ length: count }, () => (random.below(2 ** 24) / 2 ** 24 - 0.5) / Math.sqrt(terms))
  return message(
    5,
    ...dims.map((dim) => int(1, dim)),
    int(2, FLOAT),
    text(8, name),
    message(9, new Uint8Array(values.buffer)),
  )
}

function model(p: {
  input: readonly number[]
  output: readonly number[]
  nodes: readonly Message[]
  weights: readonly Message[]
}): Uint8Array {
  const graph = message(
    7,
    ...p.nodes,
    text(2, 'network'),
    ...p.weights,
    valueInfo(11, 'x', p.input),
    valueInfo(12, 'y', p.output),
  )
  return join([int(1, 8), graph, message(8, int(2, 13))])
}

/** MNIST's classic perceptron 784-128-10 with random weights. */
export function mlpModel(): Uint8Array {
  return model({
    input: [1, 784],
    output: [1, 10],
    nodes: [
      node('Gemm', { inputs: ['x', 'w1', 'b1'], output: 'h' }),
      node('Relu', { inputs: ['h'], output: 'r' }),
      node('Gemm', { inputs: ['r', 'w2', 'b2'], output: 'y' }),
    ],
    weights: [weights('w1', [784, 128]), weights('b1', [128]), weights('w2', [128, 10]), weights('b2', [10])],
  })
}

/** LeNet-5 (ReLU, maximum pooling) on images of 28×28 pixels with random weights. */
export function leNetModel(numImages = 1): Uint8Array {
  const pool = { kernel_shape: [2, 2], strides: [2, 2] }
  return model({
    input: [numImages, 1, 28, 28],
    output: [numImages, 10],
    nodes: [
      node('Conv', { inputs: ['x', 'k1', 'c1'], output: 'a', ints: { kernel_shape: [5, 5], pads: [2, 2, 2, 2] } }),
      node('Relu', { inputs: ['a'], output: 'b' }),
      node('MaxPool', { inputs: ['b'], output: 'c', ints: pool }),
      node('Conv', { inputs: ['c', 'k2', 'c2'], output: 'd', ints: { kernel_shape: [5, 5] } }),
      node('Relu', { inputs: ['d'], output: 'e' }),
      node('MaxPool', { inputs: ['e'], output: 'f', ints: pool }),
      node('Flatten', { inputs: ['f'], output: 'g' }),
      node('Gemm', { inputs: ['g', 'w1', 'b1'], output: 'h' }),
      node('Relu', { inputs: ['h'], output: 'i' }),
      node('Gemm', { inputs: ['i', 'w2', 'b2'], output: 'j' }),
      node('Relu', { inputs: ['j'], output: 'k' }),
      node('Gemm', { inputs: ['k', 'w3', 'b3'], output: 'y' }),
    ],
    weights: [
      weights('k1', [6, 1, 5, 5]),
      weights('c1', [6]),
      weights('k2', [16, 6, 5, 5]),
      weights('c2', [16]),
      weights('w1', [400, 120]),
      weights('b1', [120]),
      weights('w2', [120, 84]),
      weights('b2', [84]),
      weights('w3', [84, 10]),
      weights('b3', [10]),
    ],
  })
}
