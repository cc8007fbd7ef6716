import { describe, expect, test } from 'vitest'
import { OpmlError } from '../../core/errors.ts'
import { fillModelRegion } from './fillModelRegion.ts'

const [CODE, MODEL, DATA] = [5, 4, 6] as const

interface Segment {
  readonly flags: number
  readonly address: number
  readonly fileBytes: number
  readonly sizeBytes: number
}

/** An ELF32 file with the given program headers and nothing else that matters; a section header for `section`, if any. */
function elfOf(segments: readonly Segment[], section?: { address: number }): Uint8Array {
  const sectionAt = 52 + 32 * segments.length
  const file = new Uint8Array(sectionAt + (section === undefined ? 0 : 40))
  const view = new DataView(file.buffer)
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1])
  view.setUint32(28, 52, true)
  view.setUint16(42, 32, true)
  view.setUint16(44, segments.length, true)
  segments.forEach(({ flags, address, fileBytes, sizeBytes }, i) => {
    const words = [1, 0, address, address, fileBytes, sizeBytes, flags, 4096]
    words.forEach((word, j) => view.setUint32(52 + 32 * i + 4 * j, word, true))
  })
  if (section !== undefined) {
    view.setUint32(32, sectionAt, true)
    view.setUint16(46, 40, true)
    view.setUint16(48, 1, true)
    view.setUint32(sectionAt + 4, 8, true)
    view.setUint32(sectionAt + 12, section.address, true)
  }
  return file
}

const code: Segment = { flags: CODE, address: 0x10000, fileBytes: 8, sizeBytes: 8 }
const region: Segment = { flags: MODEL, address: 0x100000, fileBytes: 0, sizeBytes: 16 }
const bss: Segment = { flags: DATA, address: 0x200000, fileBytes: 0, sizeBytes: 64 }

const reasonOf = (template: Uint8Array, model = new Uint8Array(4)): string => {
  try {
    fillModelRegion(template, model)
  } catch (error) {
    if (error instanceof OpmlError) return error.message
    throw error
  }
  return 'filled'
}

describe('fillModelRegion', () => {
  test('default: the model stands on a page boundary of the file and its headers point at it', () => {
    const template = elfOf([code, region, bss], { address: 0x100000 })
    const model = Uint8Array.of(1, 2, 3, 4, 5)
    const image = fillModelRegion(template, model)
    expect(image.length).toBe(4096 + 5)
    expect(image.slice(4096)).toEqual(model)
    const view = new DataView(image.buffer)
    const header = Array.from({ length: 8 }, (_, i) => view.getUint32(52 + 32 + 4 * i, true))
    expect(header).toEqual([1, 4096, 0x100000, 0x100000, 5, 16, MODEL, 4096])
    const section = 52 + 3 * 32
    expect([4, 12, 16, 20].map((at) => view.getUint32(section + at, true))).toEqual([1, 0x100000, 4096, 5])
  })

  test('default: everything else of the template stays', () => {
    const template = elfOf([code, region, bss])
    const image = fillModelRegion(template, new Uint8Array(16))
    const changed = Array.from(template.keys()).filter((i) => image[i] !== template[i])
    expect(changed.every((i) => (i >= 88 && i < 92) || (i >= 100 && i < 104))).toBe(true)
  })

  test('edge: a template whose bytes are a view into a larger buffer', () => {
    const template = elfOf([code, region])
    const larger = new Uint8Array(template.length + 100)
    larger.set(template, 40)
    const view = larger.subarray(40, 40 + template.length)
    expect(fillModelRegion(view, new Uint8Array(4))).toEqual(fillModelRegion(template, new Uint8Array(4)))
  })

  test('error: no ELF file, no region, two regions, filled before, too large a model', () => {
    expect(reasonOf(new Uint8Array(10))).toContain('not a little-endian ELF32 file')
    expect(reasonOf(elfOf([code, region]).fill(2, 5, 6))).toContain('not a little-endian ELF32 file')
    expect(reasonOf(elfOf([code, bss]))).toContain('no empty model region')
    expect(reasonOf(elfOf([region, { ...region, address: 0x180000 }]))).toContain('2 empty read-only segments')
    expect(reasonOf(fillModelRegion(elfOf([code, region]), new Uint8Array(4)))).toContain('no empty model region')
    expect(reasonOf(elfOf([code, region]), new Uint8Array(17))).toContain('the model has 17 bytes, its region 16')
  })

  test('error: program headers outside the file', () => {
    const template = elfOf([code, region])
    expect(reasonOf(template.slice(0, 100))).toContain('outside the file')
    new DataView(template.buffer).setUint32(28, 0xffffffff, true)
    expect(reasonOf(template)).toContain('outside the file')
  })
})
