/**
 * The value of a C hex float literal without suffix, such as `-0x1.8p-3`; exact.
 *
 * The text must be one of this library's own tables: it is not checked.
 */
export function hexFloat(text: string): number {
  const [digits = '', exponent = ''] = text.replace('0x', '').split('p')
  const [whole = '', fraction = ''] = digits.split('.')
  return Number.parseInt(whole + fraction, 16) * 2 ** (Number(exponent) - 4 * fraction.length)
}
