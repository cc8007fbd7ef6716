import { OpmlError, seededRandom } from 'opml/core'
import { PortableExecutor, PortableKernels } from 'opml/engine'
import { verifyProgram } from 'opml/graph'
import { importOnnx, type OnnxTensor } from 'opml/importers'
import { OPERATOR_TABLE } from 'opml/ops'
import { mutate, mutateTensor } from './mutations.ts'
import { parseMessage, type ProtoMessage } from './protoTree.ts'
import { readSeed, type SeedModel } from './seedModels.ts'

/** What became of a case. Everything but a bug is as it should be. */
export interface CaseResult {
  /** `imported`: a program that the verifier accepts; `refused`: an error that says why; `bug`: anything else that was thrown. */
  readonly outcome: 'imported' | 'refused' | 'bug'
  readonly seedFile: string
  readonly mutations: readonly string[]
  /** Class of the error, or the class and first line of a bug. */
  readonly error: string
}

/** Heights of the largest registered machine programs, so that the verifier refuses what no dispute could judge. */
const HEIGHTS = { coarseHeight: 20, fineHeight: 16 }
const MIN_MESSAGE = 20
const INT64 = 7

const parsed = new Map<string, { seed: SeedModel; model: ProtoMessage }>()

function seedOf(file: string): { seed: SeedModel; model: ProtoMessage } {
  const known = parsed.get(file)
  if (known !== undefined) return known
  const seed = readSeed(file)
  const made = { seed, model: parseMessage(seed.bytes, 'model') }
  parsed.set(file, made)
  return made
}

/** The mutated file of case `index`, and the inputs that are bound; always the same for a seed. */
export function caseOf(
  files: readonly string[],
  p: { seed: number; index: number },
): { bytes: Uint8Array; bind: Map<string, OnnxTensor>; seedFile: string; mutations: string[] } {
  const random = seededRandom(p.seed * 1_000_003 + p.index)
  const { seed, model } = seedOf(random.pick(files))
  const { bytes, mutations } = mutate(random, { model, others: () => seedOf(random.pick(files)).model })
  const bind = new Map<string, OnnxTensor>()
  const isBinding = random.chance(1, 2)
  // Integers decide shapes; floats are seldom bound, so that most nodes stay nodes.
  for (const [name, tensor] of seed.inputs)
    if (isBinding && (tensor.dataType === INT64 || random.chance(1, 4)))
      bind.set(name, random.chance(1, 4) ? mutateTensor(random, tensor) : tensor)
  return { bytes, bind, seedFile: seed.file, mutations }
}

const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })

/** Imports a file as `opml import` does, folding by the portable kernels, and hands the program to the verifier. */
function importHostile(bytes: Uint8Array, bind: ReadonlyMap<string, OnnxTensor>): void {
  const { program } = importOnnx(bytes, {
    file: 'hostile.onnx',
    bind,
    evaluate: (node, operands) => executor.node(node, operands),
    readExternal: ({ location, offset, length }) =>
      location === 'data.bin' && offset < 65_536 ? new Uint8Array(Math.min(length, 65_536 - offset)) : undefined,
  })
  verifyProgram(program, { operators: OPERATOR_TABLE, ...HEIGHTS })
}

/** Class of an error; what a lowering stumbled over is told apart, so that it can be looked at. */
function classOf(error: OpmlError): string {
  const [, stumble] = /do not fit the operator \((.*)\)/.exec(error.message) ?? []
  return stumble === undefined ? error.name : `${error.name} (${stumble})`
}

/** Runs a case. */
export function runCase(files: readonly string[], p: { seed: number; index: number }): CaseResult {
  const { bytes, bind, seedFile, mutations } = caseOf(files, p)
  try {
    importHostile(bytes, bind)
    return { outcome: 'imported', seedFile, mutations, error: '' }
  } catch (error) {
    if (error instanceof OpmlError && error.message.length > MIN_MESSAGE && error.suggestion !== undefined)
      return { outcome: 'refused', seedFile, mutations, error: classOf(error) }
    const text = error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}` : String(error)
    return { outcome: 'bug', seedFile, mutations, error: text }
  }
}
