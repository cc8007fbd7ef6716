import { Engine } from '../../packages/opml/src/engine/engine.ts'
import { PortableExecutor } from '../../packages/opml/src/engine/portableExecutor.ts'
import { PortableKernels } from '../../packages/opml/src/engine/portableKernels.ts'
import {
  type QuantisedModel,
  quantiseOnnx,
  type QuantiseOptions,
  quantiseValues,
  type Runnable,
} from '../../packages/opml/src/importers/quantise/quantiseOnnx.ts'
import type { QuantisedType } from '../../packages/opml/src/importers/quantise/qualityReport.ts'
import { realValues } from '../../packages/opml/src/importers/quantise/realValues.ts'
import { importOnnx } from '../../packages/opml/src/importers/onnx/importOnnx.ts'
import { OPERATOR_TABLE } from '../../packages/opml/src/ops/index.ts'
import type { OnnxSession, Onnxruntime } from '../peers/installPeers.ts'

const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
const engine = Engine.create({ operators: OPERATOR_TABLE })

/** A model of one input and one result, in float and in integers. */
export interface QuantisedPair {
  readonly quantised: QuantisedModel
  /** Results of the float model. */
  float(values: Float32Array): Promise<Float32Array>
  /** Results of the integer program as real numbers. */
  integer(values: Float32Array): Promise<Float32Array>
}

/** Quantises a model for one shape of its input. */
export async function quantisedPair(
  model: Uint8Array,
  p: { input: string; shape: readonly number[]; calibration: readonly Float32Array[] } & Pick<
    Partial<QuantiseOptions>,
    'isWide' | 'clip'
  >,
): Promise<QuantisedPair> {
  const options = {
    file: 'model.onnx',
    shapes: new Map([[p.input, p.shape]]),
    evaluate: executor.node.bind(executor),
  }
  const load: QuantiseOptions['load'] = (program, constants) => engine.load(program, constants)
  const calibration = p.calibration.map((values) => [bytesOf(values)])
  const { isWide, clip } = p
  const quantised = await quantiseOnnx(model, {
    ...options,
    load,
    calibration,
    evaluation: calibration.slice(0, 1),
    isWide,
    ...(clip && { clip }),
  })
  const imported = importOnnx(model, options)
  const float = load(
    imported.program,
    imported.constants.map(({ bytes }) => bytes),
  )
  const integer = load(
    quantised.program,
    quantised.constants.map(({ bytes }) => bytes),
  )
  const [input, output] = [quantised.report.inputs[0], quantised.report.outputs[0]] as [QuantisedType, QuantisedType]
  return {
    quantised,
    float: async (values) => floats(await first(float, bytesOf(values))),
    integer: async (values) => realValues(await first(integer, quantiseValues(values, input)), output),
  }
}

/** The QDQ export on onnxruntime, on its own levels of optimisation. */
export async function onnxruntimeOf(runtime: Onnxruntime, model: QuantisedModel): Promise<OnnxSession> {
  return await runtime.InferenceSession.create(model.exportQdq(), { intraOpNumThreads: 1, interOpNumThreads: 1 })
}

async function first(runnable: Runnable, input: Uint8Array): Promise<Uint8Array> {
  const [result] = await runnable.run([input])
  return result as Uint8Array
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

function floats(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer)
}

/** √(Σ (a − b)² ÷ Σ b²). */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [errors, squares] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    errors += ((a[i] as number) - (b[i] as number)) ** 2
    squares += (b[i] as number) ** 2
  }
  return Math.sqrt(errors / squares)
}

/** Position of the greatest element of each row. */
export function argmaxRows(values: ArrayLike<number>, width: number): number[] {
  return Array.from({ length: values.length / width }, (_, row) => {
    let best = 0
    for (let i = 1; i < width; i++)
      if ((values[row * width + i] as number) > (values[row * width + best] as number)) best = i
    return best
  })
}

/** Intersection over union of the elements above a threshold in two maps, over all that are added. */
export class Overlap {
  readonly #threshold: number
  #both = 0
  #either = 0

  constructor(threshold: number) {
    this.#threshold = threshold
  }

  add(one: Float32Array, other: Float32Array): void {
    one.forEach((value, i) => {
      const [a, b] = [value > this.#threshold, (other[i] as number) > this.#threshold]
      if (a && b) this.#both++
      if (a || b) this.#either++
    })
  }

  get ratio(): number {
    return this.#both / this.#either
  }
}
