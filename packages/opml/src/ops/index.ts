import { operatorTable } from '../graph/operatorTable.ts'
import { conv } from './conv.ts'
import { convInteger } from './convInteger.ts'
import { convTranspose } from './convTranspose.ts'
import { map } from './map.ts'
import { matMul } from './matMul.ts'
import { matMulInteger } from './matMulInteger.ts'
import type { Operator } from './operator.ts'
import { pool } from './pool.ts'

/** Every operator, by ascending opcode. */
export const OPERATORS: readonly Operator[] = [map, matMul, matMulInteger, conv, convInteger, convTranspose, pool]

/** The operators by name and opcode. */
export const OPERATOR_TABLE = operatorTable(OPERATORS)
