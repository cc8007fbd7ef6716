import type { Dtype } from '../../graph/dtype.ts'
import { verifyFixedProfile } from '../../graph/fixedProfile.ts'
import type { Program } from '../../graph/program.ts'
import { elements, tensorOver } from '../../graph/tensor.ts'
import type { BuilderConstant } from '../builder/programBuilder.ts'
import { isDense, type Tensor } from '../builder/tensor.ts'
import { finishProgram, lowerOnnx, type OnnxImportOptions } from '../onnx/importOnnx.ts'
import type { OnnxModel, OnnxNode } from '../onnx/onnxModel.ts'
import { readOnnxModel } from '../onnx/readModel.ts'
import { writeOnnxModel } from '../onnx/writeModel.ts'
import { type Clip, ValueRange } from './calibration.ts'
import { decomposed } from './decompose.ts'
import { QuantiseCalibrationError } from './errors.ts'
import { exportQdq } from './exportQdq.ts'
import { type IntegerGraph, lowerToIntegers } from './integerGraph.ts'
import { isProduct, modelFacts } from './modelFacts.ts'
import { ErrorSum, type QualityReport, type QuantisedType } from './qualityReport.ts'
import type { StoredLayer } from './quantiser.ts'
import { quantiseTo } from './target.ts'
import type { Stored } from './values.ts'

/** A program that can be run: the form of an engine. */
export interface Runnable {
  /** Outputs in the order of the program, dense little-endian bytes. */
  run(inputs: readonly Uint8Array[]): Promise<readonly Uint8Array[]>
}

/** What a quantisation needs besides the model's bytes. */
export interface QuantiseOptions extends OnnxImportOptions {
  /** Prepares a program for runs. */
  readonly load: (program: Program, constants: readonly Uint8Array[]) => Runnable
  /** Inputs of the float model, each sample in the order of its inputs: what the ranges are taken from. */
  readonly calibration: readonly (readonly Uint8Array[])[]
  /** Inputs that the report is made from; those of the calibration unless given. */
  readonly evaluation?: readonly (readonly Uint8Array[])[]
  /** Ranges of 8-bit tensors; `mse` unless given. */
  readonly clip?: Clip
  /** Which products (Conv, MatMul, Gemm) take 16-bit activations; none unless given. */
  readonly isWide?: (node: OnnxNode) => boolean
}

/** A model in integers. */
export interface QuantisedModel {
  readonly program: Program
  readonly constants: readonly BuilderConstant[]
  readonly report: QualityReport
  /** The same quantisation as an ONNX file with QuantizeLinear and DequantizeLinear, for other runtimes. */
  readonly exportQdq: () => Uint8Array
}

/**
 * Quantises an ONNX model: a program of the fixed profile with 8-bit weights, a scale an output channel, and a report of what that costs.
 *
 * Real inputs and results become integers whose scale and zero point the report names.
 * @throws {QuantiseUnsupportedError} with everything that has no integer form.
 * @throws {QuantiseCalibrationError} no samples, or values that are not finite.
 * @throws {OnnxFormatError | OnnxUnsupportedError | OnnxExternalDataError}
 * @see docs/quantise.md
 */
export async function quantiseOnnx(bytes: Uint8Array, options: QuantiseOptions): Promise<QuantisedModel> {
  const model = decomposed(readOnnxModel(bytes))
  const float = new FloatModel(model, { bytes, options })
  const ranges = await calibrated(float, options.calibration)
  const { clip = 'mse', isWide = () => false } = options
  const facts = modelFacts(model.graph, { ranges, clip, isWide })
  const integers = lowerToIntegers(model, { bytes, options, facts })
  const quantised = programOf(integers, [])
  verifyFixedProfile(quantised.program)
  const products = model.graph.nodes.filter(({ opType }) => isProduct(opType))
  const numWide = products.filter(isWide).length
  const evaluation = options.evaluation ?? options.calibration
  const report: QualityReport = {
    format: 'opml.quality.1',
    calibration: { numSamples: options.calibration.length, clip },
    evaluation: { numSamples: evaluation.length },
    products: { narrow: products.length - numWide, wide: numWide },
    inputs: integers.inputs.map(({ name, stored }) => typeOf(name, stored)),
    ...(await compared({ float, integers, evaluation, options })),
  }
  return { ...quantised, report, exportQdq: () => writeOnnxModel(exportQdq(model, integers.quantiser.products)) }
}

/** Real numbers as the integers of a quantised tensor. */
export function quantiseValues(
  values: Float32Array,
  type: Pick<QuantisedType, 'dtype' | 'scale' | 'zeroPoint'>,
): Uint8Array {
  const limits = type.dtype === 'i8' ? { low: -128, high: 127 } : { low: -32767, high: 32767 }
  const target = { ...limits, dtype: type.dtype, scale: type.scale, zero: type.zeroPoint, limit: 0 }
  const integers = type.dtype === 'i8' ? new Int8Array(values.length) : new Int16Array(values.length)
  values.forEach((value, i) => {
    integers[i] = quantiseTo(target, value)
  })
  return new Uint8Array(integers.buffer)
}

/** The float model with every real tensor of its graph as a result. */
class FloatModel {
  readonly names: readonly string[]
  readonly #inputs: Program['inputs']
  readonly #runnable: Runnable

  constructor(model: OnnxModel, p: { bytes: Uint8Array; options: QuantiseOptions }) {
    const { builder, scope } = lowerOnnx(model, p)
    const names = new Set<string>()
    for (const name of model.graph.nodes.flatMap(({ outputs }) => outputs)) {
      const tensor = name === '' ? undefined : scope.get(name)
      if (tensor?.dtype !== 'f32' || tensor.ref.kind === 'constant' || names.has(name)) continue
      builder.output(name, tensor)
      names.add(name)
    }
    this.names = [...names]
    this.#inputs = builder.inputs
    const { program, constants } = finishProgram(builder)
    this.#runnable = p.options.load(
      program,
      constants.map((constant) => constant.bytes),
    )
  }

  /** Every real tensor by name, inputs included. */
  async run(inputs: readonly Uint8Array[]): Promise<Map<string, Float32Array>> {
    if (inputs.length !== this.#inputs.length)
      throw new QuantiseCalibrationError(`a sample has ${inputs.length} inputs, the model takes ${this.#inputs.length}`)
    const results = await this.#runnable.run(inputs)
    const values = new Map(this.names.map((name, i) => [name, numbers(results[i], 'f32') as Float32Array]))
    this.#inputs.forEach(({ name, dtype }, i) => {
      if (dtype === 'f32') values.set(name, numbers(inputs[i], 'f32') as Float32Array)
    })
    return values
  }

  /** Inputs of the integer program for those of the float model. */
  integerInputs(inputs: readonly Uint8Array[], integers: IntegerGraph): Uint8Array[] {
    return this.#inputs.map(({ name }, i) => {
      const stored = integers.inputs.find((input) => input.name === name)?.stored
      if (stored === undefined) return inputs[i]
      return quantiseValues(numbers(inputs[i], 'f32') as Float32Array, typeOf(name, stored))
    })
  }
}

function numbers(bytes: Uint8Array, dtype: Dtype): ArrayLike<number> {
  const size = dtype === 'i8' ? 1 : dtype === 'i16' ? 2 : 4
  return elements(tensorOver(bytes, { dtype, shape: [bytes.length / size] })) as unknown as ArrayLike<number>
}

async function calibrated(
  float: FloatModel,
  samples: QuantiseOptions['calibration'],
): Promise<Map<string, ValueRange>> {
  if (samples.length === 0) throw new QuantiseCalibrationError('there are no samples')
  const ranges = new Map<string, ValueRange>()
  for (const [i, inputs] of samples.entries())
    for (const [name, values] of await float.run(inputs)) {
      const range = ranges.get(name) ?? new ValueRange()
      ranges.set(name, range)
      if (!range.add(values))
        throw new QuantiseCalibrationError(`sample ${i} gives "${name}" a value that is not finite`)
    }
  return ranges
}

/** The program with the model's results and, after them, `layers`. */
function programOf(
  { quantiser, outputs }: IntegerGraph,
  layers: readonly StoredLayer[],
): { program: Program; constants: readonly BuilderConstant[] } {
  const { builder } = quantiser
  const results = [
    ...outputs.map(({ name, tensor }) => ({ name, tensor })),
    ...layers.map(({ name, stored }) => ({ name, tensor: stored.tensor })),
  ]
  for (const { name, tensor } of results) builder.output(name, tensor)
  const { nodes, constants, inputs } = builder
  return finishProgram({ nodes, constants, inputs, outputs: builder.outputs.splice(0) })
}

function typeOf(name: string, { tensor, scale, zero }: Stored): QuantisedType {
  return { name, dtype: tensor.dtype, shape: tensor.shape, scale, zeroPoint: zero }
}

/** True for a tensor that is the whole output of a node. */
function isNode({ ref, ...tensor }: Tensor): boolean {
  return ref.kind === 'node' && isDense({ ref, ...tensor })
}

/** Runs both models on the samples and compares results and layers. */
async function compared(p: {
  float: FloatModel
  integers: IntegerGraph
  evaluation: QuantiseOptions['calibration']
  options: QuantiseOptions
}): Promise<Pick<QualityReport, 'outputs' | 'layers'>> {
  const { float, integers } = p
  const layers = integers.quantiser.layers.filter(({ stored }) => isNode(stored.tensor))
  const { program, constants } = programOf(integers, layers)
  const runnable = p.options.load(
    program,
    constants.map(({ bytes }) => bytes),
  )
  const compare = [...integers.outputs.map(({ name, stored }) => ({ name, stored })), ...layers]
  const sums = compare.map(({ name, stored }) => stored && new ErrorSum(typeOf(name, stored)))
  for (const sample of p.evaluation) {
    const reals = await float.run(sample)
    const results = await runnable.run(float.integerInputs(sample, integers))
    compare.forEach(({ name, stored }, i) => {
      const real = reals.get(name)
      if (stored !== undefined && real !== undefined) sums[i]?.add(numbers(results[i], stored.tensor.dtype), real)
    })
  }
  const numOutputs = integers.outputs.length
  const qualities = sums.map((sum) => sum?.quality)
  return {
    outputs: qualities.slice(0, numOutputs).flatMap((quality) => quality ?? []),
    layers: qualities.slice(numOutputs).flatMap((quality) => {
      if (quality === undefined) return []
      const { sameArgmax: _, ...layer } = quality
      return [layer]
    }),
  }
}
