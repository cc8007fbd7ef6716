import { UnknownDtypeError } from './errors.ts'

/** How a value is computed: binary32, a 32-bit or a 64-bit word (spec/02-program.md §2). */
export type ValueClass = 'f32' | 'i32' | 'i64'

/** Element type of a tensor. */
export type Dtype = 'f32' | 'f16' | 'bf16' | 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'bool'

/** One row of the table of dtypes. */
export interface DtypeInfo {
  readonly name: Dtype
  /** Number in descriptors; 0 is no dtype. */
  readonly id: number
  readonly bytes: 1 | 2 | 4 | 8
  readonly valueClass: ValueClass
}

function row(id: number, name: Dtype, bytes: DtypeInfo['bytes'], valueClass: ValueClass): DtypeInfo {
  return { id, name, bytes, valueClass }
}

/** Every dtype, by ascending id. @see spec/02-program.md §2 */
export const DTYPES: readonly DtypeInfo[] = [
  row(1, 'f32', 4, 'f32'),
  row(2, 'f16', 2, 'f32'),
  row(3, 'bf16', 2, 'f32'),
  row(4, 'i8', 1, 'i32'),
  row(5, 'u8', 1, 'i32'),
  row(6, 'i16', 2, 'i32'),
  row(7, 'u16', 2, 'i32'),
  row(8, 'i32', 4, 'i32'),
  row(9, 'u32', 4, 'i32'),
  row(10, 'i64', 8, 'i64'),
  row(11, 'u64', 8, 'i64'),
  row(12, 'bool', 1, 'i32'),
]

const BY_NAME: ReadonlyMap<string, DtypeInfo> = new Map(DTYPES.map((info) => [info.name, info]))

/** The row of a dtype. @throws {UnknownDtypeError} for a name that is none. */
export function dtypeInfo(name: string): DtypeInfo {
  const info = BY_NAME.get(name)
  if (info === undefined) throw new UnknownDtypeError({ dtype: name })
  return info
}

/** The dtype with a number of the descriptor. @throws {UnknownDtypeError} for an unused number. */
export function dtypeOfId(id: number): Dtype {
  const info = DTYPES[id - 1]
  if (info === undefined) throw new UnknownDtypeError({ dtype: String(id) })
  return info.name
}
