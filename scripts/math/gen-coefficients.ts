import {
  CONSTANTS,
  HALF_PI_WORD,
  POLYNOMIALS,
  SQRT_HALF_BITS,
  TWO_OVER_PI_WORDS,
} from 'opml/core'
import type { Generator } from '../generated.ts'

const word = (value: number) => `0x${value.toString(16).padStart(8, '0')}u`

/** `kernels/math/coefficients.h` from the table in `core/math/coefficients.ts`. */
export const generateCoefficients: Generator = () => {
  const lines = [
    '// Generated from packages/opml/src/core/math/coefficients.ts by "npm run gen". Do not edit.',
    '#ifndef OPML_MATH_COEFFICIENTS_H',
    '#define OPML_MATH_COEFFICIENTS_H',
    '',
    '#include <stdint.h>',
    '',
    ...Object.entries(POLYNOMIALS).map(
      ([name, terms]) => `static const float ${name}[${terms.length}] = {${terms.map((term) => `${term}f`).join(', ')}};`,
    ),
    '',
    ...Object.entries(CONSTANTS).map(([name, value]) => `#define ${name} ${value}f`),
    `#define HALF_PI_WORD ${word(HALF_PI_WORD)}`,
    `#define SQRT_HALF_BITS ${word(SQRT_HALF_BITS)}`,
    '',
    `static const uint32_t TWO_OVER_PI_WORDS[${TWO_OVER_PI_WORDS.length}] = {${TWO_OVER_PI_WORDS.map(word).join(', ')}};`,
    '',
    '#endif',
    '',
  ]
  return [{ path: 'kernels/math/coefficients.h', content: lines.join('\n') }]
}
