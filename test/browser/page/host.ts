import type { ReadFile } from '../both/readFile.ts'

/** Bytes of a file of the repository, from the runner's server. */
export const readFile: ReadFile = async (path) => {
  const response = await fetch(`/${path}`)
  if (!response.ok) throw new Error(`/${path}: ${response.status} ${await response.text()}`)
  return new Uint8Array(await response.arrayBuffer())
}

/** A JSON file of the repository. SAFETY: the caller knows its form; its vectors' README fixes it. */
export async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await readFile(path))) as T
}

/**
 * What `work` gives in Node, computed now, in the process that runs the tests.
 *
 * @param work - the function of that name that `both/<name>.ts` exports; arguments and result are plain JSON.
 */
export async function inNode<Args extends readonly (string | number)[], Result>(
  work: (read: ReadFile, ...args: Args) => Promise<Result>,
  ...args: Args
): Promise<Result> {
  const response = await fetch(`/node/${work.name}`, { method: 'POST', body: JSON.stringify(args) })
  if (!response.ok) throw new Error(`${work.name} failed in Node: ${await response.text()}`)
  return (await response.json()) as Result
}
