import { operatorTable } from '../graph/operatorTable.ts'
import { map } from './map.ts'
import { matMul } from './matMul.ts'
import type { Operator } from './operator.ts'

/** Every operator, by ascending opcode. */
export const OPERATORS: readonly Operator[] = [map, matMul]

/** The operators by name and opcode. */
export const OPERATOR_TABLE = operatorTable(OPERATORS)
