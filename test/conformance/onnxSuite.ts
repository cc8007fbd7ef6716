import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bf16ToF32 } from '../../packages/opml/src/core/math/bf16.ts'
import { PortableExecutor } from '../../packages/opml/src/engine/portableExecutor.ts'
import { PortableKernels } from '../../packages/opml/src/engine/portableKernels.ts'
import type { Dtype } from '../../packages/opml/src/graph/dtype.ts'
import { dtypeInfo } from '../../packages/opml/src/graph/dtype.ts'
import { MAX_RANK } from '../../packages/opml/src/graph/shape.ts'
import type { ProgramOutput } from '../../packages/opml/src/graph/program.ts'
import { verifyProgram } from '../../packages/opml/src/graph/verifyProgram.ts'
import { OnnxError, OnnxUnsupportedError } from '../../packages/opml/src/importers/onnx/errors.ts'
import { type ImportedProgram, importOnnx } from '../../packages/opml/src/importers/onnx/importOnnx.ts'
import { convertOnnxBytes, dtypeOfOnnx } from '../../packages/opml/src/importers/onnx/onnxDtype.ts'
import { OnnxDataType, type OnnxTensor } from '../../packages/opml/src/importers/onnx/onnxModel.ts'
import { readOnnxModel, readOnnxTensorFile } from '../../packages/opml/src/importers/onnx/readModel.ts'
import { loadValue, newElements } from '../../packages/opml/src/ops/elements.ts'
import { OPERATOR_TABLE } from '../../packages/opml/src/ops/index.ts'

/** What became of one test folder; `bound`: passed with inputs fixed at import because they decide shapes or branches. */
export interface Outcome {
  readonly name: string
  readonly result: 'passed' | 'bound' | 'unsupported' | 'failed'
  /** Why it is unsupported, or what is wrong. */
  readonly reason?: string
}

/** Expected values come from other software. */
const RELATIVE = 1e-3
const ABSOLUTE = 1e-5

/** Rounds of binding: each may show the next input that has to be known. */
const MAX_ROUNDS = 8

const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })

/** Runs every folder of a suite in the layout of the ONNX backend tests. */
export function runOnnxSuite(folder: string): Outcome[] {
  return readdirSync(folder)
    .sort()
    .map((name) => runFolder(name, join(folder, name)))
}

function runFolder(name: string, folder: string): Outcome {
  try {
    const model = new Uint8Array(readFileSync(join(folder, 'model.onnx')))
    const sets = readdirSync(folder).filter((entry) => entry.startsWith('test_data_set_'))
    const isBound = sets.map((set) => runSet(model, join(folder, set)))
    return { name, result: isBound.includes(true) ? 'bound' : 'passed' }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { name, result: error instanceof OnnxUnsupportedError ? 'unsupported' : 'failed', reason }
  }
}

/** Runs one set of inputs; returns whether inputs had to be bound. */
function runSet(model: Uint8Array, folder: string): boolean {
  const { graph } = readOnnxModel(model)
  const initialized = new Set(graph.initializers.map(({ name }) => name))
  const inputs = graph.inputs.filter(({ name }) => !initialized.has(name))
  const tensors = new Map<string, OnnxTensor>()
  for (const [i, { name, kind }] of inputs.entries()) {
    if (kind !== 'tensor') throw new OnnxUnsupportedError([`input "${name}": a ${kind} is no tensor`])
    tensors.set(name, tensorIn(join(folder, `input_${i}.pb`)))
  }
  const bind = new Map<string, OnnxTensor>()
  const imported = importBinding(model, { tensors, bind })
  verifyProgram(imported.program, { operators: OPERATOR_TABLE, coarseHeight: 16, fineHeight: 16 })
  const free = inputs.filter(({ name }) => !bind.has(name)).map(({ name }) => bytesOf(tensors.get(name) as OnnxTensor))
  const outputs = executor.run(imported.program, {
    constants: imported.constants.map(({ bytes }) => bytes),
    inputs: free,
  })
  for (const [i, output] of imported.program.outputs.entries()) {
    const file = join(folder, `output_${i}.pb`)
    if (existsSync(file)) compare(output, { actual: outputs[i] as Uint8Array, expected: tensorIn(file) })
  }
  return bind.size > 0
}

const tensorIn = (file: string): OnnxTensor => readOnnxTensorFile(new Uint8Array(readFileSync(file)))

function bytesOf(tensor: OnnxTensor): Uint8Array {
  if (tensor.bytes === undefined) throw new OnnxUnsupportedError([`element type ${tensor.dataType} of test data`])
  return convertOnnxBytes(tensor.dataType, tensor.bytes)
}

/** Imports, binding the inputs that the importer asks for until it asks for none. */
function importBinding(
  model: Uint8Array,
  p: { tensors: ReadonlyMap<string, OnnxTensor>; bind: Map<string, OnnxTensor> },
): ImportedProgram {
  const shapes = new Map([...p.tensors].map(([name, { dims }]) => [name, dims]))
  const evaluate: Parameters<typeof importOnnx>[1]['evaluate'] = (node, operands) => executor.node(node, operands)
  for (let round = 0; ; round++) {
    try {
      return importOnnx(model, { file: 'model.onnx', shapes, bind: p.bind, evaluate })
    } catch (error) {
      const isShort = error instanceof OnnxUnsupportedError && /known before the run/.test(error.message)
      if (!isShort || round === MAX_ROUNDS || p.bind.size === p.tensors.size) throw error
      const asked = [...error.message.matchAll(/\("([^"]*)"\) decides/g)].map(([, name]) => name as string)
      const named = asked.filter((name) => p.tensors.has(name) && !p.bind.has(name))
      // The value that is asked for may be computed from inputs: then all are bound.
      for (const name of named.length > 0 ? named : p.tensors.keys())
        p.bind.set(name, p.tensors.get(name) as OnnxTensor)
    }
  }
}

/** @throws {OnnxError} where a shape, a type or a value is not the expected one. */
function compare(output: ProgramOutput, p: { actual: Uint8Array; expected: OnnxTensor }): void {
  const fail = (message: string) =>
    new OnnxError(`output "${output.name}": ${message}`, {
      code: 'CONFORMANCE',
      suggestion: 'Compare the lowering with the operator’s text.',
    })
  // The suite keeps bfloat16 in the words of uint16.
  const isBits = output.dtype === 'bf16' && p.expected.dataType === OnnxDataType.uint16
  const dtype = isBits ? 'bf16' : dtypeOfOnnx(p.expected.dataType)
  if (dtype !== output.dtype) throw fail(`${output.dtype}, expected ${dtype}`)
  // A program declares at most six dimensions: of more, the first ones are one.
  const { dims } = p.expected
  const joined = Math.max(0, dims.length - MAX_RANK) + 1
  const shape = [dims.slice(0, joined).reduce((product, dim) => product * dim, 1), ...dims.slice(joined)]
  if (output.shape.join() !== (joined === 1 ? dims : shape).join())
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

/** Elements as numbers; integers are compared as they are, for a float's tolerance never applies to them. */
function valuesOf(dtype: Dtype, bytes: Uint8Array): (number | bigint)[] {
  const { valueClass } = dtypeInfo(dtype)
  const elements = newElements(dtype, bytes.length / dtypeInfo(dtype).bytes)
  new Uint8Array(elements.buffer).set(bytes)
  if (dtype === 'bf16') return Array.from(elements as Uint16Array, bf16ToF32)
  const values = Array.from({ length: elements.length }, (_, i) => loadValue(dtype, elements, i))
  return valueClass === 'f32' ? values : values.map(BigInt)
}
