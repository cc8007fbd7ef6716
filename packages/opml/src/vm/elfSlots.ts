import type { ElfFile } from './elfFile.ts'
import type { MemorySegment, Slot } from './machine.ts'
import {
  InputSlotNotZeroError,
  SlotInCodeError,
  SlotMisalignedError,
  type SlotName,
  SlotOverlapError,
  SlotSizeError,
  SlotSymbolError,
} from './slotErrors.ts'

const BLOCK_BYTES = 128

/** The largest slot height (spec/03 §2): 1 GiB. */
const MAX_SLOT_HEIGHT = 23

/** Section index of an absolute symbol. */
const SHN_ABS = 0xfff1

/** Where the slots lie when a file does not name them (spec/04 §5): 1 MiB each. */
const DEFAULT_SLOTS: Readonly<Record<SlotName, Slot>> = {
  input: { address: 0x4000_0000, height: 13 },
  output: { address: 0x8000_0000, height: 13 },
}

const sizeOf = (slot: Slot): number => BLOCK_BYTES * 2 ** slot.height

/** The value of an absolute symbol, undefined when the file has none of that name. */
function symbolValue(symbols: ReturnType<ElfFile['findSymbols']>, symbol: string): number | undefined {
  const found = symbols.get(symbol) ?? []
  if (found.length > 1) throw new SlotSymbolError({ symbol, reason: 'is defined more than once' })
  if (found.length === 1 && found[0].section !== SHN_ABS)
    throw new SlotSymbolError({ symbol, reason: 'is not absolute' })
  return found[0]?.value
}

function heightOf(slot: SlotName, sizeBytes: number): number {
  for (let height = 0; height <= MAX_SLOT_HEIGHT; height++) if (sizeBytes === BLOCK_BYTES * 2 ** height) return height
  throw new SlotSizeError({ slot, sizeBytes })
}

function namedSlot(symbols: ReturnType<ElfFile['findSymbols']>, name: SlotName): Slot {
  const [addressName, sizeName] = [`__opml_${name}`, `__opml_${name}_size`]
  const address = symbolValue(symbols, addressName)
  const size = symbolValue(symbols, sizeName)
  if (address === undefined && size === undefined) return DEFAULT_SLOTS[name]
  if (address === undefined) throw new SlotSymbolError({ symbol: addressName, reason: `is missing beside ${sizeName}` })
  if (size === undefined) throw new SlotSymbolError({ symbol: sizeName, reason: `is missing beside ${addressName}` })
  return { address, height: heightOf(name, size) }
}

/** SAFETY: an aligned slot never reaches beyond 2^32, since its size divides 2^32. */
function checkSlot(name: SlotName, slot: Slot, codeEnd: number): void {
  if (slot.address % sizeOf(slot) !== 0) throw new SlotMisalignedError({ name, slot })
  if (slot.address < codeEnd) throw new SlotInCodeError({ name, slot, codeEnd })
}

function checkInputIsZero(slot: Slot, segments: readonly MemorySegment[]): void {
  for (const { address, bytes } of segments) {
    const start = Math.max(0, slot.address - address)
    const end = Math.min(bytes.length, slot.address + sizeOf(slot) - address)
    for (let i = start; i < end; i++)
      if (bytes[i] !== 0) throw new InputSlotNotZeroError({ slot, address: address + i })
  }
}

/**
 * The input and the output slot of a file: from its four symbols, or the defaults of spec/04 §5 for a slot that none names.
 *
 * @throws {ElfError} one class a reason, when a slot breaks a rule of spec/03 §4.
 */
export function slotsOf(
  file: ElfFile,
  p: { codeEnd: number; segments: readonly MemorySegment[] },
): Readonly<Record<SlotName, Slot>> {
  const names = ['input', 'output'].flatMap((name) => [`__opml_${name}`, `__opml_${name}_size`])
  const symbols = file.findSymbols(names)
  const input = namedSlot(symbols, 'input')
  const output = namedSlot(symbols, 'output')
  checkSlot('input', input, p.codeEnd)
  checkSlot('output', output, p.codeEnd)
  const isApart = input.address + sizeOf(input) <= output.address || output.address + sizeOf(output) <= input.address
  if (!isApart) throw new SlotOverlapError({ input, output })
  checkInputIsZero(input, p.segments)
  return { input, output }
}
