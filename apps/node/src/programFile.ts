import { readFile } from 'node:fs/promises'
import { FileAccessError } from './errors.ts'

/** The bytes of an ELF file. @throws {FileAccessError} */
export async function readProgramFile(path: string): Promise<Uint8Array> {
  return await readFile(path).catch((cause: unknown) => {
    throw new FileAccessError({ path, purpose: 'the model', cause })
  })
}
