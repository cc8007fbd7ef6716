import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ElfSegment, type ElfSymbol, writeElf } from '../../../../test/differential/elfWriter.ts'
import { OpmlError } from '../core/errors.ts'
import { loadElf } from './elf.ts'
import * as errors from './elfErrors.ts'
import * as slotErrors from './slotErrors.ts'

const R = 4
const W = 2
const X = 1

const CODE: ElfSegment = { address: 0x10000, bytes: Uint8Array.of(0x13, 0, 0, 0, 0x73, 0, 0, 0), flags: R | X }
const DATA: ElfSegment = { address: 0x20000, bytes: Uint8Array.of(1, 2, 3), flags: R | W, memoryBytes: 4096 }

const SLOTS = { __opml_input: 0x100000, __opml_input_size: 256, __opml_output: 0x200000, __opml_output_size: 128 }

function symbolsOf(values: Record<string, number>): ElfSymbol[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }))
}

function load(segments: readonly ElfSegment[], p: { entry?: number; slots?: Record<string, number> } = {}) {
  return loadElf(writeElf({ entry: p.entry ?? 0x10000, segments, symbols: symbolsOf(p.slots ?? {}) }))
}

/** A valid file with `size`-byte fields replaced: [offset, size, value]. */
function patched(...fields: readonly [offset: number, size: 1 | 2 | 4, value: number][]): Uint8Array {
  const bytes = writeElf({ entry: 0x10000, segments: [CODE, DATA], symbols: symbolsOf(SLOTS) })
  const view = new DataView(bytes.buffer)
  for (const [offset, size, value] of fields) {
    if (size === 1) view.setUint8(offset, value)
    else if (size === 2) view.setUint16(offset, value, true)
    else view.setUint32(offset, value, true)
  }
  return bytes
}

const PROGRAM_HEADER = 52
const SECOND_PROGRAM_HEADER = 84

test('default: segments, entry, code end and the default slots', () => {
  expect(load([CODE, DATA], { entry: 0x10004 })).toEqual({
    segments: [
      { address: 0x10000, bytes: CODE.bytes },
      { address: 0x20000, bytes: DATA.bytes },
    ],
    entry: 0x10004,
    codeEnd: 0x10080,
    input: { address: 0x40000000, height: 13 },
    output: { address: 0x80000000, height: 13 },
  })
})

test('default: slots are named by symbols', () => {
  const image = load([CODE, DATA], { slots: SLOTS })
  expect(image.input).toEqual({ address: 0x100000, height: 1 })
  expect(image.output).toEqual({ address: 0x200000, height: 0 })
})

test('default: a slot that no symbol names has its default', () => {
  const image = load([CODE], { slots: { __opml_output: 0x10080, __opml_output_size: 128, other: 7 } })
  expect(image.input).toEqual({ address: 0x40000000, height: 13 })
  expect(image.output).toEqual({ address: 0x10080, height: 0 })
})

test('edge: code end is the end of the last executable segment in memory, not in the file', () => {
  const early: ElfSegment = { address: 0x11000, bytes: Uint8Array.of(1), flags: R | X, memoryBytes: 0x101 }
  expect(load([early, CODE]).codeEnd).toBe(0x11180)
})

test('edge: code that ends on a block needs no rounding, and code may end at 2^30', () => {
  const code = { address: 0x3fffff80, bytes: new Uint8Array(128), flags: R | X }
  expect(load([code], { entry: 0x3ffffffc }).codeEnd).toBe(2 ** 30)
})

test('edge: a writable segment may begin exactly at the code end, and a segment may end at 2^32', () => {
  const next = { address: 0x10080, bytes: Uint8Array.of(9), flags: R | W }
  const top = { address: 0xfffff000, bytes: Uint8Array.of(9), flags: R | W, memoryBytes: 0x1000 }
  expect(load([CODE, next, top]).segments).toHaveLength(3)
})

test('edge: four gigabytes of zeros take no space', () => {
  const huge = { address: 0x80000000, bytes: new Uint8Array(0), flags: R | W, memoryBytes: 0x7fffffff }
  const slots = { ...SLOTS, __opml_output: 0x300000 }
  expect(load([CODE, huge], { slots }).segments).toHaveLength(1)
})

test('edge: the image shares no memory with the file', () => {
  const bytes = patched()
  const image = loadElf(bytes)
  bytes.fill(0xee)
  expect(image.segments[0].bytes).toEqual(CODE.bytes)
})

const REFUSED: readonly [string, new (...p: never[]) => errors.ElfError, () => Uint8Array | (() => unknown)][] = [
  ['no ELF file', errors.NotElfError, () => new TextEncoder().encode('#!/bin/sh\n')],
  ['an empty file', errors.ElfTruncatedError, () => new Uint8Array(0)],
  ['a file that ends in its header', errors.ElfTruncatedError, () => patched().slice(0, 40)],
  ['a file above 256 MiB', errors.ElfTooLargeError, () => new Uint8Array(2 ** 28 + 1)],
  ['a 64-bit file', errors.ElfClassError, () => patched([4, 1, 2])],
  ['an unknown class', errors.ElfClassError, () => patched([4, 1, 0])],
  ['a big-endian file', errors.ElfByteOrderError, () => patched([5, 1, 2])],
  ['a wrong version', errors.ElfHeaderError, () => patched([20, 4, 2])],
  ['a file for x86', errors.ElfMachineError, () => patched([18, 2, 3])],
  ['an object file', errors.ElfTypeError, () => patched([16, 2, 1])],
  ['a position-independent file', errors.ElfTypeError, () => patched([16, 2, 3])],
  ['compressed instructions', errors.ElfFlagsError, () => patched([36, 4, 1])],
  ['the double-float ABI', errors.ElfFlagsError, () => patched([36, 4, 5])],
  ['program headers of another size', errors.ElfHeaderError, () => patched([42, 2, 56])],
  ['program headers outside the file', errors.ElfTruncatedError, () => patched([28, 4, 0xfffffff0])],
  ['too many program headers', errors.ElfTruncatedError, () => patched([44, 2, 0xffff])],
  ['section headers outside the file', errors.ElfTruncatedError, () => patched([32, 4, 0x7fffffff])],
  ['a segment that ends outside the file', errors.ElfTruncatedError, () => patched([PROGRAM_HEADER + 4, 4, 0x3000])],
  ['more bytes in the file than in memory', errors.SegmentSizeError, () => patched([PROGRAM_HEADER + 20, 4, 7])],
  ['a segment that passes 2^32', errors.SegmentOutsideMemoryError, () => patched([PROGRAM_HEADER + 8, 4, 0xfffffffc])],
  ['overlapping segments', errors.SegmentOverlapError, () => patched([SECOND_PROGRAM_HEADER + 8, 4, 0x10007])],
  ['no executable segment', errors.NoExecutableSegmentError, () => patched([PROGRAM_HEADER + 24, 4, R])],
  ['no segment at all', errors.NoExecutableSegmentError, () => patched([44, 2, 0])],
  ['code above 2^30', errors.CodeEndRangeError, () => patched([PROGRAM_HEADER + 8, 4, 2 ** 30])],
  [
    'a writable segment below the code end',
    errors.WritableCodeError,
    () => patched([SECOND_PROGRAM_HEADER + 8, 4, 0x8000]),
  ],
  ['writable code', errors.WritableCodeError, () => patched([PROGRAM_HEADER + 24, 4, R | W | X])],
  ['an entry at the code end', errors.EntryError, () => patched([24, 4, 0x10080])],
  ['a misaligned entry', errors.EntryError, () => patched([24, 4, 0x10002])],
]

test.each(REFUSED)('error: refuses %s', (_, kind, make) => {
  expect(() => loadElf(make() as Uint8Array)).toThrow(kind)
})

test('error: refuses segments that share the bytes of the file', () => {
  const code = { ...CODE, bytes: new Uint8Array(0x3000) }
  const bytes = writeElf({ entry: 0x10000, segments: [code, DATA] })
  const view = new DataView(bytes.buffer)
  view.setUint32(SECOND_PROGRAM_HEADER + 4, 0x1000, true)
  view.setUint32(SECOND_PROGRAM_HEADER + 16, 0x2000, true)
  view.setUint32(SECOND_PROGRAM_HEADER + 20, 0x2000, true)
  expect(() => loadElf(bytes)).toThrow(errors.SegmentsShareBytesError)
})

const REFUSED_SLOTS: readonly [string, new (...p: never[]) => errors.ElfError, Record<string, number>][] = [
  ['an address without size', slotErrors.SlotSymbolError, { __opml_input: 0x100000 }],
  ['a size without address', slotErrors.SlotSymbolError, { __opml_output_size: 128 }],
  ['a size that is no power of two', slotErrors.SlotSizeError, { ...SLOTS, __opml_input_size: 384 }],
  ['a size below a block', slotErrors.SlotSizeError, { ...SLOTS, __opml_input_size: 64 }],
  ['a size of 0', slotErrors.SlotSizeError, { ...SLOTS, __opml_output_size: 0 }],
  ['a size above 1 GiB', slotErrors.SlotSizeError, { ...SLOTS, __opml_input: 0x80000000, __opml_input_size: 2 ** 31 }],
  ['a misaligned slot', slotErrors.SlotMisalignedError, { ...SLOTS, __opml_input: 0x100080 }],
  ['a slot below the code end', slotErrors.SlotInCodeError, { ...SLOTS, __opml_output: 0x10000 }],
  ['equal slots', slotErrors.SlotOverlapError, { ...SLOTS, __opml_output: 0x100000 }],
  ['a slot inside the other', slotErrors.SlotOverlapError, { ...SLOTS, __opml_output: 0x100080 }],
  ['data in the input slot', slotErrors.InputSlotNotZeroError, { ...SLOTS, __opml_input: 0x20000 }],
]

test.each(REFUSED_SLOTS)('error: refuses %s', (_, kind, slots) => {
  expect(() => load([CODE, DATA], { slots })).toThrow(kind)
})

test('edge: zeros of a segment may lie in the input slot, data in the output slot', () => {
  const slots = { ...SLOTS, __opml_input: 0x20100, __opml_output: 0x20000 }
  expect(load([CODE, DATA], { slots }).input.address).toBe(0x20100)
})

test('error: refuses a slot symbol that is not absolute or defined twice', () => {
  const file = (symbols: ElfSymbol[]): Uint8Array => writeElf({ entry: 0x10000, segments: [CODE], symbols })
  const relative = symbolsOf(SLOTS).map((symbol) => ({ ...symbol, section: 1 }))
  expect(() => loadElf(file(relative))).toThrow(slotErrors.SlotSymbolError)
  expect(() => loadElf(file([...symbolsOf(SLOTS), ...symbolsOf(SLOTS)]))).toThrow(slotErrors.SlotSymbolError)
  const undefinedOnes = symbolsOf(SLOTS).map((symbol) => ({ ...symbol, section: 0 }))
  expect(loadElf(file(undefinedOnes)).input.address).toBe(0x40000000)
})

test('error: every truncation of a file is refused or gives the same image', () => {
  const bytes = patched()
  const whole = loadElf(bytes)
  for (let length = 0; length < bytes.length; length++) {
    try {
      expect(loadElf(bytes.slice(0, length))).toEqual(whole)
    } catch (error) {
      expect(error).toBeInstanceOf(errors.ElfError)
    }
  }
})

function put(bytes: Uint8Array, offset: number, byte: number): void {
  if (offset < bytes.length) bytes[offset] = byte
}

test('property: a mutated file is loaded or refused with an OpmlError, and is never larger than itself', () => {
  const seed = 20_261_124
  const base = patched()
  const mutation = fc.record({
    offset: fc.oneof(fc.nat(200), fc.nat(base.length - 1)),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      fc.constantFrom(
        [0],
        [1],
        [0xff],
        [0, 0, 0, 0x80],
        [0xff, 0xff, 0xff, 0xff],
        [0xff, 0xff],
        [0x80, 0, 0, 0],
        [0, 0, 1, 0],
      ),
    ),
  })
  let numLoaded = 0
  fc.assert(
    fc.property(
      fc.array(mutation, { minLength: 1, maxLength: 8 }),
      fc.option(fc.nat(base.length)),
      (mutations, cut) => {
        const bytes = base.slice(0, cut ?? base.length)
        for (const m of mutations) [...m.bytes].forEach((byte, i) => put(bytes, m.offset + i, byte))
        try {
          const image = loadElf(bytes)
          numLoaded++
          const total = image.segments.reduce((sum, segment) => sum + segment.bytes.length, 0)
          expect(total).toBeLessThanOrEqual(bytes.length)
          expect(image.entry % 4).toBe(0)
          expect(image.entry).toBeLessThan(image.codeEnd)
        } catch (error) {
          if (!(error instanceof OpmlError)) throw error
        }
      },
    ),
    { seed, numRuns: 20_000 },
  )
  expect(numLoaded).toBeGreaterThan(100)
})
