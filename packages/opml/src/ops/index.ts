import { operatorTable } from '../graph/operatorTable.ts'
import { concat } from './concat.ts'
import { gather } from './gather.ts'
import { gatherElements } from './gatherElements.ts'
import { gatherND } from './gatherND.ts'
import { interpolate } from './interpolate.ts'
import { map } from './map.ts'
import { matMul } from './matMul.ts'
import { pad } from './pad.ts'
import { scatterElements } from './scatterElements.ts'
import { scatterND } from './scatterND.ts'
import { treeEnsemble } from './treeEnsemble.ts'
import type { Operator } from './operator.ts'

/** Every operator, by ascending opcode. */
export const OPERATORS: readonly Operator[] = [
  map,
  matMul,
  gather,
  gatherElements,
  gatherND,
  scatterElements,
  scatterND,
  concat,
  pad,
  interpolate,
  treeEnsemble,
]

/** The operators by name and opcode. */
export const OPERATOR_TABLE = operatorTable(OPERATORS)

export { checkTreeTable, MISSING_TRACKS_TRUE, TREE_MODES, type TreeLimits } from './treeTable.ts'
