/** Most characters (code points) of a printable name. */
export const MAX_NAME_CHARACTERS = 256

/** What would move a terminal's cursor, turn its text around or is no character. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * A name of a model's file as it can be shown: at most {@link MAX_NAME_CHARACTERS} characters, U+FFFD for control characters and the like.
 * Of a long name the end is kept: it tells one node of a deep path from others.
 */
export function printableName(name: string): string {
  const characters = Array.from(name.replace(UNPRINTABLE, '\ufffd'))
  const isLong = characters.length > MAX_NAME_CHARACTERS
  return isLong ? `…${characters.slice(1 - MAX_NAME_CHARACTERS).join('')}` : characters.join('')
}
