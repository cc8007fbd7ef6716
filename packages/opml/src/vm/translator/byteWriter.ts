/** A growing byte string with the integer encodings of the WebAssembly binary format (LEB128). */
export class ByteWriter {
  #bytes = new Uint8Array(1024)
  #length = 0

  /** Number of bytes written. */
  get length(): number {
    return this.#length
  }

  /** Appends one byte. */
  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  /** Appends `value` (0 to 2^32 − 1) as unsigned LEB128. */
  u32(value: number): void {
    let rest = value >>> 0
    while (rest > 127) {
      this.byte((rest & 127) | 128)
      rest >>>= 7
    }
    this.byte(rest)
  }

  /** Appends the signed 32-bit number `value` as signed LEB128. */
  s32(value: number): void {
    let rest = value | 0
    while (rest < -64 || rest > 63) {
      this.byte((rest & 127) | 128)
      rest >>= 7
    }
    this.byte(rest & 127)
  }

  /** Appends `bytes`. */
  bytes(bytes: Uint8Array): void {
    this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Appends the length of `bytes` and the bytes. */
  vector(bytes: Uint8Array): void {
    this.u32(bytes.length)
    this.bytes(bytes)
  }

  /** The bytes written so far; valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(count: number): void {
    if (this.#length + count <= this.#bytes.length) return
    const bytes = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + count))
    bytes.set(this.#bytes)
    this.#bytes = bytes
  }
}
