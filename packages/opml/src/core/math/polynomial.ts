import { CONSTANTS, POLYNOMIALS } from './coefficients.ts'
import { hexFloat } from './hexFloat.ts'

const { fround } = Math

/** Coefficients of a polynomial of the table, from the lowest degree up. */
export function polynomial(name: keyof typeof POLYNOMIALS): readonly number[] {
  return POLYNOMIALS[name].map(hexFloat)
}

/** A constant of the table. */
export function constant(name: keyof typeof CONSTANTS): number {
  return hexFloat(CONSTANTS[name])
}

/** ((c[n−1] z + c[n−2]) z + …) z + c[0], each product and sum rounded to f32. */
export function horner(z: number, c: readonly number[]): number {
  let y = c[c.length - 1] as number
  for (let i = c.length - 2; i >= 0; i--) y = fround(fround(y * z) + (c[i] as number))
  return y
}

/** x + (x z) p(z) with z = x²: an odd function near 0. */
export function oddPolynomial(x: number, c: readonly number[]): number {
  const z = fround(x * x)
  return fround(x + fround(fround(x * z) * horner(z, c)))
}

/** x with its sign turned where `other` is negative (−0 counts). */
export function turnSignLike(x: number, other: number): number {
  return other < 0 || Object.is(other, -0) ? -x : x
}
