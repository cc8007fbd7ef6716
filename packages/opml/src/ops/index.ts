import { operatorTable } from '../graph/operatorTable.ts'
import { argReduce } from './argReduce.ts'
import { concat } from './concat.ts'
import { conv } from './conv.ts'
import { convInteger } from './convInteger.ts'
import { convTranspose } from './convTranspose.ts'
import { cumSum } from './cumSum.ts'
import { gather } from './gather.ts'
import { gatherElements } from './gatherElements.ts'
import { gatherND } from './gatherND.ts'
import { interpolate } from './interpolate.ts'
import { map } from './map.ts'
import { matMul } from './matMul.ts'
import { matMulInteger } from './matMulInteger.ts'
import { normalize } from './normalize.ts'
import { pad } from './pad.ts'
import { pool } from './pool.ts'
import { reduce } from './reduce.ts'
import { scatterElements } from './scatterElements.ts'
import { scatterND } from './scatterND.ts'
import { softmax } from './softmax.ts'
import { sort } from './sort.ts'
import { treeEnsemble } from './treeEnsemble.ts'
import type { Operator } from './operator.ts'

/** Every operator, by ascending opcode. */
export const OPERATORS: readonly Operator[] = [
  map,
  matMul,
  matMulInteger,
  conv,
  convInteger,
  convTranspose,
  pool,
  reduce,
  argReduce,
  softmax,
  normalize,
  gather,
  gatherElements,
  gatherND,
  scatterElements,
  scatterND,
  concat,
  pad,
  interpolate,
  cumSum,
  sort,
  treeEnsemble,
]

/** The operators by name and opcode. */
export const OPERATOR_TABLE = operatorTable(OPERATORS)
export { type Elements, loadValue, newElements, storeValue, type Value } from './elements.ts'
export type { Operator } from './operator.ts'
export { checkTreeTable } from './treeTable.ts'
export { referenceNode } from './referenceNode.ts'
