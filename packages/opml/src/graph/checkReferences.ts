import { type Dtype, dtypeInfo } from './dtype.ts'
import { InvalidProgramError } from './errors.ts'
import type { InitialRef, OperandRef } from './node.ts'
import type { Program } from './program.ts'
import { type Shape, tensorBytes } from './shape.ts'

/** A node inside a program, both numbers from 0. */
export interface NodePlace {
  readonly section: number
  readonly node: number
}

interface Producer {
  readonly dtype: Dtype
  readonly shape: Shape
}

function refuse(message: string): never {
  throw new InvalidProgramError({ message })
}

function producerOf(list: readonly Producer[], index: number, noun: string): Producer {
  return list[index] ?? refuse(`there is no ${noun} ${index}, only ${list.length}.`)
}

function sectionNode(program: Program, ref: { section: number; index: number }, own: number): Producer {
  if (!(ref.section < own)) refuse(`section ${ref.section} is not before section ${own}.`)
  return producerOf(program.sections[ref.section].nodes, ref.index, `node of section ${ref.section} with number`)
}

/** What an initial value is; undefined for zero. */
function initialProducer(program: Program, ref: InitialRef, place: NodePlace): Producer | undefined {
  switch (ref.kind) {
    case 'zero':
      return undefined
    case 'constant':
      return producerOf(program.constants, ref.index, 'constant')
    case 'input':
      return producerOf(program.inputs, ref.index, 'input')
    case 'section':
      return sectionNode(program, ref, place.section)
  }
}

function previousProducer(
  program: Program,
  ref: Extract<OperandRef, { kind: 'previous' }>,
  place: NodePlace,
): Producer {
  const node = producerOf(program.sections[place.section].nodes, ref.index, 'node')
  const initial = initialProducer(program, ref.initial, place)
  if (initial === undefined) return node
  if (initial.dtype !== node.dtype)
    refuse(`the initial value of node ${ref.index} is ${initial.dtype}, the node ${node.dtype}.`)
  const [numInitial, numBytes] = [initial, node].map(({ shape, dtype }) => tensorBytes(shape, dtype))
  if (numInitial !== numBytes)
    refuse(`the initial value of node ${ref.index} has ${numInitial} bytes, the node ${numBytes}.`)
  return node
}

function producer(program: Program, ref: OperandRef, place: NodePlace): Producer {
  switch (ref.kind) {
    case 'node':
      if (!(ref.index < place.node)) refuse(`node ${ref.index} is not before node ${place.node}.`)
      return producerOf(program.sections[place.section].nodes, ref.index, 'node')
    case 'previous':
      return previousProducer(program, ref, place)
    case 'zero':
    case 'constant':
    case 'input':
    case 'section':
      return initialProducer(program, ref, place) ?? refuse('the zero tensor can only be an initial value.')
  }
}

/**
 * Number of elements that each operand of a node has, undefined for absent ones.
 *
 * @throws {InvalidProgramError} without a place, for a reference that spec/02 §4 does not allow, or of another dtype.
 */
export function operandElements(program: Program, place: NodePlace): (number | undefined)[] {
  const { operands } = program.sections[place.section].nodes[place.node]
  return operands.map((operand, i) => {
    if (operand === undefined) return undefined
    const source = producer(program, operand.ref, place)
    const { bytes } = dtypeInfo(operand.dtype)
    if (source.dtype !== operand.dtype) {
      refuse(`operand ${'abc'.charAt(i)} is read as ${operand.dtype}, its producer makes ${source.dtype}.`)
    }
    return tensorBytes(source.shape, source.dtype) / bytes
  })
}
