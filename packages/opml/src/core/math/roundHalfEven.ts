/**
 * The nearest whole number in f32, ties to even. −0, infinities and the sign of what rounds to zero stay; NaN gives NaN.
 *
 * @see spec/01-numerics.md §4
 */
export function roundHalfEven(x: number): number {
  const a = Math.abs(x)
  if (!(a < 2 ** 23)) return x // from 2²³ on every f32 is whole
  const whole = Math.fround(Math.fround(a + 2 ** 23) - 2 ** 23)
  return x < 0 || Object.is(x, -0) ? -whole : whole
}
