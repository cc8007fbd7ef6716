import { inflateRawSync } from 'node:zlib'
import { OpmlError } from 'opml/core'

/** Bytes that are no `.npz` file (a zip archive), or an entry that cannot be had from it. */
export class NpzError extends OpmlError {
  override readonly name = 'NpzError'

  constructor(p: { reason: string; cause?: unknown }) {
    super(`The .npz file cannot be used: ${p.reason}.`, {
      code: 'CLI_NPZ',
      suggestion: 'Write it with numpy.savez or numpy.savez_compressed.',
      cause: p.cause,
    })
  }
}

const END_SIGNATURE = 0x06054b50
const END_BYTES = 22
const MAX_COMMENT_BYTES = 65535
const CENTRAL_SIGNATURE = 0x02014b50
const CENTRAL_BYTES = 46
const LOCAL_SIGNATURE = 0x04034b50
const LOCAL_BYTES = 30
const STORED = 0
const DEFLATED = 8
const ENCRYPTED = 1
/** In a 32-bit field: the value is in the zip64 extra field. */
const IN_ZIP64 = 0xffffffff
const ZIP64_TAG = 1
const MAX_ENTRY_BYTES = 2 ** 31

interface Entry {
  readonly method: number
  readonly packedBytes: number
  readonly bytes: number
  readonly offset: number
  readonly crc: number
}

/** The arrays of an archive that NumPy wrote; each is unpacked when it is asked for. */
export class NpzFile {
  readonly #file: Buffer
  readonly #entries = new Map<string, Entry>()

  /** @throws {NpzError} when the directory of the archive is not well formed, or has a name twice. */
  constructor(bytes: Uint8Array) {
    this.#file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const { numEntries, start } = this.#directory()
    let at = start
    for (let i = 0; i < numEntries; i++) at = this.#readEntry(at)
  }

  /** Names of the arrays, without `.npy`. */
  get keys(): string[] {
    return [...this.#entries.keys()]
  }

  /** The `.npy` file of an array. @throws {NpzError} when there is none of this name, or its data is damaged. */
  npy(key: string): Uint8Array {
    const entry = this.#entries.get(key)
    if (entry === undefined)
      throw new NpzError({ reason: `there is no "${key}" in it; it has ${this.keys.join(', ') || 'nothing'}` })
    const { offset, method } = entry
    if (this.#word(offset) !== LOCAL_SIGNATURE)
      throw new NpzError({ reason: `"${key}" is not where the directory says` })
    const start = offset + LOCAL_BYTES + this.#file.readUInt16LE(offset + 26) + this.#file.readUInt16LE(offset + 28)
    if (start + entry.packedBytes > this.#file.length) throw new NpzError({ reason: `"${key}" is cut off` })
    const packed = this.#file.subarray(start, start + entry.packedBytes)
    if (method !== STORED && method !== DEFLATED)
      throw new NpzError({ reason: `"${key}" is packed by method ${method}` })
    const content = method === STORED ? packed : inflate(packed, key, entry.bytes)
    if (content.length !== entry.bytes)
      throw new NpzError({ reason: `"${key}" has ${content.length} bytes, the directory says ${entry.bytes}` })
    if (crc32(content) !== entry.crc) throw new NpzError({ reason: `the check sum of "${key}" is wrong` })
    return new Uint8Array(content.buffer, content.byteOffset, content.length)
  }

  #directory(): { numEntries: number; start: number } {
    const file = this.#file
    for (let at = file.length - END_BYTES; at >= Math.max(0, file.length - END_BYTES - MAX_COMMENT_BYTES); at--) {
      if (file.readUInt32LE(at) !== END_SIGNATURE || at + END_BYTES + file.readUInt16LE(at + 20) !== file.length)
        continue
      return { numEntries: file.readUInt16LE(at + 10), start: file.readUInt32LE(at + 16) }
    }
    throw new NpzError({ reason: 'it does not end as a zip archive does' })
  }

  /** Takes one entry of the directory; returns where the next begins. */
  #readEntry(at: number): number {
    const file = this.#file
    if (this.#word(at) !== CENTRAL_SIGNATURE || at + CENTRAL_BYTES > file.length)
      throw new NpzError({ reason: 'its directory is damaged' })
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => file.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ]
    const end = at + CENTRAL_BYTES + nameBytes + extraBytes + commentBytes
    if (end > file.length) throw new NpzError({ reason: 'its directory is damaged' })
    const name = file.toString('utf8', at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)
    if ((file.readUInt16LE(at + 8) & ENCRYPTED) !== 0) throw new NpzError({ reason: `"${name}" is encrypted` })
    const extra = file.subarray(at + CENTRAL_BYTES + nameBytes, at + CENTRAL_BYTES + nameBytes + extraBytes)
    const [bytes, packedBytes, offset] = wideFields(
      extra,
      [24, 20, 42].map((field) => file.readUInt32LE(at + field)),
      name,
    )
    if (bytes > MAX_ENTRY_BYTES) throw new NpzError({ reason: `"${name}" has ${bytes} bytes` })
    const key = name.replace(/\.npy$/, '')
    if (this.#entries.has(key)) throw new NpzError({ reason: `"${key}" is in it twice` })
    this.#entries.set(key, {
      method: file.readUInt16LE(at + 10),
      crc: file.readUInt32LE(at + 16),
      bytes,
      packedBytes,
      offset,
    })
    return end
  }

  #word(at: number): number | undefined {
    return at >= 0 && at + LOCAL_BYTES <= this.#file.length ? this.#file.readUInt32LE(at) : undefined
  }
}

/** Sizes and offset that do not fit 32 bits stand, in order, in the zip64 extra field. NumPy writes it always in local headers, here only above 4 GiB. */
function wideFields(extra: Buffer, narrow: readonly number[], name: string): [number, number, number] {
  let wide: Buffer = Buffer.alloc(0)
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === ZIP64_TAG) wide = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2))
  let next = 0
  const values = narrow.map((value) => {
    if (value !== IN_ZIP64) return value
    if (next + 8 > wide.length) throw new NpzError({ reason: `the sizes of "${name}" are missing` })
    next += 8
    return Number(wide.readBigUInt64LE(next - 8))
  })
  return values as [number, number, number]
}

function inflate(packed: Buffer, key: string, bytes: number): Uint8Array {
  try {
    // One more than it should have, so that too much of it shows.
    return inflateRawSync(packed, { maxOutputLength: bytes + 1 })
  } catch (cause) {
    throw new NpzError({ reason: `"${key}" cannot be unpacked to ${bytes} bytes`, cause })
  }
}

let crcTable: Uint32Array | undefined

/** CRC-32 of the zip format; Node 20.19 has none of its own. */
function crc32(bytes: Uint8Array): number {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, i) => {
    let crc = i
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
    return crc
  })
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] as number)
  return (crc ^ 0xffffffff) >>> 0
}
