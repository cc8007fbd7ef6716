import { disassemble } from 'opml/vm'
import type { Machine } from 'opml/vm'

/** The instruction at `pc` of a machine's present memory, disassembled. */
export function instructionAt(machine: Machine, pc: number): string {
  const bytes = machine.memory.read(pc, 4)
  const word = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  return disassemble(word, pc)
}
