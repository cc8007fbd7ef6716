import { readFile } from 'node:fs/promises'
import { FileAccessError } from './errors.ts'

/** The bytes of a file, as a plain array: a `Buffer` has a `slice` that does not copy. @throws {FileAccessError} */
export async function readBytes(path: string, purpose: string): Promise<Uint8Array> {
  const buffer = await readFile(path).catch((cause: unknown) => {
    throw new FileAccessError({ path, purpose, cause })
  })
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
