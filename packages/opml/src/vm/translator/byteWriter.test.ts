import { expect, test } from 'vitest'
import { ByteWriter } from './byteWriter.ts'

const written = (write: (writer: ByteWriter) => void): number[] => {
  const writer = new ByteWriter()
  write(writer)
  return [...writer.view()]
}

// Expected bytes: the LEB128 encodings of the DWARF standard's examples (§7.6) and of the extreme words.
test('default: unsigned LEB128', () => {
  expect(written((w) => w.u32(2))).toEqual([2])
  expect(written((w) => w.u32(127))).toEqual([127])
  expect(written((w) => w.u32(128))).toEqual([0x80, 1])
  expect(written((w) => w.u32(12857))).toEqual([0xb9, 0x64])
  expect(written((w) => w.u32(2 ** 32 - 1))).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f])
})

test('default: signed LEB128', () => {
  expect(written((w) => w.s32(-2))).toEqual([0x7e])
  expect(written((w) => w.s32(127))).toEqual([0xff, 0])
  expect(written((w) => w.s32(-127))).toEqual([0x81, 0x7f])
  expect(written((w) => w.s32(-128))).toEqual([0x80, 0x7f])
  expect(written((w) => w.s32(-(2 ** 31)))).toEqual([0x80, 0x80, 0x80, 0x80, 0x78])
})

test('edge: a vector longer than the first buffer', () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i)
  expect(written((w) => w.vector(bytes))).toEqual([0x88, 0x27, ...bytes])
})
