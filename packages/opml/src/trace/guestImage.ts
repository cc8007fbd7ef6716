import { ceilLog2 } from '../core/merkleRoot.ts'
import { BLOCK_BYTES } from '../core/merkleZero.ts'
import type { GuestRoots } from '../graph/programModel.ts'
import { ElfFile } from '../vm/elfFile.ts'
import { checkedSegments } from '../vm/elfSegments.ts'
import type { MemorySegment } from '../vm/machine.ts'
import { MemoryTree } from '../vm/memoryTree.ts'
import { GuestImageError } from './errors.ts'

/** Bytes of memory that a guest image may fill: [0, 2^24). */
const GUEST_IMAGE_BYTES = 2 ** 24
/** Height of the tree over those bytes. */
const KERNEL_HEIGHT = 17

/** A released guest: computes one block of one node (spec/02-program.md §9). */
export interface GuestImage {
  readonly segments: readonly MemorySegment[]
  readonly entry: number
  readonly codeEnd: number
  /** Where the 128 bytes of the result lie. */
  readonly outputBlockAddress: number
}

/**
 * The guest image in an ELF file.
 *
 * @throws {ElfError} the file is no RV32IM program.
 * @throws {GuestImageError} it leaves the lower 16 MiB, or names no aligned output block.
 */
export function loadGuestImage(bytes: Uint8Array): GuestImage {
  const file = new ElfFile(bytes)
  const { headers, codeEnd } = checkedSegments(file)
  const [symbol] = file.findSymbols(['output_block']).get('output_block') ?? []
  if (symbol === undefined || symbol.value % 128 !== 0) throw new GuestImageError('names no aligned "output_block"')
  const last = Math.max(symbol.value + 128, ...headers.map(({ address, memoryBytes }) => address + memoryBytes))
  if (last > GUEST_IMAGE_BYTES) throw new GuestImageError('does not fit the lower 16 MiB')
  const segments = headers
    .filter(({ fileBytes }) => fileBytes > 0)
    .map(({ address, offset, fileBytes }) => ({ address, bytes: bytes.slice(offset, offset + fileBytes) }))
  return { segments, entry: file.entry, codeEnd, outputBlockAddress: symbol.value }
}

/** What a model id binds of a guest image. @see spec/02-program.md §8 */
export function guestRoots(image: GuestImage): GuestRoots {
  const tree = new MemoryTree(image.segments)
  const codeHeight = ceilLog2(image.codeEnd / BLOCK_BYTES)
  return {
    kernelRoot: tree.proveSubtree(0, KERNEL_HEIGHT).node,
    codeRoot: tree.proveSubtree(0, codeHeight).node,
    entry: image.entry,
    codeEnd: image.codeEnd,
    outputBlockAddress: image.outputBlockAddress,
  }
}
