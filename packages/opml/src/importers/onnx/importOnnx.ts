import type { Program } from '../../graph/program.ts'
import { MAX_RANK, numElements } from '../../graph/shape.ts'
import { OPERATOR_TABLE } from '../../ops/index.ts'
import { fuseProgram } from '../builder/fuseProgram.ts'
import { printableName } from '../builder/printableName.ts'
import { type BuilderConstant, type Evaluate, type FileRange, ProgramBuilder } from '../builder/programBuilder.ts'
import { pruneConstants } from '../builder/pruneConstants.ts'
import type { Tensor } from '../builder/tensor.ts'
import { OnnxExternalDataError, OnnxFormatError, OnnxUnsupportedError } from './errors.ts'
import { GraphLowering } from './graphLowering.ts'
import { UnsupportedNode } from './lowering/context.ts'
import { convertOnnxBytes, dtypeOfOnnx } from './onnxDtype.ts'
import type { OnnxGraph, OnnxModel, OnnxTensor, OnnxValueInfo } from './onnxModel.ts'
import { NEWEST_OPSETS } from './operatorList.ts'
import { readOnnxModel } from './readModel.ts'
import { ONNX_ELEMENT_BYTES } from './readTensor.ts'
import { type ResultChoice, withHeads, withOutputs } from './results.ts'
import { Scope } from './scope.ts'
import type { UnsupportedList } from './unsupportedList.ts'

/** What an import needs besides the model's bytes. */
export interface OnnxImportOptions extends ResultChoice {
  /** Name of the file, for constants that are used in place. */
  readonly file: string
  /** Values of symbolic dimensions by name. */
  readonly dims?: ReadonlyMap<string, number>
  /** Shapes of inputs that the model leaves open, by name of the input. */
  readonly shapes?: ReadonlyMap<string, readonly number[]>
  /** Inputs that are fixed because they decide shapes or branches. */
  readonly bind?: ReadonlyMap<string, OnnxTensor>
  /** Reads a range of an external data file; undefined if there is no such file. Names have been checked to stay in the model's folder. */
  readonly readExternal?: (p: { location: string; offset: number; length: number }) => Uint8Array | undefined
  /** Runs a node for constant folding. */
  readonly evaluate: Evaluate
}

/** An imported model: the program and the bytes of its constants. */
export interface ImportedProgram {
  readonly program: Program
  readonly constants: readonly BuilderConstant[]
  /** Name of each node of the program, for people: that of its ONNX node or of its first output; of fused ones the last one's. */
  readonly nodeNames: readonly string[]
  /** ONNX element type of each program input, for the reader of input files. */
  readonly inputTypes: readonly number[]
  /** Bytes of outputs that a run would commit to without fusion. */
  readonly unfusedBytes: number
}

/**
 * Imports an ONNX model as a program. Operator sets up to 21 are read, each by its own rules; of those before 7 only
 * the suites that Debian ships are tried.
 *
 * @throws {OnnxFormatError} the bytes are no model.
 * @throws {OnnxUnsupportedError} with everything that is not supported.
 * @throws {OnnxResultError} for results that the model does not have.
 * @throws {OnnxExternalDataError}
 */
export function importOnnx(bytes: Uint8Array, options: OnnxImportOptions): ImportedProgram {
  const model = withHeads(withOutputs(readOnnxModel(bytes), options), options)
  const { builder, scope, inputTypes } = lowerOnnx(model, { bytes, options })
  for (const { name } of model.graph.outputs) {
    const result = resultOf(scope, name)
    builder.output(name, builder.reshape(result, declaredShape(result.shape)))
  }
  return { ...finishProgram(builder), inputTypes }
}

/** A model's graph in a builder, without outputs so far. */
export interface LoweredOnnx {
  readonly builder: ProgramBuilder
  /** The values of the graph by name. */
  readonly scope: Scope
  readonly inputTypes: readonly number[]
}

/**
 * Lowers a model that was read from `bytes`.
 *
 * @throws {OnnxUnsupportedError} with everything that is not supported.
 * @throws {OnnxExternalDataError}
 */
export function lowerOnnx(model: OnnxModel, p: { bytes: Uint8Array; options: OnnxImportOptions }): LoweredOnnx {
  checkOpsets(model)
  const builder = new ProgramBuilder(p.options.evaluate)
  const source = new ConstantSource(p.bytes, { builder, options: p.options })
  const lowering = new GraphLowering({ builder, model, constantOf: (tensor) => source.constant(tensor) })
  const scope = new Scope()
  const inputTypes = takeInputs(model.graph, {
    scope,
    builder,
    source,
    options: p.options,
    unsupported: lowering.unsupported,
  })
  lowering.lowerGraph(model.graph, scope)
  lowering.noteOutputs(model.graph.outputs.map(({ name }) => name))
  lowering.unsupported.throwIfAny()
  return { builder, scope, inputTypes }
}

/** Older versions are read by their own rules; what a newer one means is not known. */
function checkOpsets(model: OnnxModel): void {
  const problems: string[] = []
  for (const [domain, newest] of NEWEST_OPSETS) {
    const version = model.opsets.get(domain)
    if (version !== undefined && (version < 1 || version > newest))
      problems.push(`operator set ${version} of "${domain || 'ai.onnx'}"; versions up to ${newest} are supported`)
  }
  if (problems.length > 0) throw new OnnxUnsupportedError(problems)
}

/** The value of an output. @throws {OnnxFormatError} where no node gives it. */
function resultOf(scope: Scope, name: string): Tensor {
  const tensor = scope.get(name)
  if (tensor === undefined)
    throw new OnnxFormatError({ place: `output "${name}"`, reason: 'no node of the graph gives it' })
  return tensor
}

/** The program of a builder, or of what one holds: fused, with the constants that are read. */
export function finishProgram(
  builder: Pick<ProgramBuilder, 'nodes' | 'nodeNames' | 'outputs' | 'constants' | 'inputs'>,
): {
  readonly program: Program
  readonly nodeNames: readonly string[]
  readonly constants: readonly BuilderConstant[]
  readonly unfusedBytes: number
} {
  const outputs = builder.outputs.map(({ node }) => node)
  const fused = fuseProgram({ nodes: builder.nodes, outputs, constants: builder.constants }, OPERATOR_TABLE)
  const { nodes, constants } = pruneConstants(fused)
  const program = {
    sections: [{ nodes, steps: 1 }],
    constants: constants.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    inputs: builder.inputs,
    outputs: builder.outputs.map((output, i) => ({ ...output, node: fused.outputs[i] as number })),
  }
  const nodeNames = fused.sources.map((source) => printableName(builder.nodeNames[source] as string))
  return { program, nodeNames, constants, unfusedBytes: fused.unfusedBytes }
}

/** Declares the graph's inputs; returns their element types. */
function takeInputs(
  graph: OnnxGraph,
  p: {
    scope: Scope
    builder: ProgramBuilder
    source: ConstantSource
    options: OnnxImportOptions
    unsupported: UnsupportedList
  },
): number[] {
  const initialized = new Set(graph.initializers.map(({ name }) => name))
  const types: number[] = []
  for (const info of graph.inputs) {
    const bound = p.options.bind?.get(info.name)
    if (bound !== undefined) {
      if (dtypeOfOnnx(bound.dataType) === undefined) {
        p.unsupported.add(`input "${info.name}": element type ${bound.dataType} is not supported`)
        p.scope.set(info.name, undefined)
      } else p.scope.set(info.name, p.source.constant({ ...bound, name: info.name }))
    } else if (!initialized.has(info.name)) {
      const type = inputType(info, p.options)
      if (typeof type === 'string') {
        p.unsupported.add(`input "${info.name}": ${type}`)
        p.scope.set(info.name, undefined)
      } else {
        const tensor = p.builder.input({ ...type, shape: declaredShape(type.shape) })
        p.scope.set(info.name, p.builder.reshape(tensor, type.shape))
        types.push(info.dataType as number)
      }
    }
  }
  return types
}

/** A shape as a program declares it: of more dimensions than it knows, the first ones are one. The bytes are the same. */
function declaredShape(shape: readonly number[]): readonly number[] {
  const joined = Math.max(0, shape.length - MAX_RANK) + 1
  return joined === 1 ? shape : [numElements(shape.slice(0, joined)), ...shape.slice(joined)]
}

/** Type of an input, or what is wrong with it. */
export function inputType(info: OnnxValueInfo, options: OnnxImportOptions) {
  if (info.kind !== 'tensor') return `a ${info.kind ?? 'value without a type'} is no tensor`
  const dtype = dtypeOfOnnx(info.dataType ?? 0)
  if (dtype === undefined) return `element type ${info.dataType} is not supported`
  const shape =
    options.shapes?.get(info.name) ??
    info.shape?.map((dim) => (typeof dim === 'string' ? (options.dims?.get(dim) ?? dim) : dim))
  if (shape === undefined) return 'its shape is not known; give it with --shape'
  const open = shape.filter((dim) => typeof dim !== 'number')
  if (open.length > 0)
    return `the dimension ${open.map((dim) => (dim === undefined ? 'without a name' : `"${dim}"`)).join(', ')} has no value; give it with --dim or --shape`
  if (shape.some((dim) => (dim as number) < 0)) return `a dimension is negative: [${shape.join(', ')}]`
  return { name: info.name, dtype, shape: shape as number[] }
}

/** Turns tensors of the file into constants that share its bytes. */
export class ConstantSource {
  readonly #file: Uint8Array
  readonly #builder: ProgramBuilder
  readonly #options: OnnxImportOptions

  constructor(file: Uint8Array, p: { builder: ProgramBuilder; options: OnnxImportOptions }) {
    this.#file = file
    this.#builder = p.builder
    this.#options = p.options
  }

  /** @throws {UnsupportedNode} for element types that are not supported. */
  constant(tensor: OnnxTensor): Tensor {
    const dtype = dtypeOfOnnx(tensor.dataType)
    if (dtype === undefined) throw new UnsupportedNode(`element type ${tensor.dataType} is not supported`)
    const stored = tensor.bytes ?? this.#external(tensor)
    const bytes = convertOnnxBytes(tensor.dataType, stored)
    return this.#builder.constant({ name: tensor.name, dtype, shape: tensor.dims }, bytes, this.#rangeOf(tensor, bytes))
  }

  #external(tensor: OnnxTensor): Uint8Array {
    const { location, offset } = tensor.external as NonNullable<OnnxTensor['external']>
    const fail = (reason: string) => new OnnxExternalDataError({ tensor: tensor.name, location, reason })
    if (
      location.startsWith('/') ||
      location.includes('\\') ||
      location.split('/').includes('..') ||
      location.includes('\0')
    )
      throw fail('lies outside the folder of the model')
    const length = byteLength(tensor)
    if (tensor.external?.length !== undefined && tensor.external.length !== length)
      throw fail(`has ${tensor.external.length} bytes, the tensor needs ${length}`)
    const bytes = this.#options.readExternal?.({ location, offset, length })
    if (bytes === undefined) throw fail('is missing')
    if (bytes.length !== length) throw fail(`ends before byte ${offset + length}`)
    return bytes
  }

  /** Where a file holds these very bytes. */
  #rangeOf(tensor: OnnxTensor, bytes: Uint8Array): FileRange | undefined {
    if (tensor.external !== undefined)
      return bytes.length === byteLength(tensor)
        ? { file: tensor.external.location, offset: tensor.external.offset }
        : undefined
    if (bytes.buffer !== this.#file.buffer || bytes.length === 0) return undefined
    return { file: this.#options.file, offset: bytes.byteOffset - this.#file.byteOffset }
  }
}

function byteLength(tensor: OnnxTensor): number {
  return tensor.dims.reduce((product, dim) => product * dim, ONNX_ELEMENT_BYTES.get(tensor.dataType) ?? 0)
}
