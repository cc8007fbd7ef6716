import { ISA, type IsaRow } from '../isa.ts'

/** Words are dispatched by opcode and funct3, 8 bits together: word bits 2 to 6 above word bits 12 to 14. */
const NUM_KEYS = 256

/** The bits of a word that its key does not hold. */
export const NOT_IN_KEY = ~0x707f

/** The rows that words of one key can match. Rows that only `step()` performs are left out. */
function rowsOfKey(key: number): readonly IsaRow[] {
  const fixed = ((key >>> 3) << 2) | 3 | ((key & 7) << 12)
  return ISA.filter(({ mask, match, format }) => format !== 'system' && ((fixed ^ match) & mask & 0x707f) === 0)
}

/** How the interpreter inside WebAssembly finds the row of a word. */
export interface DispatchKeys {
  /** Lists of rows, each to be tried one row after another. */
  readonly handlers: readonly (readonly IsaRow[])[]
  /** By key: the index of its handler, −1 where no row can match. */
  readonly handlerOfKey: readonly number[]
}

/** The keys of all words that end in the bits 11. */
export function dispatchKeys(): DispatchKeys {
  const handlers: (readonly IsaRow[])[] = []
  const indexByNames = new Map<string, number>()
  const handlerOfKey = Array.from({ length: NUM_KEYS }, (_, key) => {
    const rows = rowsOfKey(key)
    if (rows.length === 0) return -1
    const names = rows.map((row) => row.mnemonic).join()
    const index = indexByNames.get(names) ?? handlers.push(rows) - 1
    indexByNames.set(names, index)
    return index
  })
  return { handlers, handlerOfKey }
}
