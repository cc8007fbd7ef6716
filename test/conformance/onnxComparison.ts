import { bf16ToF32 } from '../../packages/opml/src/core/math/bf16.ts'
import { f16ToF32 } from '../../packages/opml/src/core/math/f16.ts'
import { seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { Engine } from '../../packages/opml/src/engine/engine.ts'
import { PortableExecutor } from '../../packages/opml/src/engine/portableExecutor.ts'
import { PortableKernels } from '../../packages/opml/src/engine/portableKernels.ts'
import { verifyProgram } from '../../packages/opml/src/graph/verifyProgram.ts'
import type { Evaluate } from '../../packages/opml/src/importers/builder/programBuilder.ts'
import { type ImportedProgram, importOnnx } from '../../packages/opml/src/importers/onnx/importOnnx.ts'
import { convertOnnxBytes, dtypeOfOnnx } from '../../packages/opml/src/importers/onnx/onnxDtype.ts'
import { OnnxDataType, type OnnxTensor } from '../../packages/opml/src/importers/onnx/onnxModel.ts'
import { newElements } from '../../packages/opml/src/ops/elements.ts'
import { OPERATOR_TABLE } from '../../packages/opml/src/ops/index.ts'
import { type OnnxSession, type OnnxTensor as RuntimeTensor, onnxruntime } from '../peers/installPeers.ts'

/** How far two results may lie apart: `absolute · max(1, greatest |expected| of the output) + relative · |expected|`. */
interface Tolerance {
  readonly relative: number
  readonly absolute: number
}

/** For f32: sums are taken in other orders and elementary functions differ by some ulp. */
const F32_TOLERANCE: Tolerance = { relative: 1e-3, absolute: 1e-5 }

/** How one output compares with onnxruntime's. */
export interface OutputComparison {
  readonly name: string
  readonly shape: readonly number[]
  /** Greatest |difference|. */
  readonly maxError: number
  /** Greatest |difference| as a part of what is allowed; above 1 is wrong. NaN against a number, or another shape, is infinite. */
  readonly worst: number
  /** Least and greatest expected value: an output of one value alone shows little. */
  readonly low: number
  readonly high: number
  /** Elements that are 0 in one result alone, where the model suppresses what is not a maximum. */
  readonly flips: number
}

/** A model with the inputs that it is tried on. */
export interface ModelTrial {
  readonly model: Uint8Array
  readonly inputs: readonly OnnxTensor[]
  /** Names of inputs fixed at import because they decide shapes or branches. */
  readonly bind?: readonly string[]
  readonly tolerance?: Tolerance
  /**
   * Outputs that the model sets to 0 where a float does not equal the maximum around it: an element may be 0 in one result and not in the other.
   * Such elements count as `flips` and are not compared.
   */
  readonly suppressed?: readonly string[]
  /** Level of onnxruntime's own rewriting of the graph; what it fuses may round differently. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all'
}

const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
/** Computes what is folded at import. */
export const evaluate: Evaluate = (node, operands) => executor.node(node, operands)
const engine = Engine.create({ operators: OPERATOR_TABLE })

/** Imports a model for the shapes of the given inputs and lets the verifier see the program. */
export function importFor(trial: Pick<ModelTrial, 'model' | 'inputs' | 'bind'>): ImportedProgram {
  const bound = new Set(trial.bind ?? [])
  const imported = importOnnx(trial.model, {
    file: 'model.onnx',
    shapes: new Map(trial.inputs.map(({ name, dims }) => [name, dims])),
    bind: new Map(trial.inputs.filter(({ name }) => bound.has(name)).map((tensor) => [tensor.name, tensor])),
    evaluate,
  })
  verifyProgram(imported.program, { operators: OPERATOR_TABLE, coarseHeight: 16, fineHeight: 16 })
  return imported
}

/** The outputs of an imported model on the engine, in the order of the program and in its dtypes. */
export async function runImported(imported: ImportedProgram, inputs: readonly OnnxTensor[]): Promise<Uint8Array[]> {
  const given = new Map(inputs.map((tensor) => [tensor.name, tensor]))
  const bytes = imported.program.inputs.map(({ name }) => {
    const tensor = given.get(name)
    if (tensor?.bytes === undefined) throw new TypeError(`No value for the input "${name}".`)
    return convertOnnxBytes(tensor.dataType, tensor.bytes)
  })
  const loaded = engine.load(
    imported.program,
    imported.constants.map((constant) => constant.bytes),
  )
  try {
    return await loaded.run(bytes)
  } finally {
    loaded.close()
  }
}

/** Runs a model on the engine and in onnxruntime and compares every output. */
export async function compareWithOnnxruntime(trial: ModelTrial): Promise<OutputComparison[]> {
  const imported = importFor(trial)
  const actual = await runImported(imported, trial.inputs)
  const expected = await runtimeResults(trial)
  return imported.program.outputs.map(({ name, dtype, shape }, i) => {
    const peer = expected[name]
    if (peer === undefined) throw new TypeError(`onnxruntime has no output "${name}".`)
    const values = elementsOf(dtype, actual[i] as Uint8Array)
    const isSuppressed = trial.suppressed?.includes(name) ?? false
    const tolerance = trial.tolerance ?? F32_TOLERANCE
    return { name, shape, ...distance(values, { shape, peer, tolerance, isSuppressed }) }
  })
}

type RuntimeTrial = Pick<ModelTrial, 'model' | 'inputs' | 'optimization'>

async function runtimeResults(trial: RuntimeTrial): Promise<Record<string, RuntimeTensor>> {
  const { InferenceSession } = await onnxruntime()
  const session = await InferenceSession.create(trial.model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: trial.optimization ?? 'all',
  })
  try {
    return await session.run(await feedsOf(session, trial.inputs))
  } finally {
    await session.release()
  }
}

/** The outputs of a model in onnxruntime. */
export async function runOnnxruntime(trial: RuntimeTrial): Promise<OnnxTensor[]> {
  return Object.entries(await runtimeResults(trial)).map(([name, { type, data, dims }]) => {
    const dataType = [...RUNTIME_TYPES].find(([, [word]]) => word === type)?.[0]
    if (dataType === undefined) throw new TypeError(`Element type ${type} of "${name}".`)
    const { buffer, byteOffset, byteLength } = data as Uint8Array // each of its arrays is a view
    return { name, dims, dataType, bytes: new Uint8Array(buffer, byteOffset, byteLength) }
  })
}

function distance(
  actual: readonly (number | bigint)[],
  p: { shape: readonly number[]; peer: RuntimeTensor; tolerance: Tolerance; isSuppressed: boolean },
): Omit<OutputComparison, 'name' | 'shape'> {
  const expected = peerValues(p.peer)
  if (p.peer.dims.join() !== p.shape.join())
    return { maxError: Number.POSITIVE_INFINITY, worst: Number.POSITIVE_INFINITY, low: 0, high: 0, flips: 0 }
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of expected)
    if (Number.isFinite(Number(value))) [low, high] = [Math.min(low, Number(value)), Math.max(high, Number(value))]
  const scale = Math.max(1, Math.abs(low), Math.abs(high))
  let [maxError, worst, flips] = [0, 0, 0]
  expected.forEach((value, i) => {
    const own = actual[i] as number | bigint
    if (own === value || (Number.isNaN(own) && Number.isNaN(value))) return
    if (p.isSuppressed && (own === 0) !== (value === 0)) {
      flips++
      return
    }
    const error = Math.abs(Number(own) - Number(value))
    const allowed =
      typeof value === 'bigint' ? 0 : p.tolerance.absolute * scale + p.tolerance.relative * Math.abs(value)
    maxError = Math.max(maxError, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error)
    worst = Math.max(worst, Number.isFinite(error) ? error / allowed : Number.POSITIVE_INFINITY)
  })
  return { maxError, worst, low, high, flips }
}

/** Elements of a dtype as numbers; integers and booleans as bigint, so that no tolerance applies to them. */
function elementsOf(dtype: Parameters<typeof newElements>[0], bytes: Uint8Array): (number | bigint)[] {
  const elements = newElements(dtype, bytes.length / newElements(dtype, 1).BYTES_PER_ELEMENT)
  new Uint8Array(elements.buffer).set(bytes)
  const values = Array.from(elements as ArrayLike<number | bigint>)
  if (dtype === 'f16') return values.map((bits) => f16ToF32(Number(bits)))
  if (dtype === 'bf16') return values.map((bits) => bf16ToF32(Number(bits)))
  return dtype === 'f32' ? values : values.map(BigInt)
}

function peerValues(tensor: RuntimeTensor): (number | bigint)[] {
  const values = Array.from(tensor.data as ArrayLike<number | bigint>)
  if (tensor.type === 'float16') return values.map((bits) => f16ToF32(Number(bits)))
  return tensor.type.startsWith('float') ? values : values.map((value) => BigInt(value))
}

type Array32 = new (buffer: ArrayBuffer) => ArrayLike<number> | ArrayLike<bigint>

/** onnxruntime's names of element types, with the arrays that it takes. */
const RUNTIME_TYPES: ReadonlyMap<number, readonly [string, Array32]> = new Map([
  [OnnxDataType.float, ['float32', Float32Array]],
  [OnnxDataType.double, ['float64', Float64Array]],
  [OnnxDataType.float16, ['float16', Uint16Array]],
  [OnnxDataType.int8, ['int8', Int8Array]],
  [OnnxDataType.uint8, ['uint8', Uint8Array]],
  [OnnxDataType.int16, ['int16', Int16Array]],
  [OnnxDataType.uint16, ['uint16', Uint16Array]],
  [OnnxDataType.int32, ['int32', Int32Array]],
  [OnnxDataType.uint32, ['uint32', Uint32Array]],
  [OnnxDataType.int64, ['int64', BigInt64Array]],
  [OnnxDataType.uint64, ['uint64', BigUint64Array]],
  [OnnxDataType.bool, ['bool', Uint8Array]],
])

async function feedsOf(session: OnnxSession, inputs: readonly OnnxTensor[]): Promise<Record<string, RuntimeTensor>> {
  const { Tensor } = await onnxruntime()
  const feeds: Record<string, RuntimeTensor> = {}
  for (const { name, dims, dataType, bytes } of inputs) {
    const type = RUNTIME_TYPES.get(dataType)
    if (type === undefined || bytes === undefined) throw new TypeError(`Element type ${dataType} of "${name}".`)
    const [word, ArrayType] = type
    if (session.inputNames.includes(name))
      feeds[name] = new Tensor(word, new ArrayType(bytes.slice().buffer as ArrayBuffer), dims)
  }
  return feeds
}

/** A tensor of the values given. */
export function tensorOf(p: {
  name: string
  dataType: number
  dims: readonly number[]
  values: readonly (number | bigint)[]
}): OnnxTensor {
  const { name, dataType, dims } = p
  if (dataType === OnnxDataType.double)
    return { name, dataType, dims, bytes: new Uint8Array(Float64Array.from(p.values, Number).buffer) }
  const dtype = dtypeOfOnnx(dataType)
  if (dtype === undefined) throw new TypeError(`Element type ${dataType}.`)
  const elements = newElements(dtype, p.values.length)
  p.values.forEach((value, i) => {
    if (elements instanceof BigInt64Array || elements instanceof BigUint64Array) elements[i] = BigInt(value)
    else elements[i] = Number(value)
  })
  return { name, dataType, dims, bytes: new Uint8Array(elements.buffer) }
}

/** An f32 tensor of seeded values between two bounds. */
export function randomFloats(p: {
  name: string
  dims: readonly number[]
  seed: number
  low?: number
  high?: number
}): OnnxTensor {
  const random = seededRandom(p.seed)
  const [low, high] = [p.low ?? -1, p.high ?? 1]
  const count = p.dims.reduce((product, dim) => product * dim, 1)
  const values = Array.from({ length: count }, () => low + (high - low) * (random.below(2 ** 24) / 2 ** 24))
  return tensorOf({ name: p.name, dataType: OnnxDataType.float, dims: p.dims, values })
}
