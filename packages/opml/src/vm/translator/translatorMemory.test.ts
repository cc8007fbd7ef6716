import { expect, test } from 'vitest'
import { RESERVED_START } from './layout.ts'
import { TranslatorMemory } from './translatorMemory.ts'

test('default: bytes that were written are read, others are zero', () => {
  const memory = new TranslatorMemory([{ address: 0x1ffe, bytes: Uint8Array.of(1, 2, 3, 4) }])
  expect([...memory.read(0x1ffc, 8)]).toEqual([0, 0, 1, 2, 3, 4, 0, 0])
  expect([...memory.takeDirtyPages()]).toEqual([1, 2])
  expect([...memory.takeDirtyPages()]).toEqual([])
})

test('edge: a range across the start of the reserved memory, and the end of memory', () => {
  const memory = new TranslatorMemory()
  memory.write(RESERVED_START - 2, Uint8Array.of(1, 2, 3, 4))
  memory.write(2 ** 32 - 2, Uint8Array.of(5, 6))
  expect([...memory.read(RESERVED_START - 3, 6)]).toEqual([0, 1, 2, 3, 4, 0])
  expect([...memory.read(2 ** 32 - 3, 3)]).toEqual([0, 5, 6])
  const page = RESERVED_START / 4096
  expect([...memory.takeDirtyPages()]).toEqual([page - 1, page, 0xfffff])
  expect([...memory.takeDirtyPages()]).toEqual([])
})

test('edge: loads and stores of every width on both sides of the reserved start', () => {
  for (const address of [0, 0x7ffffffc, 0x80000000, RESERVED_START - 4, RESERVED_START, 0xfff00000, 0xfffffffc]) {
    const memory = new TranslatorMemory()
    memory.store(address, 4, 0x84838281)
    memory.store(address, 2, 0xffff9291)
    memory.store(address + 3, 1, 0xfffffff4)
    expect([...memory.read(address, 4)]).toEqual([0x91, 0x92, 0x83, 0xf4])
    expect(memory.load(address, 4)).toBe(0xf4839291)
    expect(memory.load(address + 2, 2)).toBe(0xf483)
    expect(memory.load(address + 3, 1)).toBe(0xf4)
    expect([...memory.takeDirtyPages()]).toEqual([Math.floor(address / 4096)])
  }
})

test('edge: every page from first to last can be dirty', () => {
  const memory = new TranslatorMemory()
  const pages = [0, 1, 31, 32, 4095, 0x80000, 0xffe7f, 0xffe80, 0xfffff]
  for (const page of pages) memory.store(page * 4096 + 8, 4, 1)
  expect([...memory.takeDirtyPages()]).toEqual(pages)
})

test('edge: writing nothing marks nothing', () => {
  const memory = new TranslatorMemory()
  memory.write(4096, new Uint8Array())
  expect([...memory.takeDirtyPages()]).toEqual([])
})

test('error: refuses a range that leaves the memory', () => {
  const memory = new TranslatorMemory()
  expect(() => memory.read(2 ** 32 - 1, 2)).toThrow(RangeError)
  expect(() => memory.read(-1, 1)).toThrow(RangeError)
  expect(() => memory.write(2 ** 32, Uint8Array.of(1))).toThrow(RangeError)
})
