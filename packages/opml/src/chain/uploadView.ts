import type { Bytes32, Hex } from '../core/bytes.ts'
import { SLOT_LENGTH_BYTES } from '../core/merkleSlot.ts'
import type { Address } from '../dispute/types.ts'
import type { InputChunkEvent, RequestedEvent } from './marketEvents.ts'

/** An input that arrives in chunks and is not complete (spec/03 §7, §8). */
export interface UploadView {
  readonly uploader: Address
  readonly modelId: Bytes32
  readonly inputRoot: Bytes32
  /** Posted bytes that there are in the end. */
  readonly totalBytes: number
  readonly arrivedBytes: number
  /** Whether they begin with the length word of a slot. */
  readonly isSlot: boolean
  /** The chunks so far, joined. */
  readonly bytes: Hex
  /** Time of the last chunk, in seconds. */
  readonly time: number
}

/** The name of an upload: its sender, its model and the root of the whole input. */
export function uploadKey(p: { uploader: Address; modelId: Bytes32; inputRoot: Bytes32 }): string {
  return `${p.uploader}/${p.modelId}/${p.inputRoot}`
}

/**
 * An upload after one more chunk; a chunk at offset 0 begins it anew. Pure. Keeps at most `totalBytes`, which the contract bounds by the
 * model's input: a chunk that does not fit gives undefined, as the contract would never have let it in.
 */
export function reduceUpload(upload: UploadView | undefined, event: InputChunkEvent): UploadView | undefined {
  const { uploader, modelId, inputRoot, isSlot, chunk, time } = event
  const before = event.offset === 0n ? { arrivedBytes: 0, bytes: '0x' as Hex } : upload
  if (before === undefined || event.offset !== BigInt(before.arrivedBytes)) return undefined
  const totalBytes = Number(event.totalBytes)
  const arrivedBytes = before.arrivedBytes + numBytesOf(chunk)
  if (arrivedBytes > totalBytes || (isSlot && arrivedBytes < SLOT_LENGTH_BYTES)) return undefined
  const bytes: Hex = `${before.bytes}${chunk.slice(2)}`
  return { uploader, modelId, inputRoot, totalBytes, arrivedBytes, isSlot, bytes, time }
}

/**
 * The input of a request: its own bytes, or those of the upload that it completed.
 *
 * The chain has checked the root of either; who computes with the bytes checks it again.
 */
export function inputOf(event: RequestedEvent, upload: UploadView | undefined): Hex {
  const isUploaded = !event.inputElsewhere && upload !== undefined && upload.arrivedBytes === upload.totalBytes
  if (!isUploaded) return event.input
  return upload.isSlot ? `0x${upload.bytes.slice(2 + 2 * SLOT_LENGTH_BYTES)}` : upload.bytes
}

function numBytesOf(hex: Hex): number {
  return (hex.length - 2) / 2
}
