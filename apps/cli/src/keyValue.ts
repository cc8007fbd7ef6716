import { UsageError } from './exitCodes.ts'

/** Collects a repeated option into a list; commander calls it with what it has so far. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value]
}

/**
 * Values of a repeated `--flag NAME=VALUE` by name. A name may hold `=` only where it is not the first one.
 *
 * @throws {UsageError} without a name, without `=`, or for a name that is given twice.
 */
export function parseKeyValues(flag: string, values: readonly string[]): Map<string, string> {
  const map = new Map<string, string>()
  for (const text of values) {
    const at = text.indexOf('=')
    if (at < 1) throw new UsageError({ flag, value: text, expected: 'of the form NAME=VALUE' })
    const name = text.slice(0, at)
    if (map.has(name)) throw new UsageError({ flag, value: text, expected: `the only one for "${name}"` })
    map.set(name, text.slice(at + 1))
  }
  return map
}
