import type { OnnxNode, OnnxTensor } from '../../packages/opml/src/importers/onnx/onnxModel.ts'
import { writeOnnxModel } from '../../packages/opml/src/importers/onnx/writeModel.ts'
import { randomFloats, tensorOf } from './onnxComparison.ts'
import { type AttributeValue, float, int, ints, onnxNode } from './singleNode.ts'
import { F32 } from './versionCases.ts'

/** A model that writes an operator out in simpler ones, and the operators of the program that it becomes. */
export interface WrittenOutCase {
  readonly model: Uint8Array
  readonly inputs: readonly OnnxTensor[]
  readonly operators: readonly string[]
}

/** Writes a graph node by node. */
class Graph {
  readonly inputs: OnnxTensor[] = []
  readonly #initializers: OnnxTensor[] = []
  readonly #nodes: OnnxNode[] = []

  /** An input with random elements. */
  input(dims: readonly number[]): string {
    const name = `x${this.inputs.length}`
    this.inputs.push(randomFloats({ name, dims, seed: 2 + this.inputs.length, low: -3, high: 3 }))
    return name
  }

  number(value: number): string {
    return this.#initializer(
      tensorOf({ name: `n${this.#initializers.length}`, dataType: F32, dims: [], values: [value] }),
    )
  }

  weights(dims: readonly number[]): string {
    const name = `w${this.#initializers.length}`
    return this.#initializer(randomFloats({ name, dims, seed: 9 + this.#initializers.length, low: 0.5, high: 2 }))
  }

  filled(count: number, value: number): string {
    const values = new Array<number>(count).fill(value)
    return this.#initializer(tensorOf({ name: `f${this.#initializers.length}`, dataType: F32, dims: [count], values }))
  }

  shape(dims: readonly number[]): string {
    const name = `s${this.#initializers.length}`
    return this.#initializer(tensorOf({ name, dataType: 7, dims: [dims.length], values: dims }))
  }

  op(op: string, inputs: readonly string[], attributes: Record<string, AttributeValue> = {}): string {
    const output = `${op}${this.#nodes.length}`
    this.#nodes.push(onnxNode({ op, inputs, outputs: [output], attributes }))
    return output
  }

  /** The case whose results are these values. */
  giving(outputs: readonly string[], operators: readonly string[], opset = 13): WrittenOutCase {
    const graph = {
      name: 'written out',
      nodes: this.#nodes,
      initializers: this.#initializers,
      numSparseInitializers: 0,
      inputs: this.inputs.map(({ name, dataType, dims }) => ({ name, kind: 'tensor' as const, dataType, shape: dims })),
      outputs: outputs.map((name) => ({ name, kind: 'tensor' as const, dataType: F32 })),
    }
    const model = writeOnnxModel({
      irVersion: 7,
      producer: 'tests',
      opsets: new Map([['', opset]]),
      functions: [],
      graph,
    })
    return { model, inputs: this.inputs, operators }
  }

  #initializer(tensor: OnnxTensor): string {
    this.#initializers.push(tensor)
    return tensor.name
  }
}

/** How a normalisation is written. */
interface Form {
  readonly axes?: readonly number[]
  /** Axes of the second mean, where they are others. */
  readonly varianceAxes?: readonly number[]
  readonly square?: 'Mul' | 'Pow'
  readonly quotient?: 'Div' | 'Reciprocal' | 'Inverse' | 'Power'
  readonly epsilon?: 'under the root' | 'after the root' | 'none'
  readonly isRms?: boolean
  readonly keepsDims?: boolean
}

/** The values of a normalisation of x in a graph, the last one its result. */
function normalisation(g: Graph, x: string, form: Form) {
  const axes = { axes: ints(form.axes ?? [-1]), keepdims: int(1) }
  const mean = form.isRms ? undefined : g.op('ReduceMean', [x], axes)
  const centred = mean === undefined ? x : g.op('Sub', [x, mean])
  const square = form.square === 'Pow' ? g.op('Pow', [centred, g.number(2)]) : g.op('Mul', [centred, centred])
  const variance = g.op('ReduceMean', [square], {
    ...axes,
    ...(form.varianceAxes && { axes: ints(form.varianceAxes) }),
  })
  const epsilon = g.number(0.01)
  const positive = (form.epsilon ?? 'under the root') === 'under the root' ? g.op('Add', [variance, epsilon]) : variance
  const root = form.quotient === 'Power' ? positive : g.op('Sqrt', [positive])
  const deviation = form.epsilon === 'after the root' ? g.op('Add', [root, epsilon]) : root
  const result = {
    Div: () => g.op('Div', [centred, deviation]),
    Reciprocal: () => g.op('Mul', [g.op('Reciprocal', [deviation]), centred]),
    Inverse: () => g.op('Mul', [centred, g.op('Div', [g.number(1), deviation])]),
    Power: () => g.op('Mul', [centred, g.op('Pow', [positive, g.number(-0.5)])]),
  }[form.quotient ?? 'Div']()
  return { mean, centred, square, variance, deviation, result }
}

const SHAPE = [2, 3, 5, 4]

/** A normalisation alone. */
function plain(form: Form, operators: readonly string[]): WrittenOutCase {
  const g = new Graph()
  return g.giving([normalisation(g, g.input(SHAPE), form).result], operators)
}

/** With scale and bias of the last dimension. */
function affine(form: Form): WrittenOutCase {
  const g = new Graph()
  const scaled = g.op('Mul', [normalisation(g, g.input(SHAPE), form).result, g.weights([4])])
  return g.giving([g.op('Add', [scaled, g.weights([4])])], ['Normalize'])
}

/** With another of its values as a result too. */
function alsoGiving(value: 'mean' | 'centred' | 'square' | 'variance' | 'deviation', operators: readonly string[]) {
  const g = new Graph()
  const values = normalisation(g, g.input(SHAPE), {})
  return g.giving([values.result, values[value] as string], operators)
}

function softmax(p: { axis: number; sumAxis?: number; isLog?: boolean; isUnshifted?: boolean; isSumGiven?: boolean }) {
  const g = new Graph()
  const x = g.input(SHAPE)
  const axes = { axes: ints([p.axis]), keepdims: int(1) }
  const shifted = p.isUnshifted ? x : g.op('Sub', [x, g.op('ReduceMax', [x], axes)])
  const exponentials = g.op('Exp', [shifted])
  // Axes are an attribute of ReduceSum up to version 12.
  const sum = g.op('ReduceSum', [exponentials], { ...axes, axes: ints([p.sumAxis ?? p.axis]) })
  const result = p.isLog ? g.op('Sub', [shifted, g.op('Log', [sum])]) : g.op('Div', [exponentials, sum])
  return (operators: readonly string[]) => g.giving(p.isSumGiven ? [result, sum] : [result], operators, 12)
}

/** A product with a bias, and an activation written out. */
function activation(write: (g: Graph, x: string) => string): WrittenOutCase {
  const g = new Graph()
  const product = g.op('Add', [g.op('MatMul', [g.input([6, 5]), g.weights([5, 7])]), g.weights([7])])
  return g.giving([write(g, product)], ['MatMul'])
}

const geluByErf = (g: Graph, x: string) => {
  const erf = g.op('Erf', [g.op('Div', [x, g.number(Math.SQRT2)])])
  return g.op('Mul', [g.op('Mul', [x, g.op('Add', [erf, g.number(1)])]), g.number(0.5)])
}
const geluByTanh = (g: Graph, x: string) => {
  const cube = g.op('Mul', [g.op('Pow', [x, g.number(3)]), g.number(0.044715)])
  const tanh = g.op('Tanh', [g.op('Mul', [g.op('Add', [x, cube]), g.number(0.7978845608028654)])])
  return g.op('Mul', [g.op('Mul', [x, g.number(0.5)]), g.op('Add', [tanh, g.number(1)])])
}
const silu = (g: Graph, x: string) => g.op('Mul', [x, g.op('Sigmoid', [x])])
const mish = (g: Graph, x: string) => g.op('Mul', [x, g.op('Tanh', [g.op('Softplus', [x])])])
const hardSwish = (g: Graph, x: string) => {
  const gate = g.op('Clip', [g.op('Add', [x, g.number(3)]), g.number(0), g.number(6)])
  return g.op('Div', [g.op('Mul', [x, gate]), g.number(6)])
}

/** Group normalisation as instance normalisation between two reshapes, then factors of channels. */
function groups(): WrittenOutCase {
  const g = new Graph()
  const parts = g.op('Reshape', [g.input([2, 6, 4, 3]), g.shape([2, 3, -1])])
  const normal = g.op('InstanceNormalization', [parts, g.filled(3, 1), g.filled(3, 0)], { epsilon: float(0.01) })
  const whole = g.op('Reshape', [normal, g.shape([2, 6, 4, 3])])
  const scaled = g.op('Mul', [whole, g.weights([6, 1, 1])])
  return g.giving([g.op('Add', [scaled, g.weights([6, 1, 1])])], ['Normalize'])
}

function convolution(isShared: boolean): WrittenOutCase {
  const g = new Graph()
  const product = g.op('Conv', [g.input([1, 3, 6, 5]), g.weights([4, 3, 3, 3]), g.weights([4])])
  const normal = g.op('BatchNormalization', [product, g.weights([4]), g.weights([4]), g.weights([4]), g.weights([4])])
  return isShared ? g.giving([normal, product], ['Conv', 'Map']) : g.giving([normal], ['Conv'])
}

function otherQuotient(): WrittenOutCase {
  const g = new Graph()
  const [x, y] = [g.input(SHAPE), g.input(SHAPE)]
  const { deviation } = normalisation(g, x, {})
  const mean = g.op('ReduceMean', [y], { axes: ints([-1]), keepdims: int(1) })
  return g.giving([g.op('Div', [g.op('Sub', [y, mean]), deviation])], ['Reduce', 'Map', 'Reduce', 'Reduce', 'Map'])
}

function broadcastScale(): WrittenOutCase {
  const g = new Graph()
  const { result } = normalisation(g, g.input([3, 4]), {})
  return g.giving([g.op('Mul', [result, g.weights([2, 1, 4])])], ['Normalize', 'Map'])
}

/** Forms that become one node, or as few as operators can say. */
export const FUSED: Readonly<Record<string, WrittenOutCase>> = {
  'layer normalisation by Mul and Div': affine({}),
  'layer normalisation by Pow and Div': affine({ square: 'Pow' }),
  'layer normalisation by Reciprocal': affine({ quotient: 'Reciprocal' }),
  'layer normalisation by 1 ÷ √': affine({ quotient: 'Inverse' }),
  'layer normalisation by the power −½': affine({ quotient: 'Power' }),
  'layer normalisation without epsilon': affine({ epsilon: 'none' }),
  'over the last two dimensions': plain({ axes: [2, 3] }, ['Normalize']),
  'over the channels of an image': plain({ axes: [1] }, ['Normalize', 'Map']),
  'over a dimension at each end': plain({ axes: [0, 3] }, ['Normalize', 'Map']),
  'RMS normalisation by Mul and Div': affine({ isRms: true }),
  'RMS normalisation by Pow and Reciprocal': affine({ isRms: true, square: 'Pow', quotient: 'Reciprocal' }),
  'RMS normalisation by the power −½': affine({ isRms: true, square: 'Pow', quotient: 'Power' }),
  'softmax along the last dimension': softmax({ axis: -1 })(['Softmax']),
  'softmax along another dimension': softmax({ axis: 1 })(['Softmax']),
  'logarithm of the softmax': softmax({ axis: 2, isLog: true })(['Softmax']),
  'GELU by Erf': activation(geluByErf),
  'GELU by Tanh': activation(geluByTanh),
  SiLU: activation(silu),
  Mish: activation(mish),
  HardSwish: activation(hardSwish),
  'group normalisation by reshapes': groups(),
  'batch normalisation behind a convolution': convolution(false),
}

/** What looks like one of these forms and is none: all that is kept of it is stored. */
export const APART: Readonly<Record<string, WrittenOutCase>> = {
  'epsilon after the root': plain({ epsilon: 'after the root' }, ['Reduce', 'Map', 'Map', 'Reduce', 'Map']),
  'a mean over other dimensions than the squares': plain({ varianceAxes: [2, 3] }, ['Reduce', 'Map', 'Normalize']),
  'the quotient of another tensor': otherQuotient(),
  'x − mean is a result': alsoGiving('centred', ['Reduce', 'Map', 'Normalize']),
  'the mean is a result': alsoGiving('mean', ['Reduce', 'Map', 'Normalize']),
  'the squares are a result': alsoGiving('square', ['Reduce', 'Map', 'Map', 'Reduce', 'Map']),
  'the variance is a result': alsoGiving('variance', ['Reduce', 'Map', 'Map', 'Reduce', 'Map', 'Map']),
  'the deviation is a result': alsoGiving('deviation', ['Reduce', 'Map', 'Map', 'Reduce', 'Map']),
  'a scale with more dimensions': broadcastScale(),
  'softmax without the maximum': softmax({ axis: -1, isUnshifted: true })(['Map', 'Reduce', 'Map']),
  'softmax with a sum along another dimension': softmax({ axis: -1, sumAxis: 2 })(['Reduce', 'Map', 'Reduce', 'Map']),
  'softmax whose sum is a result': softmax({ axis: -1, isSumGiven: true })(['Reduce', 'Map', 'Reduce', 'Map']),
  'batch normalisation behind a convolution that is a result': convolution(true),
}
