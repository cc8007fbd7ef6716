/** Marks a bigint in stored text: no value of the store begins with it otherwise. */
const BIGINT_MARK = 'bigint:'

/** JSON text of a value whose bigint fields are kept. */
export function storedText(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => (typeof field === 'bigint' ? `${BIGINT_MARK}${field}` : field))
}

/**
 * The value that {@link storedText} wrote.
 *
 * @throws {SyntaxError} when `text` is not such JSON.
 */
export function parseStored<T>(text: string): T {
  // SAFETY: the store reads only what it wrote itself; the folder's owner entry says that it did.
  return JSON.parse(text, (_, field: unknown) =>
    typeof field === 'string' && field.startsWith(BIGINT_MARK) ? BigInt(field.slice(BIGINT_MARK.length)) : field,
  ) as T
}
