import { bytesToHex } from '../../core/bytes.ts'
import { keccak256 } from '../../core/keccak.ts'
import type { Dtype } from '../../graph/dtype.ts'
import { verifyFixedProfile } from '../../graph/fixedProfile.ts'
import type { Program } from '../../graph/program.ts'
import { elements, tensorOver } from '../../graph/tensor.ts'
import type { BuilderConstant } from '../builder/programBuilder.ts'
import { isDense, type Tensor } from '../builder/tensor.ts'
import { finishProgram, lowerOnnx, type OnnxImportOptions } from '../onnx/importOnnx.ts'
import type { OnnxGraph, OnnxModel, OnnxNode } from '../onnx/onnxModel.ts'
import { readOnnxModel } from '../onnx/readModel.ts'
import { withHeads, withOutputs } from '../onnx/results.ts'
import { writeOnnxModel } from '../onnx/writeModel.ts'
import { ChannelMeans, type Clip, ValueRange } from './calibration.ts'
import { chooseWide, type QuantisePlan } from './chooseWide.ts'
import { decomposed } from './decompose.ts'
import { QuantiseCalibrationError } from './errors.ts'
import { exportQdq } from './exportQdq.ts'
import { type IntegerGraph, lowerToIntegers } from './integerGraph.ts'
import { type Calibration, isProduct, meansKey, modelFacts, productChannels } from './modelFacts.ts'
import {
  ErrorSum,
  type QualityReport,
  type QuantisedType,
  type ResultQuality,
  type WideChoice,
} from './qualityReport.ts'
import type { StoredLayer } from './quantiser.ts'
import { quantiseTo } from './target.ts'
import type { Stored } from './values.ts'

/** A program that can be run: the form of an engine. */
export interface Runnable {
  /** Outputs in the order of the program, dense little-endian bytes. */
  run(inputs: readonly Uint8Array[]): Promise<readonly Uint8Array[]>
  /** Gives its memory back; it is not run again. */
  close?(): void
}

/** What a quantisation needs besides the model's bytes. */
export interface QuantiseOptions extends OnnxImportOptions {
  /** Prepares a program for runs. */
  readonly load: (program: Program, constants: readonly Uint8Array[]) => Runnable
  /** Inputs of the float model, each sample in the order of its inputs: what the ranges are taken from. */
  readonly calibration: readonly (readonly Uint8Array[])[]
  /** Inputs that the report is made from; those of the calibration unless given. */
  readonly evaluation?: readonly (readonly Uint8Array[])[]
  /** Ranges of 8-bit tensors; chosen by {@link chooseWide} unless given. */
  readonly clip?: Clip
  /** Which products (Conv, MatMul, Gemm) take 16-bit activations; chosen by {@link chooseWide} unless given. */
  readonly isWide?: ((node: OnnxNode) => boolean) | undefined
}

/** A model in integers. */
export interface QuantisedModel {
  readonly program: Program
  readonly constants: readonly BuilderConstant[]
  /** As of an imported program; what is stored has the name of its tensor. */
  readonly nodeNames: readonly string[]
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
  const model = decomposed(withOutputs(readOnnxModel(bytes), options))
  const headed = withHeads(model, options)
  const float = new FloatModel(model, { bytes, options })
  const calibration = await calibrated(float, { samples: options.calibration, graph: model.graph })
  const evaluate = new Evaluation({ float, options })
  const lower = (plan: QuantisePlan, as = model) =>
    lowerToIntegers(as, { bytes, options, facts: modelFacts(as.graph, { calibration, ...plan }) })
  const { plan, choice } = await planned({ options, calibration, lower, evaluate })
  // The scores under a head tell more of the quality than its answer does.
  const integers = lower(plan)
  const quantised = programOf(headed === model ? integers : lower(plan, headed), [])
  verifyFixedProfile(quantised.program)
  const products = model.graph.nodes.filter(({ opType }) => isProduct(opType))
  const numWide = products.filter(plan.isWide).length
  const evaluation = options.evaluation ?? options.calibration
  const report: QualityReport = {
    format: 'opml.quality.1',
    calibration: { numSamples: options.calibration.length, keccak: digestOf(options.calibration), clip: plan.clip },
    evaluation: { numSamples: evaluation.length },
    products: { narrow: products.length - numWide, wide: numWide },
    ...(choice && { choice }),
    inputs: integers.inputs.map(({ name, stored }) => typeOf(name, stored)),
    ...(await evaluate.compared(integers, evaluation)),
  }
  return { ...quantised, report, exportQdq: () => writeOnnxModel(exportQdq(model, integers.quantiser.products)) }
}

/** Samples of the calibration that plans are tried on. */
const NUM_TRIAL_SAMPLES = 8

/** The plan that the options give, or the one that the calibration asks for. */
async function planned(p: {
  options: QuantiseOptions
  calibration: Calibration
  lower: (plan: QuantisePlan) => IntegerGraph
  evaluate: Evaluation
}): Promise<{ plan: QuantisePlan; choice?: WideChoice }> {
  const { clip, isWide, calibration: samples } = p.options
  if (isWide !== undefined) return { plan: { clip: clip ?? 'mse', isWide } }
  const trial = samples.slice(0, NUM_TRIAL_SAMPLES)
  const narrow = p.lower({ clip: clip ?? 'mse', isWide: () => false })
  return await chooseWide({
    products: narrow.quantiser.products,
    calibration: p.calibration,
    clip,
    errorOf: async (plan) => await p.evaluate.errorOf(p.lower(plan), trial),
  })
}

/** Keccak-256 of all inputs of all samples, one after the other. */
function digestOf(samples: QuantiseOptions['calibration']): string {
  const inputs = samples.flat()
  const bytes = new Uint8Array(inputs.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const input of inputs) {
    bytes.set(input, end)
    end += input.length
  }
  return bytesToHex(keccak256(bytes))
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
  /** Of every real tensor, inputs included. */
  readonly shapes: ReadonlyMap<string, readonly number[]>
  readonly #inputs: Program['inputs']
  readonly #runnable: Runnable

  constructor(model: OnnxModel, p: { bytes: Uint8Array; options: QuantiseOptions }) {
    const { builder, scope } = lowerOnnx(model, p)
    const names = new Set<string>()
    const shapes = new Map<string, readonly number[]>()
    for (const name of model.graph.nodes.flatMap(({ outputs }) => outputs)) {
      const tensor = name === '' ? undefined : scope.get(name)
      if (tensor?.dtype !== 'f32' || tensor.ref.kind === 'constant' || names.has(name)) continue
      builder.output(name, tensor)
      names.add(name)
      shapes.set(name, tensor.shape)
    }
    this.names = [...names]
    this.shapes = shapes
    this.#inputs = builder.inputs
    for (const { name, dtype, shape } of builder.inputs) if (dtype === 'f32') shapes.set(name, shape)
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
  p: { samples: QuantiseOptions['calibration']; graph: OnnxGraph },
): Promise<Calibration> {
  if (p.samples.length === 0) throw new QuantiseCalibrationError('there are no samples')
  const ranges = new Map<string, ValueRange>()
  const means = new Map<string, ChannelMeans>()
  const channels = productChannels(p.graph)
  for (const [i, inputs] of p.samples.entries()) {
    const values = await float.run(inputs)
    for (const [name, tensor] of values) {
      const range = ranges.get(name) ?? new ValueRange()
      ranges.set(name, range)
      if (!range.add(tensor))
        throw new QuantiseCalibrationError(`sample ${i} gives "${name}" a value that is not finite`)
    }
    for (const { name, isConv } of channels) {
      const [tensor, shape] = [values.get(name), float.shapes.get(name)]
      if (tensor === undefined || shape === undefined) continue
      const axis = isConv ? 1 : shape.length - 1
      const key = meansKey(name, axis)
      const sums = means.get(key) ?? new ChannelMeans(shape, axis)
      means.set(key, sums)
      sums.add(tensor)
    }
  }
  return { ranges, means }
}

/** The program with the model's results and, after them, `layers`. */
function programOf(
  { quantiser, outputs }: IntegerGraph,
  layers: readonly StoredLayer[],
): Pick<QuantisedModel, 'program' | 'constants' | 'nodeNames'> {
  const { builder } = quantiser
  const results = [
    ...outputs.map(({ name, tensor }) => ({ name, tensor })),
    ...layers.map(({ name, stored }) => ({ name, tensor: stored.tensor })),
  ]
  for (const { name, tensor } of results) builder.output(name, tensor)
  const { nodes, nodeNames, constants, inputs } = builder
  return finishProgram({ nodes, nodeNames, constants, inputs, outputs: builder.outputs.splice(0) })
}

function typeOf(name: string, { tensor, scale, zero }: Stored): QuantisedType {
  return { name, dtype: tensor.dtype, shape: tensor.shape, scale, zeroPoint: zero }
}

/** True for a tensor that is the whole output of a node. */
function isNode({ ref, ...tensor }: Tensor): boolean {
  return ref.kind === 'node' && isDense({ ref, ...tensor })
}

/** Runs integer programs beside the float model. */
class Evaluation {
  readonly #float: FloatModel
  readonly #load: QuantiseOptions['load']
  /** Results of the float model for samples that are run again and again. */
  readonly #known = new Map<readonly Uint8Array[], ReadonlyMap<string, Float32Array>>()

  constructor(p: { float: FloatModel; options: QuantiseOptions }) {
    this.#float = p.float
    this.#load = p.options.load
  }

  /** The relative error of the worst result. */
  async errorOf(integers: IntegerGraph, samples: QuantiseOptions['calibration']): Promise<number> {
    const names = new Set(integers.outputs.map(({ name }) => name))
    for (const sample of samples)
      if (!this.#known.has(sample)) {
        const reals = await this.#float.run(sample)
        this.#known.set(sample, new Map([...reals].filter(([name]) => names.has(name))))
      }
    const qualities = await this.#sums(integers, { samples, layers: [] })
    return qualities.reduce((worst, quality) => Math.max(worst, quality?.relativeError ?? 0), 0)
  }

  /** Results and layers beside those of the float model. */
  async compared(
    integers: IntegerGraph,
    samples: QuantiseOptions['calibration'],
  ): Promise<Pick<QualityReport, 'outputs' | 'layers'>> {
    this.#known.clear()
    const layers = integers.quantiser.layers.filter(({ stored }) => isNode(stored.tensor))
    const qualities = await this.#sums(integers, { samples, layers })
    const numOutputs = integers.outputs.length
    return {
      outputs: qualities.slice(0, numOutputs).flatMap((quality) => quality ?? []),
      layers: qualities.slice(numOutputs).flatMap((quality) => {
        if (quality === undefined) return []
        const { sameArgmax: _, ...layer } = quality
        return [layer]
      }),
    }
  }

  /** What is found out about each result, then each layer; undefined for integers of the model. */
  async #sums(
    integers: IntegerGraph,
    p: { samples: QuantiseOptions['calibration']; layers: readonly StoredLayer[] },
  ): Promise<readonly (ResultQuality | undefined)[]> {
    const { program, constants } = programOf(integers, p.layers)
    const runnable = this.#load(
      program,
      constants.map(({ bytes }) => bytes),
    )
    const compare = [...integers.outputs.map(({ name, stored }) => ({ name, stored })), ...p.layers]
    const sums = compare.map(({ name, stored }) => stored && new ErrorSum(typeOf(name, stored)))
    for (const sample of p.samples) {
      const reals = this.#known.get(sample) ?? (await this.#float.run(sample))
      const results = await runnable.run(this.#float.integerInputs(sample, integers))
      compare.forEach(({ name, stored }, i) => {
        const real = reals.get(name)
        if (stored !== undefined && real !== undefined) sums[i]?.add(numbers(results[i], stored.tensor.dtype), real)
      })
    }
    runnable.close?.()
    return sums.map((sum) => sum?.quality)
  }
}
