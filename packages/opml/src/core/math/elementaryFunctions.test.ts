import { describe, expect, test } from 'vitest'
import { acos32 } from './acos32.ts'
import { acosh32 } from './acosh32.ts'
import { asin32 } from './asin32.ts'
import { asinh32 } from './asinh32.ts'
import { atan32 } from './atan32.ts'
import { atanh32 } from './atanh32.ts'
import { cos32 } from './cos32.ts'
import { cosh32 } from './cosh32.ts'
import { erf32 } from './erf32.ts'
import { exp32 } from './exp32.ts'
import { log1p32 } from './log1p32.ts'
import { log32 } from './log32.ts'
import { sigmoid32 } from './sigmoid32.ts'
import { sin32 } from './sin32.ts'
import { sinh32 } from './sinh32.ts'
import { softplus32 } from './softplus32.ts'
import { tan32 } from './tan32.ts'
import { tanh32 } from './tanh32.ts'

const { fround } = Math
const INFINITY = Number.POSITIVE_INFINITY
const LN2 = 0.6931471805599
const PI = 3.141592653589793

/** Results at arguments where the exact value is published to more digits than f32 holds. */
const KNOWN: readonly [string, (x: number) => number, readonly (readonly [number, number])[]][] = [
  [
    'exp',
    exp32,
    [
      [0, 1],
      [1, 2.718281828459],
      [-1, 0.3678794411714],
      [10, 22026.46579481],
    ],
  ],
  [
    'log',
    log32,
    [
      [1, 0],
      [2, LN2],
      [10, 2.302585092994],
      [0.5, -LN2],
      [2 ** -149, -149 * LN2],
    ],
  ],
  [
    'log1p',
    log1p32,
    [
      [0, 0],
      [1, LN2],
      [-0.5, -LN2],
      [1e-10, fround(1e-10)],
    ],
  ],
  [
    'sin',
    sin32,
    [
      [0, 0],
      [1, 0.8414709848079],
      [2, 0.9092974268257],
      [1e22, -0.734081535296],
    ],
  ],
  [
    'cos',
    cos32,
    [
      [0, 1],
      [1, 0.5403023058681],
      [2, -0.4161468365471],
    ],
  ],
  [
    'tan',
    tan32,
    [
      [0, 0],
      [1, 1.557407724655],
      [-1, -1.557407724655],
    ],
  ],
  [
    'asin',
    asin32,
    [
      [0, 0],
      [1, PI / 2],
      [0.5, PI / 6],
      [-1, -PI / 2],
    ],
  ],
  [
    'acos',
    acos32,
    [
      [1, 0],
      [0, PI / 2],
      [0.5, PI / 3],
      [-1, PI],
    ],
  ],
  [
    'atan',
    atan32,
    [
      [0, 0],
      [1, PI / 4],
      [INFINITY, PI / 2],
      [-INFINITY, -PI / 2],
    ],
  ],
  [
    'sinh',
    sinh32,
    [
      [0, 0],
      [1, 1.175201193644],
      [-2, -3.626860407847],
    ],
  ],
  [
    'cosh',
    cosh32,
    [
      [0, 1],
      [1, 1.543080634815],
      [-2, 3.762195691084],
    ],
  ],
  [
    'tanh',
    tanh32,
    [
      [0, 0],
      [1, 0.7615941559558],
      [0.5, 0.46211715726],
      [-10, -1],
    ],
  ],
  [
    'asinh',
    asinh32,
    [
      [0, 0],
      [1, 0.8813735870195],
      [1e10, 23.7189981105],
    ],
  ],
  [
    'acosh',
    acosh32,
    [
      [1, 0],
      [2, 1.316957896925],
      [1e10, 23.7189981105],
    ],
  ],
  [
    'atanh',
    atanh32,
    [
      [0, 0],
      [0.5, 0.5493061443341],
      [-0.75, -0.9729550745277],
    ],
  ],
  [
    'erf',
    erf32,
    [
      [0, 0],
      [0.5, 0.520499877813],
      [1, 0.8427007929497],
      [2, 0.995322265019],
      [-4, -1],
    ],
  ],
  [
    'sigmoid',
    sigmoid32,
    [
      [0, 0.5],
      [1, 0.73105857863],
      [-1, 0.26894142137],
      [100, 1],
    ],
  ],
  [
    'softplus',
    softplus32,
    [
      [0, LN2],
      [1, 1.313261687518],
      [-1, 0.3132616875182],
      [100, 100],
    ],
  ],
]

/** f32 numbers between two of one sign. */
const distance = (a: number, b: number) => {
  const [x, y] = new Int32Array(Float32Array.of(a, b).buffer) as unknown as [number, number]
  return Math.abs(x - y)
}

describe.each(KNOWN)('%s', (_, f, points) => {
  test.each(points)('default: at %d', (x, exact) => {
    const [actual, nearest] = [f(fround(x)), fround(exact)]
    expect(distance(actual, nearest)).toBeLessThanOrEqual(1)
    expect(actual).toBe(fround(actual))
  })

  test('edge: NaN gives NaN', () => expect(f(Number.NaN)).toBeNaN())
})

describe('ends of the domains', () => {
  test('edge: zeros keep their sign in odd functions', () => {
    for (const f of [sin32, tan32, asin32, atan32, sinh32, tanh32, asinh32, atanh32, erf32, log1p32]) {
      expect(f(-0)).toBe(-0)
      expect(f(0)).toBe(0)
    }
  })

  test('edge: subnormals go through odd functions unchanged', () => {
    for (const f of [sin32, tan32, asin32, atan32, sinh32, tanh32, asinh32, atanh32, log1p32])
      expect(f(-(2 ** -149))).toBe(-(2 ** -149))
  })

  test('edge: where exp overflows, and where it vanishes', () => {
    expect([89, 88.72284, INFINITY].map((x) => exp32(fround(x)))).toEqual([INFINITY, INFINITY, INFINITY])
    expect(exp32(fround(88.72283))).toBeLessThan(INFINITY)
    expect([exp32(-103), exp32(-104), exp32(-INFINITY)]).toEqual([2 ** -149, 0, 0])
  })

  test('edge: poles and infinities', () => {
    expect([log32(0), log32(-0), log1p32(-1), atanh32(-1)]).toEqual([-INFINITY, -INFINITY, -INFINITY, -INFINITY])
    expect([log32, log1p32, sinh32, cosh32, asinh32, acosh32, softplus32].map((f) => f(INFINITY))).toEqual(
      new Array(7).fill(INFINITY),
    )
    expect([tanh32(INFINITY), erf32(-INFINITY), sigmoid32(-INFINITY), softplus32(-INFINITY)]).toEqual([1, -1, 0, 0])
  })

  test('edge: outside the domain is NaN', () => {
    const outside = [
      log32(-1),
      log1p32(fround(-1.0000001)),
      asin32(fround(1.0000001)),
      acos32(-2),
      acosh32(fround(0.99999994)),
      atanh32(fround(1.0000001)),
      sin32(INFINITY),
      cos32(-INFINITY),
      tan32(INFINITY),
    ]
    expect(outside).toEqual(new Array(9).fill(Number.NaN))
  })

  test('edge: the greatest f32 has a sine', () => {
    // MPFR: sin = -0.521876523334, cos = 0.85302103983
    const greatest = 3.402823466385e38
    expect(sin32(greatest)).toBe(fround(-0.5218765))
    expect(cos32(greatest)).toBe(fround(0.853021))
  })
})
