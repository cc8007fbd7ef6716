import { seededRandom } from '../../../core/seededRandom.ts'
import { walkProgram } from '../../../graph/programWalk.ts'
import { OPERATORS, referenceNode } from '../../../ops/index.ts'
import { importOnnx } from '../../onnx/importOnnx.ts'
import { type OnnxAttribute, OnnxDataType, type OnnxNode, type OnnxTensor } from '../../onnx/onnxModel.ts'
import { writeOnnxModel } from '../../onnx/writeModel.ts'
import { type QuantisedModel, quantiseOnnx, type QuantiseOptions } from '../quantiseOnnx.ts'

const compute = referenceNode(OPERATORS)

/** An attribute as an integer, a list of integers, a text, or `{ f }` for a float. */
type AttributeValue = number | string | readonly number[] | { readonly f: number }

/** One node: operator, inputs, output, attributes. */
export type NodeLine = readonly [string, readonly string[], string, Readonly<Record<string, AttributeValue>>?]

/** A tensor: dims and values, f32 unless they are integers. */
export interface Values {
  readonly dims: readonly number[]
  readonly isInteger?: boolean
  readonly values: readonly number[] | Float32Array
}

/** A model of one input `x`; the last node gives its result. */
export interface SmallModel {
  readonly x: readonly number[]
  readonly constants?: Readonly<Record<string, Values>>
  readonly nodes: readonly NodeLine[]
  readonly opset?: number
}

function attributeOf(name: string, value: AttributeValue): OnnxAttribute {
  const none = { name, floats: [], ints: [], strings: [], graphs: [] }
  if (typeof value === 'number') return { ...none, i: BigInt(value) }
  if (typeof value === 'string') return { ...none, s: value }
  return 'f' in value ? { ...none, f: value.f } : { ...none, ints: value.map(BigInt) }
}

function tensorOf(name: string, { dims, values, isInteger }: Values): OnnxTensor {
  if (isInteger === true) {
    const integers = BigInt64Array.from(Array.from(values, BigInt))
    return { name, dims, dataType: OnnxDataType.int64, bytes: new Uint8Array(integers.buffer) }
  }
  return { name, dims, dataType: OnnxDataType.float, bytes: new Uint8Array(Float32Array.from(values).buffer) }
}

/** The file of a small model. */
function modelBytes(model: SmallModel): Uint8Array {
  const nodes = model.nodes.map(
    ([opType, inputs, output, attributes = {}]): OnnxNode => ({
      name: output,
      opType,
      domain: '',
      inputs,
      outputs: [output],
      attributes: new Map(Object.entries(attributes).map(([name, value]) => [name, attributeOf(name, value)])),
    }),
  )
  const last = nodes.at(-1)?.outputs[0] as string
  return writeOnnxModel({
    irVersion: 8,
    producer: 'test',
    opsets: new Map([['', model.opset ?? 17]]),
    functions: [],
    graph: {
      name: 'small',
      nodes,
      initializers: Object.entries(model.constants ?? {}).map(([name, values]) => tensorOf(name, values)),
      numSparseInitializers: 0,
      inputs: [{ name: 'x', kind: 'tensor', dataType: OnnxDataType.float, shape: model.x }],
      outputs: [{ name: last, kind: 'tensor', dataType: OnnxDataType.float }],
    },
  })
}

/** Seeded numbers from −scale to scale. */
export function randomValues(dims: readonly number[], p: { seed: number; scale?: number; offset?: number }): Values {
  const random = seededRandom(p.seed)
  const length = dims.reduce((product, dim) => product * dim, 1)
  const values = Float32Array.from(
    { length },
    () => (random.below(2 ** 24) / 2 ** 23 - 1) * (p.scale ?? 1) + (p.offset ?? 0),
  )
  return { dims, values }
}

/** Bytes of a sample of `x`. */
export function sampleOf({ values }: Values): Uint8Array[] {
  return [new Uint8Array(Float32Array.from(values).buffer)]
}

/** Quantises with the references of the operators; the calibration is four random samples and 8-bit activations unless given. */
export async function quantiseSmall(
  model: SmallModel,
  options: Partial<QuantiseOptions> = {},
): Promise<QuantisedModel> {
  const calibration = [1, 2, 3, 4].map((seed) => sampleOf(randomValues(model.x, { seed })))
  return await quantiseOnnx(modelBytes(model), {
    file: 'small.onnx',
    calibration,
    isWide: () => false,
    evaluate: compute,
    load: (program, constants) => ({
      run: (inputs) => Promise.resolve(walkProgram(program, { constants, inputs, compute })),
    }),
    ...options,
  })
}

/** Result 0 of a quantised model on integer inputs. */
export function runIntegers({ program, constants }: QuantisedModel, inputs: readonly Uint8Array[]): Uint8Array {
  const [result] = walkProgram(program, { constants: constants.map(({ bytes }) => bytes), inputs, compute })
  return result as Uint8Array
}

/** Result 0 of an ONNX file on f32 inputs. */
export function runFloat(file: Uint8Array, inputs: readonly Uint8Array[]): Float32Array {
  const { program, constants } = importOnnx(file, { file: 'small.onnx', evaluate: compute })
  const [result] = walkProgram(program, { constants: constants.map(({ bytes }) => bytes), inputs, compute })
  return new Float32Array((result as Uint8Array).slice().buffer)
}
