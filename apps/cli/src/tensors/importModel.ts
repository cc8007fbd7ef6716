import { createHash } from 'node:crypto'
import { basename, dirname, extname, resolve } from 'node:path'
import { readBytes } from '@opml/node/readBytes'
import { LATEST_GUEST, shippedGuest } from '@opml/node/guestImages'
import { bytesToHex } from 'opml/core'
import { PortableExecutor, PortableKernels } from 'opml/engine'
import { type Dtype, type TensorData, programHeights } from 'opml/graph'
import {
  type BundleBindings,
  type BundleParts,
  type CreatedBundle,
  type ImportedProgram,
  OnnxDataType,
  type OnnxImportOptions,
  type OnnxTensor,
  type OnnxValueInfo,
  type ResultChoice,
  type SourceFile,
  createBundle,
  dtypeOfOnnx,
  importOnnx,
  readNpyTensor,
  readOnnxModel,
} from 'opml/importers'
import { OPERATOR_TABLE } from 'opml/ops'
import { UsageError } from '../exitCodes.ts'
import { ExternalData } from './externalData.ts'
import type { OpenValues } from './importOptions.ts'
import { jsonTensor } from './jsonTensor.ts'

/** A model that was imported, and the bundle it makes. */
export interface ImportedModel {
  readonly imported: ImportedProgram
  readonly bundle: CreatedBundle
  /** The folder of the model's files. */
  readonly sourceFolder: string
}

/** An ONNX file that is open, with what its import needs. */
export interface OnnxSource {
  readonly bytes: Uint8Array
  readonly options: OnnxImportOptions
  /** The folder of the model's files. */
  readonly sourceFolder: string
  /** The bundle of a program that was made from the model. @throws {InvalidProgramError} */
  bundle(parts: Pick<BundleParts, 'program' | 'constants' | 'nodeNames' | 'quality'>): Promise<CreatedBundle>
  /** Closes the files of external data. */
  close(): void
}

/**
 * Opens an ONNX file with its external data.
 *
 * @throws {FileAccessError}
 * @throws {UsageError} for a dimension or an input that the model does not have.
 * @throws {OnnxFormatError}
 */
export async function openOnnx(path: string, open: OpenValues): Promise<OnnxSource> {
  const bytes = await readBytes(path, 'the model')
  const { inputs } = readOnnxModel(bytes).graph
  checkNames(inputs, open)
  const bind = await boundInputs(inputs, open.bind)
  const name = basename(path)
  const external = new ExternalData(dirname(resolve(path)))
  const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
  return {
    bytes,
    sourceFolder: dirname(resolve(path)),
    options: {
      file: name,
      dims: open.dims,
      shapes: open.shapes,
      bind: new Map([...bind].map(([input, tensor]) => [input, onnxTensor(input, tensor)])),
      readExternal: (range) => external.read(range),
      evaluate: (node, operands) => executor.node(node, operands),
      ...resultChoice(open),
    },
    bundle: async (parts) => {
      const guest = await shippedGuest(LATEST_GUEST)
      if (guest === undefined) throw new TypeError(`The image ${LATEST_GUEST} is not shipped.`)
      return createBundle({
        ...parts,
        operators: OPERATOR_TABLE,
        guest: { ...guest, image: LATEST_GUEST },
        heights: programHeights(parts.program, OPERATOR_TABLE),
        bindings: bindingsOf(open, bind),
        source: { format: 'onnx', name, files: new Map([[name, sourceFile(bytes)], ...(await external.digests())]) },
      })
    },
    close: () => external.close(),
  }
}

/**
 * Imports an ONNX file with its external data.
 *
 * @param report - told what is being done.
 * @throws {FileAccessError}
 * @throws {UsageError} for a dimension or an input that the model does not have.
 * @throws {OnnxFormatError | OnnxUnsupportedError | OnnxExternalDataError | InvalidProgramError}
 */
export async function importModel(
  path: string,
  open: OpenValues,
  report: (stage: string) => void = () => undefined,
): Promise<ImportedModel> {
  report(`reading ${path}`)
  const source = await openOnnx(path, open)
  try {
    report('lowering the graph')
    const imported = importOnnx(source.bytes, source.options)
    report('hashing the weights')
    return { imported, bundle: await source.bundle(imported), sourceFolder: source.sourceFolder }
  } finally {
    source.close()
  }
}

const resultChoice = ({ outputs, heads }: OpenValues): ResultChoice => ({
  ...(outputs && { outputs }),
  ...(heads && { heads }),
})

function sourceFile(bytes: Uint8Array): SourceFile {
  return { bytes: bytes.length, sha256: `0x${createHash('sha256').update(bytes).digest('hex')}` }
}

/** A flag for something that the model does not have is a slip of the pen. @throws {UsageError} */
function checkNames(inputs: readonly OnnxValueInfo[], open: OpenValues): void {
  const names = inputs.map(({ name }) => name)
  const dims = inputs.flatMap(({ shape }) => (shape ?? []).filter((dim) => typeof dim === 'string'))
  const check = (flag: string, given: Iterable<string>, known: readonly string[]) => {
    for (const value of given)
      if (!known.includes(value))
        throw new UsageError({
          flag,
          value,
          expected: `one of the model's: ${[...new Set(known)].join(', ') || 'there are none'}`,
        })
  }
  check('--dim', open.dims.keys(), dims)
  check('--shape', open.shapes.keys(), names)
  check('--bind', open.bind.keys(), names)
}

/** The values of `--bind`. @throws {InputError | NpyError | FileAccessError} */
async function boundInputs(
  inputs: readonly OnnxValueInfo[],
  bind: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, TensorData>> {
  const tensors = new Map<string, TensorData>()
  for (const [input, text] of bind) {
    const info = inputs.find(({ name }) => name === input)
    const dtype = dtypeOfOnnx(info?.dataType ?? 0)
    if (dtype === undefined)
      throw new UsageError({ flag: '--bind', value: input, expected: 'an input of a supported type' })
    tensors.set(
      input,
      extname(text) === '.npy'
        ? readNpyTensor(await readBytes(text, 'the value of a bound input'), dtype)
        : jsonTensor(text, { input, dtype }),
    )
  }
  return tensors
}

function onnxTensor(name: string, { dtype, shape, bytes }: TensorData): OnnxTensor {
  // A copy: the importer takes bytes that share the model's memory as a range of the model.
  return { name, dims: shape, dataType: onnxTypeOf(dtype), bytes: new Uint8Array(bytes) }
}

function onnxTypeOf(dtype: Dtype): number {
  // The first of the types that become this dtype is the one that needs no conversion.
  return Object.values(OnnxDataType).find((type) => dtypeOfOnnx(type) === dtype) as number
}

function bindingsOf(open: OpenValues, bind: ReadonlyMap<string, TensorData>): BundleBindings {
  const { outputs, heads } = open
  return {
    dims: Object.fromEntries(open.dims),
    shapes: Object.fromEntries(open.shapes),
    inputs: Object.fromEntries(
      [...bind].map(([name, { dtype, shape, bytes }]) => [name, { dtype, shape, bytes: bytesToHex(bytes) }]),
    ),
    ...(outputs && { outputs }),
    ...(heads && { heads: Object.fromEntries(heads) }),
  }
}
