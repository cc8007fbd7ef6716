import { ceilLog2 } from '../core/merkleRoot.ts'
import { BLOCK_BYTES } from '../core/merkleZero.ts'
import type { OperatorRule, OperatorTable } from './operatorRule.ts'
import type { Program } from './program.ts'
import type { ProgramHeights } from './programModel.ts'
import { tensorBytes } from './shape.ts'

/** States between two of the coarse trace, as a power of two; what machine programs have too. */
const FINE_HEIGHT = 12
/** Levels of one move of the game: heights beyond the least grow by these. */
const MOVE_LEVELS = 4

/**
 * The heights that an importer gives a program. Its nodes need operators of the table; nothing else is checked.
 *
 * @see spec/02-program.md §8
 */
export function programHeights(program: Program, operators: OperatorTable): ProgramHeights {
  const nodes = program.sections.flatMap((section) => section.nodes)
  const positions = program.sections.reduce((sum, { steps }) => sum + steps, 0)
  const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), 1)
  const costSteps = most(nodes.map((node) => (operators.named(node.op) as OperatorRule).costSteps(node)))
  const missing = Math.max(0, ceilLog2(costSteps) - 2 * FINE_HEIGHT)
  return {
    stepHeight: ceilLog2(positions),
    nodeHeight: ceilLog2(most(program.sections.map((section) => section.nodes.length))),
    blockHeight: ceilLog2(most(nodes.map(({ shape, dtype }) => Math.ceil(tensorBytes(shape, dtype) / BLOCK_BYTES)))),
    coarseHeight: FINE_HEIGHT + MOVE_LEVELS * Math.ceil(missing / MOVE_LEVELS),
    fineHeight: FINE_HEIGHT,
  }
}
