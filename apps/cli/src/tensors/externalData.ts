import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { FileAccessError } from '@opml/node/errors'
import type { SourceFile } from 'opml/importers'

/** A file of weights that is open. */
interface OpenFile {
  readonly path: string
  readonly descriptor: number
  readonly bytes: number
}

/** Files beside a model that hold its weights. */
export class ExternalData {
  readonly #folder: string
  readonly #files = new Map<string, OpenFile>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * A range of a file, empty where the file ends before it; undefined for what is no regular file inside the folder, symbolic links
   * resolved.
   *
   * @throws {FileAccessError} when it cannot be read.
   */
  read(p: { location: string; offset: number; length: number }): Uint8Array | undefined {
    const file = this.#files.get(p.location) ?? this.#open(p.location)
    if (file === undefined) return undefined
    if (p.offset + p.length > file.bytes) return new Uint8Array(0)
    const bytes = new Uint8Array(p.length)
    let done = 0
    while (done < p.length) {
      const read = readSync(file.descriptor, bytes, done, p.length - done, p.offset + done)
      if (read === 0) break
      done += read
    }
    return bytes.subarray(0, done)
  }

  /** Size and digest of every file that was read. */
  async digests(): Promise<[string, SourceFile][]> {
    const entries: [string, SourceFile][] = []
    for (const [location, { path, bytes }] of this.#files) {
      const hash = createHash('sha256')
      for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array)
      entries.push([location, { bytes, sha256: `0x${hash.digest('hex')}` }])
    }
    return entries
  }

  close(): void {
    for (const { descriptor } of this.#files.values()) closeSync(descriptor)
  }

  #open(location: string): OpenFile | undefined {
    try {
      const root = realpathSync(this.#folder)
      const path = realpathSync(join(root, location))
      const entry = statSync(path)
      if (!path.startsWith(root + sep) || !entry.isFile()) return undefined
      const file = { path, descriptor: openSync(path, 'r'), bytes: entry.size }
      this.#files.set(location, file)
      return file
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw new FileAccessError({ path: join(this.#folder, location), purpose: 'weights of the model', cause: error })
    }
  }
}
