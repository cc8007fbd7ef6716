import { operatorTable } from '../graph/operatorTable.ts'
import { argReduce } from './argReduce.ts'
import { cumSum } from './cumSum.ts'
import { map } from './map.ts'
import { matMul } from './matMul.ts'
import { normalize } from './normalize.ts'
import type { Operator } from './operator.ts'
import { reduce } from './reduce.ts'
import { softmax } from './softmax.ts'
import { sort } from './sort.ts'

/** Every operator, by ascending opcode. */
export const OPERATORS: readonly Operator[] = [map, matMul, reduce, argReduce, softmax, normalize, cumSum, sort]

/** The operators by name and opcode. */
export const OPERATOR_TABLE = operatorTable(OPERATORS)
