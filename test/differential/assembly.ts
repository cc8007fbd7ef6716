import type { MachineImage } from '../../packages/opml/src/vm/machine.ts'
import { assemble, loadConstant, type Operands } from '../../scripts/isa/assembler.ts'

/** What a machine starts from. */
export type Start = Pick<MachineImage, 'segments' | 'entry' | 'codeEnd'>

/** One line of a listing: a label, an instruction, an instruction whose target is a label, or a word. */
export type Line =
  | string
  | number
  | readonly [mnemonic: string, operands: Operands]
  | readonly [mnemonic: string, operands: Operands, target: string]

/** Loads a word into a register: two lines. */
export function constant(rd: number, value: number): Line[] {
  return loadConstant(rd, value >>> 0)
}

/** The words of a listing at `address`. Branches and `jal` reach labels; anything else takes its operands as they are. */
export function assembleLines(lines: readonly Line[], address = 0): number[] {
  const labels = new Map<string, number>()
  let pc = address
  for (const line of lines) {
    if (typeof line === 'string') labels.set(line, pc)
    else pc += 4
  }
  const words: number[] = []
  for (const line of lines) {
    if (typeof line === 'string') continue
    if (typeof line === 'number') {
      words.push(line)
      continue
    }
    const [mnemonic, operands, target] = line
    const at = address + 4 * words.length
    const goal = target === undefined ? undefined : labels.get(target)
    if (target !== undefined && goal === undefined) throw new RangeError(`No label "${target}".`)
    words.push(assemble(mnemonic, goal === undefined ? operands : { ...operands, imm: goal - at }))
  }
  return words
}

/** An image with a listing at address 0 as its code; CODE_END is the end of the listing rounded up to 128, or as given. */
export function imageOf(lines: readonly Line[], codeEnd?: number): Start {
  const words = assembleLines(lines)
  const bytes = new Uint8Array(4 * words.length)
  words.forEach((word, i) => new DataView(bytes.buffer).setUint32(4 * i, word, true))
  return { segments: [{ address: 0, bytes }], entry: 0, codeEnd: codeEnd ?? Math.ceil(bytes.length / 128) * 128 }
}
