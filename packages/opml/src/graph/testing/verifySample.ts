import { InvalidProgramError } from '../errors.ts'
import type { MicroOp, Node, Operand } from '../node.ts'
import type { Program, Section } from '../program.ts'
import { verifyProgram } from '../verifyProgram.ts'
import { SAMPLE } from './samplePrograms.ts'
import { TEST_OPERATORS } from './testOperators.ts'

/** A block may cost 2^20 steps. */
export const OPTIONS = { operators: TEST_OPERATORS, coarseHeight: 10, fineHeight: 10 }

/** The nodes of the sample: f32 product with a bias, reduction with pre-ops; i32 counter, gather. */
export const [layer, reduce] = SAMPLE.sections[0].nodes
export const [counter, rows] = SAMPLE.sections[1].nodes

/** A program, what is wrong with it, and what the verifier says. */
export type Refused = [fact: string, program: Program, message: string]

/** What the verifier says of a program; undefined when it accepts. */
export function refusal(program: Program): string | undefined {
  try {
    verifyProgram(program, OPTIONS)
  } catch (error) {
    if (error instanceof InvalidProgramError) return error.message
    throw error
  }
  return undefined
}

/** The sample with one section changed. */
export function withSection(section: number, change: Partial<Section>): Program {
  return { ...SAMPLE, sections: SAMPLE.sections.map((old, s) => (s === section ? { ...old, ...change } : old)) }
}

/** The sample with one node changed. */
export function withNode(section: number, node: number, change: Partial<Node>): Program {
  const { nodes } = SAMPLE.sections[section]
  return withSection(section, { nodes: nodes.map((old, n) => (n === node ? { ...old, ...change } : old)) })
}

/** The sample with other micro-ops in the counter. */
export function withMicroOps(...microOps: MicroOp[]): Program {
  return withNode(1, 0, { microOps })
}

/** The sample with another first operand of the counter. */
export function withOperand(operand: Operand): Program {
  return withNode(1, 0, { operands: [operand, counter.operands[1]] })
}

/** The sample with other attributes, and micro-ops, of the reduction. */
export function withReduce(
  attributes: Record<string, number>,
  microOps: readonly MicroOp[] = reduce.microOps,
): Program {
  return withNode(0, 1, { microOps, attributes: { ...reduce.attributes, ...attributes } })
}
