import type { NodePlace } from './checkReferences.ts'
import { DescriptorError, InvalidProgramError, TensorTooLargeError, UnknownDtypeError } from './errors.ts'
import type { OperatorTable } from './operatorRule.ts'
import type { Program, ProgramOutput, Section, TensorType } from './program.ts'
import { MAX_RANK, MAX_TENSOR_BYTES, tensorBytes } from './shape.ts'
import { verifyNode } from './verifyNode.ts'

const MAX_SECTIONS = 2 ** 16 - 1
const MAX_POSITIONS = 2 ** 32 - 1
const HALT_WORD_BYTES = 4

/** What {@link verifyProgram} holds a program against. */
export interface VerifyOptions {
  readonly operators: OperatorTable
  /** Heights of the machine's coarse and fine trees; one block of a node may cost 2^(coarse + fine) steps. */
  readonly coarseHeight: number
  readonly fineHeight: number
}

/** The rule that an error is about. INVARIANT: errors of other kinds are bugs and pass. */
function brokenRule(error: unknown): string {
  if (error instanceof InvalidProgramError) return error.rule
  const isOfNode =
    error instanceof DescriptorError || error instanceof UnknownDtypeError || error instanceof TensorTooLargeError
  if (!isOfNode) throw error
  return error.message
}

/** Runs a check; what it refuses gets the place. */
function at(place: Partial<NodePlace>, check: () => void): void {
  try {
    check()
  } catch (error) {
    throw new InvalidProgramError({ ...place, message: brokenRule(error) })
  }
}

/** Runs a check; what it refuses gets a name. */
function named(name: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    throw new InvalidProgramError({ message: `${name}: ${brokenRule(error)}` })
  }
}

function refuse(message: string): never {
  throw new InvalidProgramError({ message })
}

function isCount(value: number, p: { min: number; max: number }): boolean {
  return Number.isInteger(value) && value >= p.min && value <= p.max
}

/** Bytes of a declared tensor. @throws {InvalidProgramError | UnknownDtypeError | TensorTooLargeError} */
function declaredBytes({ shape, dtype }: TensorType): number {
  const isShape = shape.length <= MAX_RANK && shape.every((dim) => isCount(dim, { min: 0, max: MAX_TENSOR_BYTES }))
  if (!isShape) refuse(`[${shape.join(', ')}] is no shape.`)
  return tensorBytes(shape, dtype)
}

function checkDeclared(list: readonly TensorType[], noun: string): void {
  for (const [i, type] of list.entries()) named(`${noun} ${i} ("${type.name}")`, () => declaredBytes(type))
}

function checkHalt({ nodes, haltNode }: Section): void {
  if (haltNode === undefined) return
  const node = nodes[haltNode] ?? refuse(`there is no node ${haltNode} to halt the section.`)
  const bytes = tensorBytes(node.shape, node.dtype)
  if (bytes < HALT_WORD_BYTES) refuse(`halt node ${haltNode} has ${bytes} bytes, a halt word takes ${HALT_WORD_BYTES}.`)
}

function checkSteps({ sections }: Program): void {
  if (!isCount(sections.length, { min: 1, max: MAX_SECTIONS }))
    refuse(`${sections.length} sections; 1 to ${MAX_SECTIONS} are possible.`)
  let positions = 0
  for (const [section, { steps, nodes }] of sections.entries()) {
    at({ section }, () => {
      if (nodes.length === 0) refuse('a section needs a node.')
      if (!isCount(steps, { min: 1, max: MAX_POSITIONS })) refuse(`${steps} steps; 1 to ${MAX_POSITIONS} are possible.`)
    })
    positions += steps
  }
  if (positions > MAX_POSITIONS) refuse(`${positions} step positions; at most ${MAX_POSITIONS} are possible.`)
}

function checkOutput(program: Program, output: ProgramOutput): void {
  const node = program.sections[output.section]?.nodes[output.node]
  if (node === undefined) return refuse(`there is no node ${output.node} in section ${output.section}.`)
  if (node.dtype !== output.dtype) refuse(`it is declared ${output.dtype}, its node makes ${node.dtype}.`)
  const [declared, actual] = [declaredBytes(output), tensorBytes(node.shape, node.dtype)]
  if (declared !== actual) refuse(`it is declared with ${declared} bytes, its node has ${actual}.`)
}

function checkOutputs(program: Program): void {
  if (program.outputs.length === 0) refuse('it has no outputs.')
  for (const [i, output] of program.outputs.entries()) {
    named(`output ${i} ("${output.name}")`, () => checkOutput(program, output))
  }
}

/**
 * Accepts exactly the programs that the referee and every engine agree on (spec/02-program.md §7).
 *
 * Cost is linear in the number of nodes.
 * @throws {InvalidProgramError} naming section, node and the rule that is broken: the first one in the order of the program.
 */
export function verifyProgram(program: Program, options: VerifyOptions): void {
  const rules = { operators: options.operators, maxCostSteps: 2 ** (options.coarseHeight + options.fineHeight) }
  checkSteps(program)
  checkDeclared(program.constants, 'constant')
  checkDeclared(program.inputs, 'input')
  for (const [section, { nodes }] of program.sections.entries()) {
    for (let node = 0; node < nodes.length; node++) {
      at({ section, node }, () => verifyNode(program, { section, node }, rules))
    }
    at({ section }, () => checkHalt(program.sections[section]))
  }
  checkOutputs(program)
}
