import { readFile, stat } from 'node:fs/promises'
import { FileAccessError } from './errors.ts'

/**
 * The bytes of a regular file, as a plain array: a `Buffer` has a `slice` that does not copy. Pipes and devices are refused, since they may
 * never end.
 *
 * @throws {FileAccessError}
 */
export async function readBytes(path: string, purpose: string): Promise<Uint8Array> {
  try {
    if (!(await stat(path)).isFile()) throw new Error('it is no regular file')
    const buffer = await readFile(path)
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
  } catch (cause) {
    throw new FileAccessError({ path, purpose, cause })
  }
}
