import {
  CodeEndRangeError,
  NoExecutableSegmentError,
  SegmentOutsideMemoryError,
  SegmentOverlapError,
  SegmentSizeError,
  SegmentsShareBytesError,
  WritableCodeError,
} from './elfErrors.ts'
import type { ElfFile, ProgramHeader } from './elfFile.ts'

/** The largest CODE_END (spec/03 §4). */
const MAX_CODE_END = 2 ** 30

/** CODE_END is a multiple of a block. */
const BLOCK_BYTES = 128

function checkSegment(file: ElfFile, header: ProgramHeader): void {
  const { index, offset, address, fileBytes, memoryBytes } = header
  if (fileBytes > memoryBytes) throw new SegmentSizeError({ segment: index, fileBytes, memoryBytes })
  file.check(`segment ${index}`, offset, fileBytes)
  if (address + memoryBytes > 2 ** 32) throw new SegmentOutsideMemoryError({ segment: index, address, memoryBytes })
}

function checkOverlaps(headers: readonly ProgramHeader[]): void {
  const sorted = [...headers].sort((a, b) => a.address - b.address)
  for (let i = 1; i < sorted.length; i++) {
    const [before, after] = [sorted[i - 1], sorted[i]]
    if (before.address + before.memoryBytes > after.address)
      throw new SegmentOverlapError({ segments: [before.index, after.index], address: after.address })
  }
}

/** The end of the last executable segment, rounded up to a block. */
function codeEndOf(headers: readonly ProgramHeader[]): number {
  const ends = headers.filter((h) => h.isExecutable).map((h) => h.address + h.memoryBytes)
  if (ends.length === 0) throw new NoExecutableSegmentError({ numSegments: headers.length })
  const last = ends.reduce((a, b) => Math.max(a, b))
  const codeEnd = Math.ceil(last / BLOCK_BYTES) * BLOCK_BYTES
  if (codeEnd > MAX_CODE_END) throw new CodeEndRangeError({ codeEnd, limit: MAX_CODE_END })
  return codeEnd
}

/**
 * The loadable segments of a file and its CODE_END in bytes.
 *
 * Their bytes together are at most those of the file, whatever the headers say.
 * @throws {ElfError} one class a reason, when the segments break a rule of spec/04 §5.
 */
export function checkedSegments(file: ElfFile): { headers: readonly ProgramHeader[]; codeEnd: number } {
  const headers = file.programHeaders()
  for (const header of headers) checkSegment(file, header)
  const segmentBytes = headers.reduce((sum, header) => sum + header.fileBytes, 0)
  const fileBytes = file.bytes.length
  if (segmentBytes > fileBytes) throw new SegmentsShareBytesError({ segmentBytes, fileBytes })
  checkOverlaps(headers)
  const codeEnd = codeEndOf(headers)
  const writable = headers.find((header) => header.isWritable && header.address < codeEnd)
  if (writable !== undefined)
    throw new WritableCodeError({ segment: writable.index, address: writable.address, codeEnd })
  return { headers, codeEnd }
}
