import { constants } from 'node:fs'
import { type FileHandle, copyFile, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Bytes32 } from 'opml/core'
import { type ContentRequest, type ContentStore, wholeContent } from './contentStore.ts'
import { ContentStoreError, ContentTooLongError } from './errors.ts'

const PART_BYTES = 2 ** 20

/** Contents as files of a folder, `ab/abcdef…` by the digits of their hashes. Several processes may share it. */
export class FolderStore implements ContentStore {
  readonly place: string
  #numWritten = 0

  constructor(folder: string) {
    this.place = folder
  }

  async get(hash: Bytes32, request: ContentRequest): Promise<Uint8Array | null> {
    return await wholeContent(await this.stream(hash, request))
  }

  async stream(hash: Bytes32, { maxBytes }: ContentRequest): Promise<AsyncIterable<Uint8Array> | null> {
    try {
      // A pipe would wait for its other end.
      const file = await open(this.#path(hash), constants.O_RDONLY | constants.O_NONBLOCK)
      const entry = await file.stat()
      if (entry.isFile() && entry.size <= maxBytes) return this.#parts(file, { hash, size: entry.size })
      await file.close()
      if (!entry.isFile()) throw new Error('it is no regular file')
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
      throw new ContentStoreError({ place: this.place, problem: `cannot read ${hash}`, cause })
    }
    throw new ContentTooLongError({ place: this.place, hash, maxBytes })
  }

  /** Reads no more than the file had when it was opened. */
  async *#parts(file: FileHandle, p: { hash: Bytes32; size: number }): AsyncGenerator<Uint8Array> {
    try {
      for (let at = 0; at < p.size; ) {
        const part = new Uint8Array(Math.min(PART_BYTES, p.size - at))
        const { bytesRead } = await file.read(part, 0, part.length, at)
        if (bytesRead === 0) return
        at += bytesRead
        yield part.subarray(0, bytesRead)
      }
    } catch (cause) {
      throw new ContentStoreError({ place: this.place, problem: `cannot read ${p.hash}`, cause })
    } finally {
      await file.close()
    }
  }

  async put(hash: Bytes32, bytes: Uint8Array): Promise<void> {
    await this.#write(hash, async (scratch) => {
      const file = await open(scratch, 'wx')
      await file.writeFile(bytes)
      await file.sync()
      await file.close()
    })
  }

  async putFile(sha256: Bytes32, path: string): Promise<void> {
    await this.#write(sha256, async (scratch) => {
      await copyFile(path, scratch, constants.COPYFILE_FICLONE)
      const file = await open(scratch, 'r+')
      await file.sync()
      await file.close()
    })
  }

  /** A file is there whole or not at all: it is written under another name first. */
  async #write(hash: Bytes32, write: (scratch: string) => Promise<void>): Promise<void> {
    const path = this.#path(hash)
    const scratch = `${path}.${process.pid}.${this.#numWritten++}`
    try {
      await mkdir(dirname(path), { recursive: true })
      await write(scratch)
      await rename(scratch, path)
    } catch (cause) {
      // What cannot be written can often not be removed either; the first failure is the one to tell.
      await rm(scratch, { force: true }).catch(() => undefined)
      throw new ContentStoreError({ place: this.place, problem: `cannot write ${hash}`, cause })
    }
  }

  #path(hash: Bytes32): string {
    return join(this.place, hash.slice(2, 4), hash.slice(2))
  }
}
