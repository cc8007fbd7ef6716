import { hexToBytes } from '../core/bytes.ts'
import type { Bytes32, Hex } from '../core/bytes.ts'
import { SLOT_LENGTH_BYTES } from '../core/merkleSlot.ts'
import type { Address } from '../dispute/types.ts'
import type { InputChunkEvent, RequestedEvent } from './marketEvents.ts'

/** An input that arrives in chunks and is not complete (spec/03 §7). */
export interface UploadView {
  readonly uploader: Address
  readonly modelId: Bytes32
  readonly inputRoot: Bytes32
  /** Bytes of the encoded slot, length word included, that there are in the end. */
  readonly slotBytes: number
  readonly arrivedBytes: number
  /** The beginning of the encoded slot: the chunks so far, joined. */
  readonly slot: Hex
  /** Time of the last chunk, in seconds. */
  readonly time: number
}

/** The name of an upload: its sender, its model and the slot root of the whole input. */
export function uploadKey(p: { uploader: Address; modelId: Bytes32; inputRoot: Bytes32 }): string {
  return `${p.uploader}/${p.modelId}/${p.inputRoot}`
}

/**
 * An upload after one more chunk; a chunk at offset 0 begins it anew. Pure. Keeps at most `slotBytes`, which the contract bounds by the
 * model's slot: a chunk that does not fit gives undefined, as the contract would never have let it in.
 */
export function reduceUpload(upload: UploadView | undefined, event: InputChunkEvent): UploadView | undefined {
  const { uploader, modelId, inputRoot, chunk, time } = event
  const before = event.offset === 0n ? started(chunk) : upload
  if (before === undefined || event.offset !== BigInt(before.arrivedBytes)) return undefined
  const { slotBytes } = before
  const arrivedBytes = before.arrivedBytes + numBytesOf(chunk)
  if (arrivedBytes > slotBytes) return undefined
  return { uploader, modelId, inputRoot, slotBytes, arrivedBytes, slot: `${before.slot}${chunk.slice(2)}`, time }
}

/** What a first chunk says: its length word. */
function started(chunk: Hex): Pick<UploadView, 'slotBytes' | 'arrivedBytes' | 'slot'> | undefined {
  if (numBytesOf(chunk) < SLOT_LENGTH_BYTES) return undefined
  const word = hexToBytes(chunk.slice(0, 2 + 2 * SLOT_LENGTH_BYTES) as Hex)
  const slotBytes = SLOT_LENGTH_BYTES + new DataView(word.buffer, word.byteOffset).getUint32(0, true)
  return { slotBytes, arrivedBytes: 0, slot: '0x' }
}

/**
 * The input of a request: its own bytes, or those of the upload that it completed.
 *
 * The chain has checked the root of either; who computes with the bytes checks it again.
 */
export function inputOf(event: RequestedEvent, upload: UploadView | undefined): Hex {
  const isUploaded = !event.inputElsewhere && upload !== undefined && upload.arrivedBytes === upload.slotBytes
  if (!isUploaded) return event.input
  return `0x${upload.slot.slice(2 + 2 * SLOT_LENGTH_BYTES)}`
}

function numBytesOf(hex: Hex): number {
  return (hex.length - 2) / 2
}
