import { MAX_NAME_CHARACTERS, printableName } from '../builder/printableName.ts'
import { BUNDLE_PATHS } from './bundleFiles.ts'
import { BundleError } from './errors.ts'

/** The text of `names.json`; names are cut and cleaned, so that every reader takes them. Undefined where no node has one. */
export function printNodeNames(names: readonly string[]): string | undefined {
  if (names.every((name) => name === '')) return undefined
  return `${JSON.stringify(names.map(printableName), null, 2)}\n`
}

/**
 * Reads `names.json`: one name a node, section after section.
 *
 * @throws {BundleError} for anything but a list of `numNodes` short texts that can be printed.
 */
export function parseNodeNames(text: string, numNodes: number): readonly string[] {
  const file = BUNDLE_PATHS.nodeNames
  let names: unknown
  try {
    names = JSON.parse(text)
  } catch (cause) {
    throw new BundleError({ file, reason: 'it is not JSON', cause })
  }
  if (!Array.isArray(names) || names.length !== numNodes)
    throw new BundleError({ file, reason: `it is no list of ${numNodes} names, one a node` })
  return names.map((name: unknown, i) => {
    if (typeof name === 'string' && name === printableName(name)) return name
    const reason = `it is no text of at most ${MAX_NAME_CHARACTERS} printable characters`
    throw new BundleError({ file, field: `[${i}]`, reason })
  })
}
