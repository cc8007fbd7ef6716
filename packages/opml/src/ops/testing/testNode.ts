import type { Dtype } from '../../graph/dtype.ts'
import type { Node, Operand, Operands } from '../../graph/node.ts'
import type { Shape } from '../../graph/shape.ts'
import { denseStrides } from '../../graph/shape.ts'
import { InvalidProgramError } from '../../graph/errors.ts'
import type { Elements } from '../elements.ts'
import type { Operator } from '../operator.ts'

/** An operand for a test: its dtype, its dims, and whether it is read through the strides of these dims. */
export interface TestOperand {
  readonly dtype: Dtype
  readonly dims: Shape
  readonly elements: Elements
  readonly isView?: boolean
}

function operandOf({ dtype, dims, isView }: TestOperand, index: number): Operand {
  const layout = isView
    ? ({ kind: 'view', strides: denseStrides(dims), offset: 0 } as const)
    : ({ kind: 'dense', dims } as const)
  return { ref: { kind: 'input', index }, dtype, layout }
}

/** A node of an operator without micro-ops, over task inputs. */
export function testNode(
  operator: Operator,
  p: { shape: Shape; operands: readonly TestOperand[]; attributes?: Record<string, number>; dtype?: Dtype },
): Node {
  const { shape, attributes = {} } = p
  // SAFETY: no operator has more than three.
  const operands = p.operands.map(operandOf) as unknown as Operands
  return { op: operator.name, dtype: p.dtype ?? p.operands[0].dtype, shape, operands, attributes, microOps: [] }
}

/** What the reference makes of a node that the operator's check accepts. */
export function runReference(operator: Operator, p: Parameters<typeof testNode>[1]): Elements {
  const node = testNode(operator, p)
  operator.check(
    node,
    p.operands.map(({ elements }) => elements.length),
  )
  return operator.reference(
    node,
    p.operands.map(({ elements }) => elements),
  )
}

/** The rule by which the operator's check refuses a node; undefined when it accepts. */
export function refusal(operator: Operator, p: Parameters<typeof testNode>[1]): string | undefined {
  try {
    operator.check(
      testNode(operator, p),
      p.operands.map(({ elements }) => elements.length),
    )
  } catch (error) {
    if (error instanceof InvalidProgramError) return error.rule
    throw error
  }
  return undefined
}

/** f32 elements. */
export function f32(dims: Shape, ...values: number[]): TestOperand {
  return { dtype: 'f32', dims, elements: Float32Array.from(values) }
}

/** i32 elements. */
export function i32(dims: Shape, ...values: number[]): TestOperand {
  return { dtype: 'i32', dims, elements: Int32Array.from(values) }
}

/** u32 elements. */
export function u32(dims: Shape, ...values: number[]): TestOperand {
  return { dtype: 'u32', dims, elements: Uint32Array.from(values) }
}

/** The operand, read through strides. */
export function view(operand: TestOperand): TestOperand {
  return { ...operand, isView: true }
}
