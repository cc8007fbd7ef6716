import { ModelRegionError } from './errors.ts'

const PROGRAM_HEADER_BYTES = 32
const SECTION_HEADER_BYTES = 40
const PT_LOAD = 1
const PF_R = 4
const SHT_PROGBITS = 1
const SHT_NOBITS = 8
const FILE_ALIGNMENT = 4096

/** The model region in the program header table of a template. */
interface Region {
  /** Offset of its program header in the file. */
  readonly headerAt: number
  readonly address: number
  readonly sizeBytes: number
}

/**
 * A program image whose model region holds `model`: the template's bytes, then padding, then the model, with the region's program
 * header (and section header, where there is one) pointing at it.
 *
 * The region is the one read-only segment (PT_LOAD, flags exactly R) that has a size in memory and no bytes in the file. No compiler is needed.
 *
 * @throws {ModelRegionError} the template is no ELF32 file, has no such segment or several, or the model is larger than it.
 */
export function fillModelRegion(template: Uint8Array, model: Uint8Array): Uint8Array {
  const view = new DataView(template.buffer, template.byteOffset, template.byteLength)
  checkElf(template)
  const region = findRegion(view)
  if (model.length > region.sizeBytes)
    throw new ModelRegionError({ reason: `the model has ${model.length} bytes, its region ${region.sizeBytes}` })
  const offset = Math.ceil(template.length / FILE_ALIGNMENT) * FILE_ALIGNMENT
  const image = new Uint8Array(offset + model.length)
  image.set(template)
  image.set(model, offset)
  const out = new DataView(image.buffer)
  out.setUint32(region.headerAt + 4, offset, true)
  out.setUint32(region.headerAt + 16, model.length, true)
  const section = findSection(view, region)
  if (section !== undefined) {
    out.setUint32(section + 4, SHT_PROGBITS, true)
    out.setUint32(section + 16, offset, true)
    out.setUint32(section + 20, model.length, true)
  }
  return image
}

function checkElf(bytes: Uint8Array): void {
  const ident = [0x7f, 0x45, 0x4c, 0x46, 1, 1]
  if (bytes.length < 52 || ident.some((byte, i) => bytes[i] !== byte))
    throw new ModelRegionError({ reason: 'it is not a little-endian ELF32 file' })
}

function findRegion(view: DataView): Region {
  const at = view.getUint32(28, true)
  const entryBytes = view.getUint16(42, true)
  const count = view.getUint16(44, true)
  if (entryBytes !== PROGRAM_HEADER_BYTES || at + count * PROGRAM_HEADER_BYTES > view.byteLength)
    throw new ModelRegionError({ reason: 'its program headers lie outside the file' })
  const regions: Region[] = []
  for (let i = 0; i < count; i++) {
    const headerAt = at + i * PROGRAM_HEADER_BYTES
    const word = (offset: number) => view.getUint32(headerAt + offset, true)
    if (word(0) === PT_LOAD && word(24) === PF_R && word(16) === 0 && word(20) > 0)
      regions.push({ headerAt, address: word(8), sizeBytes: word(20) })
  }
  const [region] = regions
  if (region === undefined) throw new ModelRegionError({ reason: 'it has no empty model region' })
  if (regions.length > 1) throw new ModelRegionError({ reason: `it has ${regions.length} empty read-only segments` })
  return region
}

/** Offset of the section header of the region, if the file has section headers. */
function findSection(view: DataView, region: Region): number | undefined {
  const at = view.getUint32(32, true)
  const entryBytes = view.getUint16(46, true)
  const count = view.getUint16(48, true)
  if (entryBytes !== SECTION_HEADER_BYTES || at + count * SECTION_HEADER_BYTES > view.byteLength) return undefined
  for (let i = 0; i < count; i++) {
    const header = at + i * SECTION_HEADER_BYTES
    if (view.getUint32(header + 4, true) === SHT_NOBITS && view.getUint32(header + 12, true) === region.address)
      return header
  }
  return undefined
}
