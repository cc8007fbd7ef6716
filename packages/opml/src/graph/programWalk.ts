import type { InitialRef, Node, OperandRef } from './node.ts'
import type { Program, Section } from './program.ts'
import { tensorBytes } from './shape.ts'

/** Where an output is in the history of a run. */
export interface OutputPlace {
  /** Step position, counted over all sections (spec/02-program.md §1). */
  readonly position: number
  /** Number of the node inside its section. */
  readonly node: number
}

/** One output of a run, as it was made. */
export interface TappedOutput extends OutputPlace {
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
  for (const [number, section] of program.sections.entries()) {
    finished.push(walkSection(section, { ...options, finished, firstPosition, lastReads: lastReads(program, number) }))
    firstPosition += section.steps
  }
  return program.outputs.map(({ section, node }) => finished[section][node])
}

interface SectionWalk extends ProgramWalkOptions {
  /** Outputs of the earlier sections at their last positions. */
  readonly finished: readonly (readonly Uint8Array[])[]
  readonly firstPosition: number
  /** lastReads[j]: the node of the same step that reads node j last; Infinity where something else reads it. */
  readonly lastReads: readonly number[]
}

/** In the place of an output that nothing reads any more, so that a long program does not keep all of them. */
const DROPPED = new Uint8Array(0)

function lastReads(program: Program, number: number): number[] {
  const { nodes, haltNode } = program.sections[number]
  const last: number[] = []
  for (const [i, { operands }] of nodes.entries())
    for (const operand of operands) if (operand?.ref.kind === 'node') last[operand.ref.index] = i
  const keep = (index: number) => {
    last[index] = Number.POSITIVE_INFINITY
  }
  for (const { operands } of nodes)
    for (const operand of operands) if (operand?.ref.kind === 'previous') keep(operand.ref.index)
  if (haltNode !== undefined) keep(haltNode)
  for (const { section, node } of program.outputs) if (section === number) keep(node)
  for (const ref of program.sections.flatMap(sectionReads)) if (ref.section === number) keep(ref.index)
  return last
}

/** References to nodes of other sections, as operands and as initial values. */
function sectionReads({ nodes }: Section): { section: number; index: number }[] {
  return nodes.flatMap(({ operands }) =>
    operands.flatMap((operand) => {
      const ref = operand?.ref.kind === 'previous' ? operand.ref.initial : operand?.ref
      return ref?.kind === 'section' ? [ref] : []
    }),
  )
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
      for (const operand of node.operands)
        if (operand?.ref.kind === 'node' && walk.lastReads[operand.ref.index] === index)
          outputs[operand.ref.index] = DROPPED
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
