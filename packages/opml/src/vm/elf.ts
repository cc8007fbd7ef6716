import { EntryError } from './elfErrors.ts'
import { ElfFile } from './elfFile.ts'
import { checkedSegments } from './elfSegments.ts'
import { slotsOf } from './elfSlots.ts'
import type { MachineImage } from './machine.ts'

/**
 * The machine program in an ELF file: a static RV32IM executable, ELF32, little-endian.
 *
 * The image shares no memory with `bytes` and holds at most as many bytes as the file; what a segment has beyond its bytes in
 * the file is zero and takes no space.
 * @throws {ElfError} a subclass for every reason to refuse the file; nothing else is ever thrown.
 * @see spec/04-machine.md §5, spec/03-commitments.md §4
 */
export function loadElf(bytes: Uint8Array): MachineImage {
  const file = new ElfFile(bytes)
  const { headers, codeEnd } = checkedSegments(file)
  const { entry } = file
  if (entry % 4 !== 0 || entry >= codeEnd) throw new EntryError({ entry, codeEnd })
  const segments = headers
    .filter(({ fileBytes }) => fileBytes > 0)
    .map(({ address, offset, fileBytes }) => ({ address, bytes: bytes.slice(offset, offset + fileBytes) }))
  const { input, output } = slotsOf(file, { codeEnd, segments })
  return { segments, entry, codeEnd, input, output }
}
