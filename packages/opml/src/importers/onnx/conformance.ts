import { bf16ToF32 } from '../../core/math/bf16.ts'
import { type Dtype, dtypeInfo } from '../../graph/dtype.ts'
import type { Program, ProgramOutput } from '../../graph/program.ts'
import { programHeights } from '../../graph/programHeights.ts'
import { MAX_RANK } from '../../graph/shape.ts'
import { loadValue, newElements } from '../../ops/elements.ts'
import { OPERATOR_TABLE } from '../../ops/index.ts'
import type { Evaluate } from '../builder/programBuilder.ts'
import { verifyNamed } from '../builder/verifyNamed.ts'
import { OnnxError, OnnxUnsupportedError } from './errors.ts'
import { type ImportedProgram, importOnnx, type OnnxImportOptions } from './importOnnx.ts'
import { namesRead } from './namesRead.ts'
import { convertOnnxBytes, dtypeOfOnnx } from './onnxDtype.ts'
import { OnnxDataType, type OnnxGraph, type OnnxTensor } from './onnxModel.ts'
import { readOnnxModel, readOnnxTensorFile } from './readModel.ts'

/** A folder in the layout of the ONNX project's backend tests, with its files in memory. */
export interface ConformanceTest {
  readonly name: string
  /** `model.onnx` */
  readonly model: Uint8Array
  /** One a folder `test_data_set_*`: `input_i.pb` and `output_i.pb` by i; an output that is not there is not compared. */
  readonly sets: readonly {
    readonly inputs: ReadonlyMap<number, Uint8Array>
    readonly outputs: ReadonlyMap<number, Uint8Array>
  }[]
}

/** What became of one test; `bound`: passed with inputs fixed at import because they decide shapes or branches. */
export interface ConformanceOutcome {
  readonly name: string
  readonly result: 'passed' | 'bound' | 'unsupported' | 'failed'
  /** Why it is unsupported, or what is wrong. */
  readonly reason?: string
  /** Names of the inputs that were fixed. */
  readonly boundInputs?: readonly string[]
}

/** What a test needs to run. */
export interface ConformanceOptions {
  /** Runs a program; outputs in its order. */
  readonly run: (
    program: Program,
    p: { constants: readonly Uint8Array[]; inputs: readonly Uint8Array[] },
  ) => Promise<Uint8Array[]>
  /** Runs a node for constant folding. */
  readonly evaluate: Evaluate
  readonly readExternal?: NonNullable<OnnxImportOptions['readExternal']>
}

/** Expected values come from other software: here, and only here, floats are compared with a tolerance. */
const RELATIVE = 1e-3
const ABSOLUTE = 1e-5

/** Rounds of binding: each may show the next input that has to be known. */
const MAX_ROUNDS = 8

/** Runs one test on all of its data; whatever is thrown on the way is its outcome. */
export async function runConformanceTest(
  test: ConformanceTest,
  options: ConformanceOptions,
): Promise<ConformanceOutcome> {
  const { name } = test
  try {
    const bound = new Set<string>()
    for (const set of test.sets) for (const input of await runSet(test.model, set, options)) bound.add(input)
    return bound.size === 0 ? { name, result: 'passed' } : { name, result: 'bound', boundInputs: [...bound] }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { name, result: error instanceof OnnxUnsupportedError ? 'unsupported' : 'failed', reason }
  }
}

/** Runs one set of inputs; returns the names of those that had to be bound. */
async function runSet(
  model: Uint8Array,
  set: ConformanceTest['sets'][number],
  options: ConformanceOptions,
): Promise<Iterable<string>> {
  const { graph } = readOnnxModel(model)
  const initialized = new Set(graph.initializers.map(({ name }) => name))
  const inputs = graph.inputs.filter(({ name }) => !initialized.has(name))
  const tensors = new Map<string, OnnxTensor>()
  for (const [i, { name, kind }] of inputs.entries()) {
    if (kind !== 'tensor') throw new OnnxUnsupportedError([`input "${name}": a ${kind} is no tensor`])
    const file = set.inputs.get(i)
    if (file === undefined) throw failure(`input "${name}"`, `there is no input_${i}.pb`)
    tensors.set(name, readOnnxTensorFile(file))
  }
  const { imported, bind } = importBinding(model, { graph, tensors, options })
  const free = inputs.filter(({ name }) => !bind.has(name)).map(({ name }) => bytesOf(tensors.get(name) as OnnxTensor))
  const heights = programHeights(imported.program, OPERATOR_TABLE)
  verifyNamed(imported, { operators: OPERATOR_TABLE, ...heights })
  const constants = imported.constants.map(({ bytes }) => bytes)
  const outputs = await options.run(imported.program, { constants, inputs: free })
  for (const [i, output] of imported.program.outputs.entries()) {
    const expected = set.outputs.get(i)
    if (expected !== undefined) compare(output, { actual: outputs[i], expected: readOnnxTensorFile(expected) })
  }
  return bind.keys()
}

function bytesOf(tensor: OnnxTensor): Uint8Array {
  if (tensor.bytes === undefined) throw new OnnxUnsupportedError([`element type ${tensor.dataType} of test data`])
  return convertOnnxBytes(tensor.dataType, tensor.bytes)
}

/** Imports, binding the inputs that decide what the importer asks for, until it asks for nothing. */
function importBinding(
  model: Uint8Array,
  p: { graph: OnnxGraph; tensors: ReadonlyMap<string, OnnxTensor>; options: ConformanceOptions },
): { imported: ImportedProgram; bind: ReadonlyMap<string, OnnxTensor> } {
  const shapes = new Map([...p.tensors].map(([name, { dims }]) => [name, dims]))
  const bind = new Map<string, OnnxTensor>()
  for (let round = 0; ; round++) {
    try {
      const imported = importOnnx(model, { ...p.options, file: 'model.onnx', shapes, bind })
      return { imported, bind }
    } catch (error) {
      const isShort = error instanceof OnnxUnsupportedError && /known before the run/.test(error.message)
      if (!isShort || round === MAX_ROUNDS || bind.size === p.tensors.size) throw error
      const asked = [...error.message.matchAll(/\("([^"]*)"\) decides/g)].map(([, name]) => name)
      const deciding = asked.flatMap((name) => inputsBehind(name, p.graph)).filter((name) => p.tensors.has(name))
      // A value inside a function or a body has a name of its own: what decides it is not seen here, so every input may.
      const missing = deciding.filter((name) => !bind.has(name))
      for (const name of missing.length > 0 ? missing : p.tensors.keys())
        bind.set(name, p.tensors.get(name) as OnnxTensor)
    }
  }
}

/** Names that a value is computed from, itself among them. */
function inputsBehind(value: string, graph: OnnxGraph): string[] {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)))
  const seen = new Set([value])
  for (const name of seen) {
    const maker = makers.get(name)
    if (maker !== undefined) for (const read of namesRead(maker)) seen.add(read)
  }
  return [...seen]
}

function failure(place: string, reason: string): OnnxError {
  return new OnnxError(`${place}: ${reason}`, {
    code: 'ONNX_CONFORMANCE',
    suggestion: 'Compare the lowering with the operator’s text.',
  })
}

/** @throws {OnnxError} where a shape, a type or a value is not the expected one. */
function compare(output: ProgramOutput, p: { actual: Uint8Array; expected: OnnxTensor }): void {
  const fail = (reason: string) => failure(`output "${output.name}"`, reason)
  // The suite keeps bfloat16 in the words of uint16.
  const isBits = output.dtype === 'bf16' && p.expected.dataType === OnnxDataType.uint16
  const dtype = isBits ? 'bf16' : dtypeOfOnnx(p.expected.dataType)
  if (dtype !== output.dtype) throw fail(`${output.dtype}, expected ${dtype}`)
  // A program declares at most six dimensions: of more, the first ones are one.
  const { dims } = p.expected
  const numJoined = Math.max(1, dims.length - MAX_RANK + 1)
  const joined = [dims.slice(0, numJoined).reduce((product, dim) => product * dim, 1), ...dims.slice(numJoined)]
  if (output.shape.join() !== (numJoined === 1 ? dims : joined).join())
    throw fail(`[${output.shape.join(', ')}], expected [${p.expected.dims.join(', ')}]`)
  const [actual, expected] = [valuesOf(dtype, p.actual), valuesOf(dtype, bytesOf(p.expected))]
  const at = expected.findIndex((value, i) => !isClose(actual[i], value))
  if (at !== -1) throw fail(`element ${at} is ${actual[at]}, expected ${expected[at]}`)
}

function isClose(actual: number | bigint | undefined, expected: number | bigint): boolean {
  if (actual === expected) return true
  if (typeof actual !== 'number' || typeof expected !== 'number') return false
  if (Number.isNaN(expected)) return Number.isNaN(actual)
  return Math.abs(actual - expected) <= ABSOLUTE + RELATIVE * Math.abs(expected)
}

/** Elements as numbers; integers and booleans as bigint, so that a float's tolerance never applies to them. */
function valuesOf(dtype: Dtype, bytes: Uint8Array): (number | bigint)[] {
  const { valueClass } = dtypeInfo(dtype)
  const elements = newElements(dtype, bytes.length / dtypeInfo(dtype).bytes)
  new Uint8Array(elements.buffer).set(bytes)
  if (dtype === 'bf16') return Array.from(elements as Uint16Array, bf16ToF32)
  const values = Array.from({ length: elements.length }, (_, i) => loadValue(dtype, elements, i))
  return valueClass === 'f32' ? values : values.map(BigInt)
}
