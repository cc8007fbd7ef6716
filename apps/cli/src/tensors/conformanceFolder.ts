import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FileAccessError } from '@opml/node/errors'
import { readBytes } from '@opml/node/readBytes'
import type { ConformanceTest } from 'opml/importers'

/**
 * The folders of tests at or directly below a path, by name: those that hold a `model.onnx`.
 *
 * @throws {FileAccessError} when it is no folder that can be read.
 */
export async function testFolders(path: string): Promise<string[]> {
  if (await isFile(join(path, 'model.onnx'))) return [path]
  const folders: string[] = []
  for (const name of await list(path)) if (await isFile(join(path, name, 'model.onnx'))) folders.push(join(path, name))
  return folders
}

/** A test with its files. @throws {FileAccessError} */
export async function readConformanceTest(folder: string, name: string): Promise<ConformanceTest> {
  const sets = (await list(folder)).filter((entry) => entry.startsWith('test_data_set_'))
  return {
    name,
    model: await readBytes(join(folder, 'model.onnx'), 'the model of a test'),
    sets: await Promise.all(
      sets.map(async (set) => ({
        inputs: await tensors(join(folder, set), 'input'),
        outputs: await tensors(join(folder, set), 'output'),
      })),
    ),
  }
}

async function tensors(folder: string, kind: 'input' | 'output'): Promise<ReadonlyMap<number, Uint8Array>> {
  const files = new Map<number, Uint8Array>()
  for (const entry of await list(folder)) {
    const [, number] = new RegExp(`^${kind}_(\\d{1,4})\\.pb$`).exec(entry) ?? []
    if (number !== undefined) files.set(Number(number), await readBytes(join(folder, entry), 'data of a test'))
  }
  return files
}

async function list(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new FileAccessError({ path: folder, purpose: 'a folder of tests', cause })
  })
  return names.sort((a, b) => (a < b ? -1 : 1))
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  )
}
