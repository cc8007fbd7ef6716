import type { GeneratedFile } from '../generated.ts'
import { type Digits, keccak, rootOf } from '../merkle/oracle.ts'
import {
  descriptor,
  inputsHash,
  lengthBytes,
  modelId,
  outputsHash,
  programRoot,
  sectionsHash,
  type VectorNode,
  weightsRoot,
} from './oracle.ts'
import { VECTOR_PROGRAMS, type VectorProgram } from './vectorPrograms.ts'

const hex = (digits: Digits): string => `0x${digits}`

/** Bytes that differ from place to place: byte i is (i·i + 11·i + seed) mod 251. */
function pattern(length: number, seed: number): Digits {
  return Buffer.from(Array.from({ length }, (_, i) => (i * i + 11 * i + seed) % 251)).toString('hex')
}

const nodesOf = (program: VectorProgram): VectorNode[] => program.sections.flatMap(({ nodes }) => nodes)

function descriptorFile(): object {
  const descriptors = VECTOR_PROGRAMS.flatMap((program) =>
    nodesOf(program).map((node, i) => {
      const bytes = descriptor(node)
      return { name: `node ${i} of "${program.name}"`, node, descriptor: hex(bytes), root: hex(rootOf(bytes, 2)) }
    }),
  )
  return { descriptors }
}

/** A byte of a valid descriptor changed, so that it is none; `word` is the word that is at fault. */
function rejectedFile(): object {
  const nodes = VECTOR_PROGRAMS.flatMap(nodesOf)
  const cases: [name: string, node: number, byte: number, value: number][] = [
    ['version 0', 0, 2, 0],
    ['version 2', 0, 2, 2],
    ['25 micro-ops', 0, 3, 25],
    ['dtype 13 of the output', 0, 4, 13],
    ['dtype 0 of the output', 0, 4, 0],
    ['rank 7', 0, 8, 7],
    ['rank of a view', 0, 9, 1],
    ['length that is not that of the dims', 0, 12, 9],
    ['missing dimension that is not 1', 0, 16, 2],
    ['reference of kind 6', 0, 40, 6],
    ['initial value of an input', 0, 41, 1],
    ['section of an input', 0, 42, 1],
    ['index of an initial value of an input', 0, 48, 1],
    ['reference of an absent operand', 0, 56, 1],
    ['dims of a view', 0, 76, 1],
    ['stride of an absent operand', 0, 152, 1],
    ['attribute that the operator does not have', 0, 232, 1],
    ['micro-op that does not exist', 0, 320, 6],
    ['source that the micro-op does not have', 0, 322, 1],
    ['micro-op after the last', 0, 336, 1],
    ['last byte', 0, 511, 1],
  ]
  const rejected = cases.map(([name, node, byte, value]) => {
    const bytes = Buffer.from(descriptor(nodes[node] as VectorNode), 'hex')
    bytes[byte] = value
    return { name, node: nodes[node], descriptor: hex(bytes.toString('hex')), word: Math.floor(byte / 4) }
  })
  return { rejected }
}

function programVector(program: VectorProgram, seed: number): object {
  const constants = program.constants.map((type, i) => ({ ...type, bytes: pattern(lengthBytes(type), 10 * seed + i) }))
  const descriptors = nodesOf(program).map(descriptor)
  const outputs = program.outputs.map((output) => ({ ...output, lengthBytes: lengthBytes(output) }))
  const kernelRoot = keccak(pattern(10, seed))
  const codeRoot = keccak(pattern(11, seed))
  const model = {
    programRoot: programRoot(descriptors),
    weightsRoot: weightsRoot(constants.map(({ bytes }) => bytes)),
    kernelRoot,
    codeRoot,
    entry: 0x100 * seed,
    codeEnd: 0x10000 + 128 * seed,
    outputBlockAddress: 0xffff80,
    sectionsHash: sectionsHash(
      program.sections.map((s) => ({ numNodes: s.nodes.length, steps: s.steps, haltNode: s.haltNode })),
    ),
    outputsHash: outputsHash(outputs),
    inputsHash: inputsHash(program.inputs.map(lengthBytes)),
    numNodes: descriptors.length,
    numConstants: constants.length,
    numInputs: program.inputs.length,
    stepHeight: 32,
    nodeHeight: 4 * seed,
    blockHeight: 23,
    coarseHeight: 12,
    fineHeight: 16 - seed,
  }
  const shown = Object.entries(model).map(([name, value]) => [name, typeof value === 'number' ? value : hex(value)])
  return {
    name: program.name,
    constants: constants.map((constant) => ({
      ...constant,
      bytes: hex(constant.bytes),
      root: hex(rootOf(constant.bytes, 23)),
    })),
    inputs: program.inputs,
    sections: program.sections,
    outputs,
    descriptors: descriptors.map(hex),
    model: Object.fromEntries(shown),
    modelId: hex(modelId(Object.values(model))),
  }
}

/** The files of `vectors/programs`, whose form `vectors/programs/README.md` fixes. */
export function generateProgramVectors(): GeneratedFile[] {
  const files: Record<string, object> = {
    descriptors: descriptorFile(),
    rejectedDescriptors: rejectedFile(),
    programs: { programs: VECTOR_PROGRAMS.map((program, i) => programVector(program, i + 1)) },
  }
  return Object.entries(files).map(([name, content]) => ({
    path: `vectors/programs/${name}.json`,
    content: `${JSON.stringify({ format: 'opml.programs.1', ...content }, null, 1)}\n`,
  }))
}
