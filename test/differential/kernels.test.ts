import { describe, expect, test } from 'vitest'
import { EXP_FRACTION_Q15, EXP_WHOLE_Q15 } from '../../packages/opml/src/importers/mnist/expTable.ts'
import { f32Bits } from '../../packages/opml/src/core/math/f32Bits.ts'
import { argmax, denseF32, reluF32, softmaxF32 } from '../../packages/opml/src/importers/mnist/f32Kernels.ts'
import {
  denseI8,
  reluI8,
  requantizeI16,
  requantizeI8,
  softmaxI16,
} from '../../packages/opml/src/importers/mnist/fixedKernels.ts'
import type { DenseI8 } from '../../packages/opml/src/importers/mnist/fixedKernels.ts'
import { interpret, loadGuest, readRepositoryFile } from './guestProgram.ts'
import { createWords } from './softfloatOperands.ts'

const SEED = 5
const KERNELS = [
  'denseF32',
  'denseI8',
  'requantizeI8',
  'requantizeI16',
  'reluF32',
  'reluI8',
  'argmaxF32',
  'argmaxI16',
  'softmaxF32',
  'softmaxI16',
] as const

type Operand = Float32Array | Int32Array | Int8Array | Int16Array

const image = loadGuest('guest/images/kernels.elf')

/** Runs a kernel of the guest; operands start at word boundaries. */
function runKernel(p: {
  kernel: (typeof KERNELS)[number]
  n: number
  k?: number
  zeroPoint?: number
  operands: Operand[]
}): Uint8Array {
  const header = Int32Array.of(KERNELS.indexOf(p.kernel), p.n, p.k ?? 0, p.zeroPoint ?? 0)
  const chunks = [header, ...p.operands].map(
    (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  )
  const padded = chunks.map((chunk) => Buffer.concat([chunk, new Uint8Array((4 - (chunk.length & 3)) & 3)]))
  const run = interpret(image, Buffer.concat(padded))
  expect(run).toMatchObject({ pc: 0xffffff00, exitCode: 0 })
  return run.output
}

const wordsOf = (bytes: Uint8Array) => [...new Uint32Array(bytes.slice().buffer)]
const bitsOf = (values: Float32Array) => Array.from(values, f32Bits)
const bytesOf = (array: Int8Array | Int16Array | Uint16Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

const next = createWords(SEED)
const random = (low: number, high: number) => low + (next() % (high - low + 1))
const randomF32 = (n: number) =>
  Float32Array.from({ length: n }, () => (next() % 5 === 0 ? 0 : (next() / 2 ** 31 - 1) * 2 ** random(-6, 6)))
const randomI8 = (n: number) => Int8Array.from({ length: n }, () => next())

/** Any bit pattern at all: NaN, infinities, subnormals, zeros of both signs among them. */
const anyF32 = (n: number) => {
  const bits = Uint32Array.from({ length: n }, () =>
    next() % 4 === 0 ? ([0, 0x80000000, 0x7f800000, 0x7fc00000][next() & 3] as number) : next(),
  )
  return new Float32Array(bits.buffer)
}

const SHAPES = [
  { n: 1, k: 1 },
  { n: 3, k: 15 },
  { n: 4, k: 16 },
  { n: 5, k: 17 },
  { n: 10, k: 20 },
  { n: 9, k: 100 },
]

describe(`kernels of the guest equal the reference (seed ${SEED})`, () => {
  test.each(SHAPES)('differential: dense_f32 and dense_f32_ref, n = $n, k = $k', ({ n, k }) => {
    for (const make of [randomF32, anyF32, randomF32, anyF32]) {
      const [weight, x, bias] = [make(n * k), make(k), make(n)]
      const expected = bitsOf(denseF32({ weight, bias }, x))
      expect(wordsOf(runKernel({ kernel: 'denseF32', n, k, operands: [weight, x, bias] }))).toEqual([
        ...expected,
        ...expected,
      ])
    }
  })

  test('edge: dense_f32 with zero inputs and weights that are not finite', () => {
    const weight = Float32Array.of(Number.POSITIVE_INFINITY, 1, Number.NaN, 1, -1, -1)
    const [x, bias] = [Float32Array.of(0, -0), Float32Array.of(1, 2, -0)]
    const expected = bitsOf(denseF32({ weight, bias }, x))
    expect(expected).toEqual([0x7fc00000, 0x7fc00000, 0]) // +0 + -0 = +0
    expect(wordsOf(runKernel({ kernel: 'denseF32', n: 3, k: 2, operands: [weight, x, bias] }))).toEqual([
      ...expected,
      ...expected,
    ])
  })

  test.each(SHAPES)('differential: dense_i8 and dense_i8_ref, n = $n, k = $k', ({ n, k }) => {
    const [weight, x] = [randomI8(n * k), randomI8(k)]
    const bias = Int32Array.from({ length: n }, () => next() >> 4)
    const layer: DenseI8 = { weight, bias, multiplier: new Int32Array(n), shift: new Int32Array(n) }
    const expected = [...new Uint32Array(denseI8(layer, x).buffer)]
    expect(wordsOf(runKernel({ kernel: 'denseI8', n, k, operands: [weight, x, bias] }))).toEqual([
      ...expected,
      ...expected,
    ])
  })

  test('edge: dense_i8 at the ends of the operands', () => {
    const [n, k] = [9, 64]
    const layer = {
      weight: new Int8Array(n * k).fill(-128),
      bias: new Int32Array(n).fill(3),
      multiplier: new Int32Array(n),
      shift: new Int32Array(n),
    }
    const result = (x: number) =>
      wordsOf(runKernel({ kernel: 'denseI8', n, k, operands: [layer.weight, new Int8Array(k).fill(x), layer.bias] }))
    expect(result(-128)).toEqual(Array.from({ length: 2 * n }, () => 64 * 16384 + 3))
    expect(result(127)).toEqual(Array.from({ length: 2 * n }, () => (64 * -16256 + 3) >>> 0))
  })

  test('edge: relu and argmax with NaN of both signs, zeros of both signs and equal elements', () => {
    const x = new Float32Array(
      Uint32Array.of(0x7f800001, 0xffc00000, 0x80000000, 0x00000001, 0x80000001, 0x00000001).buffer,
    )
    expect(wordsOf(runKernel({ kernel: 'reluF32', n: 6, operands: [x] }))).toEqual([0x7fc00000, 0x7fc00000, 0, 1, 0, 1])
    expect(wordsOf(runKernel({ kernel: 'argmaxF32', n: 6, operands: [x] }))).toEqual([3])
    expect(wordsOf(runKernel({ kernel: 'argmaxI16', n: 5, operands: [Int16Array.of(-9, 4, 4, -32768, 4)] }))).toEqual([
      1,
    ])
  })

  test('differential: requantise to i8 and i16, every shift, ties and ends', () => {
    for (let shift = 0; shift <= 62; shift++) {
      const n = 16
      const tie = shift > 0 && shift < 32 ? 2 ** (shift - 1) : 1
      const acc = Int32Array.from({ length: n }, (_, i) => (i < 8 ? (2 * i - 7) * tie : next()))
      acc[14] = -0x80000000
      acc[15] = 0x7fffffff
      const multiplier = Int32Array.from({ length: n }, (_, i) => (i < 8 ? 1 : next() >>> 1))
      const layer = { weight: new Int8Array(), bias: acc, multiplier, shift: new Int32Array(n).fill(shift) }
      const operands = [acc, multiplier, layer.shift]
      const zeroPoint = random(-128, 127)
      expect(runKernel({ kernel: 'requantizeI8', n, zeroPoint, operands })).toEqual(
        bytesOf(requantizeI8(acc, layer, zeroPoint)),
      )
      expect(runKernel({ kernel: 'requantizeI16', n, operands })).toEqual(bytesOf(requantizeI16(acc, layer)))
    }
  })

  test('differential: relu, argmax and softmax in f32', () => {
    for (let i = 0; i < 30; i++) {
      const n = random(1, 40)
      const x = i % 2 === 0 ? randomF32(n) : anyF32(n)
      expect(wordsOf(runKernel({ kernel: 'reluF32', n, operands: [x] }))).toEqual(bitsOf(reluF32(x)))
      expect(wordsOf(runKernel({ kernel: 'argmaxF32', n, operands: [x] }))).toEqual([argmax(x)])
      expect(wordsOf(runKernel({ kernel: 'softmaxF32', n, operands: [x] }))).toEqual(bitsOf(softmaxF32(x)))
    }
  })

  test('differential: relu, argmax and softmax in fixed point', () => {
    for (let i = 0; i < 30; i++) {
      const n = random(1, 40)
      const zeroPoint = random(-128, 127)
      const [narrow, wide] = [randomI8(n), Int16Array.from({ length: n }, () => next() >> random(16, 22))]
      expect(runKernel({ kernel: 'reluI8', n, zeroPoint, operands: [narrow] })).toEqual(
        bytesOf(reluI8(narrow, zeroPoint)),
      )
      expect(wordsOf(runKernel({ kernel: 'argmaxI16', n, operands: [wide] }))).toEqual([argmax(wide)])
      expect(runKernel({ kernel: 'softmaxI16', n, operands: [wide] })).toEqual(bytesOf(softmaxI16(wide)))
    }
  })
})

test('default: the tables of the C kernels are those of the reference', () => {
  const header = new TextDecoder().decode(readRepositoryFile('kernels/include/exp_table.h'))
  const numbersOf = (name: string) =>
    (new RegExp(`${name}\\[\\d+\\] = \\{([^}]*)\\}`).exec(header)?.[1] ?? '').match(/\d+/g)?.map(Number)
  expect(numbersOf('EXP_WHOLE_Q15')).toEqual(EXP_WHOLE_Q15)
  expect(numbersOf('EXP_FRACTION_Q15')).toEqual(EXP_FRACTION_Q15)
})
