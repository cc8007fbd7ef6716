import { ElfError } from './elfErrors.ts'
import type { Slot } from './machine.ts'

const SYMBOLS =
  'Give __opml_input, __opml_input_size, __opml_output and __opml_output_size as absolute symbols, or none of them (spec/04-machine.md §5).'
const MOVE = 'Change the address or the size of the slot in the linker script (spec/03-commitments.md §4).'

const hex32 = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`
const slotText = (name: string, slot: Slot): string =>
  `The ${name} slot, ${128 * 2 ** slot.height} bytes at ${hex32(slot.address)},`

/** Which of the two slots of a machine program. */
export type SlotName = 'input' | 'output'

/** Of a slot's two symbols one is missing, or one is not absolute or given twice. */
export class SlotSymbolError extends ElfError<{ symbol: string; reason: string }> {
  override readonly name = 'SlotSymbolError'

  constructor(values: { symbol: string; reason: string }) {
    super({
      values,
      message: `The symbol ${values.symbol} ${values.reason}.`,
      code: 'ELF_SLOT_SYMBOL',
      suggestion: SYMBOLS,
    })
  }
}

/** A slot's size is no power of two from 128 bytes to 1 GiB. */
export class SlotSizeError extends ElfError<{ slot: SlotName; sizeBytes: number }> {
  override readonly name = 'SlotSizeError'

  constructor(values: { slot: SlotName; sizeBytes: number }) {
    const message = `The ${values.slot} slot has ${values.sizeBytes} bytes, not a power of two from 128 to 2^30.`
    super({ values, message, code: 'ELF_SLOT_SIZE', suggestion: MOVE })
  }
}

/** A slot's address is no multiple of its size. */
export class SlotMisalignedError extends ElfError<{ name: SlotName; slot: Slot }> {
  override readonly name = 'SlotMisalignedError'

  constructor(values: { name: SlotName; slot: Slot }) {
    const message = `${slotText(values.name, values.slot)} is not aligned to its size.`
    super({ values, message, code: 'ELF_SLOT_MISALIGNED', suggestion: MOVE })
  }
}

/** A slot begins below the end of the code. */
export class SlotInCodeError extends ElfError<{ name: SlotName; slot: Slot; codeEnd: number }> {
  override readonly name = 'SlotInCodeError'

  constructor(values: { name: SlotName; slot: Slot; codeEnd: number }) {
    const message = `${slotText(values.name, values.slot)} begins below the end of the code, ${hex32(values.codeEnd)}.`
    super({ values, message, code: 'ELF_SLOT_IN_CODE', suggestion: MOVE })
  }
}

/** The two slots have bytes in common. */
export class SlotOverlapError extends ElfError<{ input: Slot; output: Slot }> {
  override readonly name = 'SlotOverlapError'

  constructor(values: { input: Slot; output: Slot }) {
    const message = `${slotText('input', values.input)} overlaps the output slot at ${hex32(values.output.address)}.`
    super({ values, message, code: 'ELF_SLOT_OVERLAP', suggestion: MOVE })
  }
}

/** A segment puts bytes into the input slot, which must be zero before the input is written. */
export class InputSlotNotZeroError extends ElfError<{ slot: Slot; address: number }> {
  override readonly name = 'InputSlotNotZeroError'

  constructor(values: { slot: Slot; address: number }) {
    const message = `${slotText('input', values.slot)} is not zero in the file: a segment has data at ${hex32(values.address)}.`
    super({ values, message, code: 'ELF_INPUT_SLOT_NOT_ZERO', suggestion: MOVE })
  }
}
