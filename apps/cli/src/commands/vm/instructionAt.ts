import { decode } from 'opml/vm'
import type { Machine } from 'opml/vm'

/** The instruction at `pc` as text; `illegal` for a word that no row of the table matches. */
export function instructionAt(machine: Machine, pc: number): string {
  const bytes = machine.memory.read(pc, 4)
  const word = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  return decode(word)?.row.mnemonic ?? 'illegal'
}
