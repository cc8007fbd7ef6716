import { expect, test } from 'vitest'
import { wordGenerator } from '../../../../scripts/isa/case.ts'
import { SparseMemory } from './sparseMemory.ts'

test('default: reads back what was written, across pages, zero around it', () => {
  const memory = new SparseMemory()
  const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => i % 251)
  memory.write(4090, bytes)
  expect(memory.read(4090, 10_000)).toEqual(bytes)
  expect([...memory.read(4088, 4)]).toEqual([0, 0, 0, 1])
  expect([...memory.takeDirtyPages()]).toEqual([0, 1, 2, 3])
})

test('default: words are little-endian and zero-extended', () => {
  const memory = new SparseMemory([{ address: 0xfffffff8, bytes: Uint8Array.of(0x80, 0x81, 0x82, 0xff) }])
  expect(memory.load(0xfffffff8, 4)).toBe(0xff828180)
  expect(memory.load(0xfffffffa, 2)).toBe(0xff82)
  expect(memory.load(0xfffffffb, 1)).toBe(0xff)
  memory.store(0xfffffffc, 4, 0xdeadbeef)
  memory.store(0xfffffffe, 2, 0x11234)
  memory.store(0xffffffff, 1, 0x1ff)
  expect([...memory.read(0xfffffffc, 4)]).toEqual([0xef, 0xbe, 0x34, 0xff])
})

test('edge: a read copies, and marks nothing dirty', () => {
  const memory = new SparseMemory([{ address: 0, bytes: Uint8Array.of(7) }])
  memory.takeDirtyPages()
  memory.read(0, 1)[0] = 9
  expect([...memory.read(0, 1)]).toEqual([7])
  expect(memory.takeDirtyPages()).toHaveLength(0)
})

test('edge: dirty pages ascend over the whole space', () => {
  const memory = new SparseMemory()
  for (const address of [0xfffff000, 0x80000000, 0x7fffffff, 0]) memory.store(address, 1, 1)
  expect([...memory.takeDirtyPages()]).toEqual([0, 0x7ffff, 0x80000, 0xfffff])
})

test('error: refuses ranges outside 2^32', () => {
  const memory = new SparseMemory()
  expect(() => memory.read(0xffffffff, 2)).toThrow(RangeError)
  expect(() => memory.read(-1, 1)).toThrow(RangeError)
  expect(() => memory.write(0.5, new Uint8Array(1))).toThrow(RangeError)
  expect(() => memory.read(0, -1)).toThrow(RangeError)
  expect(memory.read(2 ** 32, 0)).toHaveLength(0)
})

test('property: random writes as in a flat array (seed 5)', () => {
  const next = wordGenerator(5)
  const start = 0x7fffe000
  const flat = new Uint8Array(3 * 4096)
  const memory = new SparseMemory()
  for (let n = 0; n < 2000; n++) {
    const bytes = Uint8Array.from({ length: next() % 600 }, () => next() >>> 24)
    const offset = next() % (flat.length - bytes.length)
    flat.set(bytes, offset)
    memory.write(start + offset, bytes)
  }
  expect(memory.read(start, flat.length)).toEqual(flat)
})
