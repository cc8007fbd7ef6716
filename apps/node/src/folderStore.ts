import { constants } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Bytes32 } from 'opml/core'
import type { ContentStore } from './contentStore.ts'
import { ContentStoreError, ContentTooLongError } from './errors.ts'

/** Contents as files of a folder, `ab/abcdef…` by the digits of their hashes. Several processes may share it. */
export class FolderStore implements ContentStore {
  readonly place: string
  #numWritten = 0

  constructor(folder: string) {
    this.place = folder
  }

  async get(hash: Bytes32, p: { maxBytes: number }): Promise<Uint8Array | null> {
    try {
      // A pipe would wait for its other end.
      const file = await open(this.#path(hash), constants.O_RDONLY | constants.O_NONBLOCK)
      try {
        const entry = await file.stat()
        if (!entry.isFile()) throw new Error('it is no regular file')
        if (entry.size > p.maxBytes) throw new ContentTooLongError({ place: this.place, hash, maxBytes: p.maxBytes })
        const bytes = new Uint8Array(entry.size)
        const { bytesRead } = await file.read(bytes, 0, entry.size, 0)
        return bytes.subarray(0, bytesRead)
      } finally {
        await file.close()
      }
    } catch (cause) {
      if (cause instanceof ContentTooLongError) throw cause
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
      throw new ContentStoreError({ place: this.place, problem: `cannot read ${hash}`, cause })
    }
  }

  /** A file is there whole or not at all: it is written under another name first. */
  async put(hash: Bytes32, bytes: Uint8Array): Promise<void> {
    const path = this.#path(hash)
    const scratch = `${path}.${process.pid}.${this.#numWritten++}`
    try {
      await mkdir(dirname(path), { recursive: true })
      const file = await open(scratch, 'wx')
      await file.writeFile(bytes)
      await file.sync()
      await file.close()
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
