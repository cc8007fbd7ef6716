import { deflateSync } from 'node:zlib'
import { encode as encodeJpeg } from 'jpeg-js'
import { elements } from 'opml/graph'
import type { BundleTensor } from 'opml/importers'
import { describe, expect, test } from 'vitest'
import { InputError } from './errors.ts'
import { type ImageRules, imageTensor } from './imageTensor.ts'

const RULES: ImageRules = { layout: 'nchw', channels: 'rgb', mean: [0], std: [1], isResized: false }

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

/** A PNG written by hand: rows of samples as they are stored. */
function png(p: {
  width: number
  height: number
  depth: number
  colour: number
  rows: readonly (readonly number[])[]
  palette?: readonly number[]
}): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(p.width)
  header.writeUInt32BE(p.height, 4)
  header.set([p.depth, p.colour, 0, 0, 0], 8)
  const data = deflateSync(Buffer.from(p.rows.flatMap((row) => [0, ...row])))
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...(p.palette ? [chunk('PLTE', Buffer.from(p.palette))] : []),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const input = (dtype: BundleTensor['dtype'], ...shape: number[]): BundleTensor => ({ name: 'image', dtype, shape })
const values = (file: Uint8Array, to: BundleTensor, rules: Partial<ImageRules> = {}) =>
  Array.from(elements(imageTensor(file, to, { ...RULES, ...rules })), Number)

/** Red, green above blue, white. */
const COLOURS = png({
  width: 2,
  height: 2,
  depth: 8,
  colour: 2,
  rows: [
    [255, 0, 0, 0, 255, 0],
    [0, 0, 255, 255, 255, 255],
  ],
})

describe('imageTensor', () => {
  test('default: channels first, from 0 to 1', () => {
    expect(values(COLOURS, input('f32', 1, 3, 2, 2))).toEqual([1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1])
  })

  test('default: channels last, as u8 without a scale', () => {
    expect(values(COLOURS, input('u8', 1, 2, 2, 3), { layout: 'nhwc' })).toEqual([
      255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255,
    ])
  })

  test('default: blue first, (pixel · scale − mean) ÷ std for each channel', () => {
    const rules = { channels: 'bgr', scale: 1, mean: [0, 5, 55], std: [1, 10, 100] } as const
    expect(values(COLOURS, input('f32', 3, 2, 2), rules)).toEqual(
      [0, 0, 255, 255, -0.5, 25, -0.5, 25, 2, -0.55, -0.55, 2].map(Math.fround),
    )
  })

  test('default: grey of a colour is its luminance', () => {
    // 0.299, 0.587, 0.114 of 255, and 255.
    expect(values(COLOURS, input('u8', 1, 1, 2, 2))).toEqual([76, 150, 29, 255])
  })

  test.each([
    ['1 bit', { depth: 1, colour: 0, rows: [[0b01000000], [0b10000000]] }, [0, 255, 255, 0]],
    ['2 bits', { depth: 2, colour: 0, rows: [[0b00010000], [0b10110000]] }, [0, 85, 170, 255]],
    ['4 bits', { depth: 4, colour: 0, rows: [[0x01], [0xef]] }, [0, 17, 238, 255]],
    [
      '8 bits',
      {
        depth: 8,
        colour: 0,
        rows: [
          [0, 1],
          [254, 255],
        ],
      },
      [0, 1, 254, 255],
    ],
    [
      '16 bits',
      {
        depth: 16,
        colour: 0,
        rows: [
          [0, 0, 1, 1],
          [254, 254, 255, 255],
        ],
      },
      [0, 1, 254, 255],
    ],
    [
      'grey with alpha',
      {
        depth: 8,
        colour: 4,
        rows: [
          [0, 9, 1, 9],
          [254, 9, 255, 9],
        ],
      },
      [0, 1, 254, 255],
    ],
    [
      '4-bit palette',
      { depth: 4, colour: 3, palette: [9, 9, 9, 7, 7, 7, 5, 5, 5], rows: [[0x01], [0x21]] },
      [9, 7, 5, 7],
    ],
  ] as const)('default: grey PNG of %s', (_, image, expected) => {
    expect(values(png({ width: 2, height: 2, ...image }), input('u8', 1, 1, 2, 2))).toEqual(expected)
  })

  test('default: colours with alpha', () => {
    const image = png({ width: 1, height: 1, depth: 8, colour: 6, rows: [[10, 20, 30, 0]] })
    expect(values(image, input('u8', 3, 1, 1))).toEqual([10, 20, 30])
  })

  test('default: JPEG', () => {
    const data = Buffer.alloc(8 * 8 * 4, 255)
    for (let i = 0; i < 64; i++) data.set([200, 100, 50], 4 * i)
    const { data: file } = encodeJpeg({ width: 8, height: 8, data }, 100)
    const [r, g, b] = [0, 64, 128].map((at) => values(file, input('u8', 3, 8, 8))[at])
    // JPEG keeps a colour to about a step.
    for (const [value, expected] of [
      [r, 200],
      [g, 100],
      [b, 50],
    ] as const)
      expect(Math.abs((value ?? 0) - expected)).toBeLessThanOrEqual(2)
  })

  test('default: bilinear between the centres of pixels', () => {
    const image = png({ width: 2, height: 1, depth: 8, colour: 0, rows: [[0, 100]] })
    // Centres of four pixels in two: at −0.25, 0.25, 0.75, 1.25 of the first and the second; outside, the edge.
    expect(values(image, input('u8', 1, 1, 4), { isResized: true })).toEqual([0, 25, 75, 100])
    expect(() => values(image, input('u8', 1, 1, 4))).toThrow('the image has 2 × 1 pixels, the model takes 4 × 1')
  })

  test.each([
    ['an input of another type', input('i64', 3, 2, 2), {}],
    ['an input of another rank', input('f32', 12), {}],
    ['a batch of two', input('f32', 2, 3, 2, 2), {}],
    ['two channels', input('f32', 2, 2, 2), {}],
    ['as many means as no channels', input('f32', 3, 2, 2), { mean: [1, 2] }],
  ])('error: %s', (_, to, rules) => {
    expect(() => values(COLOURS, to, rules)).toThrow(InputError)
  })

  test('error: damaged files', () => {
    const to = input('f32', 1, 3, 2, 2)
    for (let length = 4; length < COLOURS.length - 12; length++)
      expect(() => values(COLOURS.subarray(0, length), to)).toThrow(InputError)
    const huge = Buffer.from(COLOURS)
    huge.writeUInt32BE(0x7fffffff, 16)
    expect(() => values(huge, to)).toThrow('pixels are too many')
    const flipped = Buffer.from(COLOURS)
    flipped[45] = (flipped[45] as number) ^ 1
    expect(() => values(flipped, to)).toThrow(InputError)
  })
})
