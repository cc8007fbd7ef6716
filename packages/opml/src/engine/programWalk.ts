import type { InitialRef, Node, OperandRef } from '../graph/node.ts'
import type { Program, Section } from '../graph/program.ts'
import { tensorBytes } from '../graph/shape.ts'

/** One output of a run, as it was made. */
export interface TappedOutput {
  /** Step position, counted over all sections (spec/02-program.md §1). */
  readonly position: number
  /** Number of the node inside its section. */
  readonly node: number
  /** Dense little-endian bytes. */
  readonly bytes: Uint8Array
}

/** What a walk needs beside the program. */
export interface ProgramWalkOptions {
  readonly constants: readonly Uint8Array[]
  /** The task's inputs, in the program's order. */
  readonly inputs: readonly Uint8Array[]
  /** The output of one node from the bytes of its operands; undefined for an absent one. */
  readonly compute: (node: Node, operands: readonly (Uint8Array | undefined)[]) => Uint8Array
  /** Gets every output that is computed, in order; positions after a halt repeat the last one and are left out. */
  readonly tap?: (output: TappedOutput) => void
}

/**
 * Runs a verified program node by node in the order of spec/02-program.md §1: the plain meaning of sections, steps, the halt and references.
 *
 * @returns the program's outputs, in its order.
 */
export function walkProgram(program: Program, options: ProgramWalkOptions): Uint8Array[] {
  const finished: Uint8Array[][] = []
  let firstPosition = 0
  for (const section of program.sections) {
    finished.push(walkSection(section, { ...options, finished, firstPosition }))
    firstPosition += section.steps
  }
  return program.outputs.map(({ section, node }) => finished[section][node])
}

interface SectionWalk extends ProgramWalkOptions {
  /** Outputs of the earlier sections at their last positions. */
  readonly finished: readonly (readonly Uint8Array[])[]
  readonly firstPosition: number
}

/** Outputs of a section at its last position. */
function walkSection(section: Section, walk: SectionWalk): Uint8Array[] {
  let previous: Uint8Array[] | undefined
  for (let step = 0; step < section.steps; step++) {
    if (previous !== undefined && isHalted(section, previous)) break
    const outputs: Uint8Array[] = []
    const at = { section, walk, outputs, previous }
    for (const [index, node] of section.nodes.entries()) {
      const operands = node.operands.map((operand) => operand && operandBytes(operand.ref, at))
      const bytes = walk.compute(node, operands)
      outputs.push(bytes)
      walk.tap?.({ position: walk.firstPosition + step, node: index, bytes })
    }
    previous = outputs
  }
  return previous ?? []
}

/** Whether the halt word of a step is not zero. */
function isHalted({ haltNode }: Section, outputs: readonly Uint8Array[]): boolean {
  return haltNode !== undefined && outputs[haltNode].subarray(0, 4).some((byte) => byte !== 0)
}

/** A step in the making. */
interface StepWalk {
  readonly section: Section
  readonly walk: SectionWalk
  readonly outputs: readonly Uint8Array[]
  readonly previous: readonly Uint8Array[] | undefined
}

function operandBytes(ref: OperandRef, { section, walk, outputs, previous }: StepWalk): Uint8Array {
  if (ref.kind === 'node') return outputs[ref.index]
  if (ref.kind !== 'previous') return sourceBytes(ref, walk)
  if (previous !== undefined) return previous[ref.index]
  const { shape, dtype } = section.nodes[ref.index]
  return ref.initial.kind === 'zero' ? new Uint8Array(tensorBytes(shape, dtype)) : sourceBytes(ref.initial, walk)
}

/** INVARIANT: in a verified program no operand is the zero tensor, and absent ones have no reference. */
function sourceBytes(ref: InitialRef, walk: SectionWalk): Uint8Array {
  switch (ref.kind) {
    case 'zero':
      return new Uint8Array(0)
    case 'constant':
      return walk.constants[ref.index]
    case 'input':
      return walk.inputs[ref.index]
    case 'section':
      return walk.finished[ref.section][ref.index]
  }
}
