import { decode as decodePng } from 'fast-png'
import { decode as decodeJpeg } from 'jpeg-js'
import { type TensorData, elements, zeroTensor } from 'opml/graph'
import type { BundleTensor } from 'opml/importers'
import { InputError } from './errors.ts'

/** How the pixels of an image become the elements of an input. */
export interface ImageRules {
  /** Order of the dimensions: channels before rows and columns, or after them. */
  readonly layout: 'nchw' | 'nhwc'
  /** Order of three channels. */
  readonly channels: 'rgb' | 'bgr'
  /** An element is (pixel · scale − mean) ÷ std, pixels from 0 to 255; mean and std are one value, or one a channel in the order of `channels`. The scale is 1/255 for f32 and 1 for u8 unless given. */
  readonly scale?: number
  readonly mean: readonly number[]
  readonly std: readonly number[]
  /** Fit an image of another size by bilinear interpolation. */
  readonly isResized: boolean
}

/** An image as its decoder gives it: red, green, blue from 0 to 255, row by row. */
interface Pixels {
  readonly width: number
  readonly height: number
  readonly rgb: Float32Array
}

const MAX_PIXELS = 2 ** 26
const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47]
const JPEG_SIGNATURE = [0xff, 0xd8, 0xff]
/** Luminance of ITU-R BT.601. */
const GREY = [0.299, 0.587, 0.114] as const

/** Whether bytes begin as a PNG or JPEG file does. */
export function isImage(file: Uint8Array): boolean {
  return startsWith(file, PNG_SIGNATURE) || startsWith(file, JPEG_SIGNATURE)
}

/**
 * The tensor of a PNG or JPEG image for an input of shape [1, channels, height, width] (or without the 1; channels last with `nhwc`), of
 * one channel (grey) or three.
 *
 * @throws {InputError} for an input that is no image, a file that cannot be decoded, or another size.
 */
export function imageTensor(file: Uint8Array, input: BundleTensor, rules: ImageRules): TensorData {
  const { channels, height, width } = imageShape(input, rules)
  const image = decode(file, input.name)
  const isSize = image.width === width && image.height === height
  if (!isSize && !rules.isResized)
    throw new InputError({
      input: input.name,
      reason: `the image has ${image.width} × ${image.height} pixels, the model takes ${width} × ${height}`,
      suggestion: 'Give --image-resize, or an image of that size.',
    })
  const { rgb } = isSize ? image : resized(image, { width, height })
  const tensor = zeroTensor(input.dtype, input.shape)
  const view = elements(tensor)
  const isInteger = input.dtype === 'u8'
  const scale = rules.scale ?? (isInteger ? 1 : 1 / 255)
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      const value = normalised(channelOf(rgb, { pixel, channel, channels, rules }), { channel, scale, rules })
      const at = rules.layout === 'nchw' ? channel * height * width + pixel : pixel * channels + channel
      view[at] = isInteger ? Math.min(255, Math.max(0, Math.round(value))) : value
    }
  }
  return tensor
}

function channelOf(
  rgb: Float32Array,
  p: { pixel: number; channel: number; channels: number; rules: ImageRules },
): number {
  const [r, g, b] = rgb.subarray(3 * p.pixel, 3 * p.pixel + 3) as unknown as [number, number, number]
  if (p.channels === 1) return r === g && g === b ? r : GREY[0] * r + GREY[1] * g + GREY[2] * b
  return [r, g, b][p.rules.channels === 'rgb' ? p.channel : 2 - p.channel] as number
}

function normalised(value: number, p: { channel: number; scale: number; rules: ImageRules }): number {
  const of = (values: readonly number[]) => (values.length === 1 ? values[0] : values[p.channel]) as number
  return (value * p.scale - of(p.rules.mean)) / of(p.rules.std)
}

function imageShape(
  { name, dtype, shape }: BundleTensor,
  rules: ImageRules,
): { channels: number; height: number; width: number } {
  const fail = (reason: string) => new InputError({ input: name, reason: `an image does not fit it: ${reason}` })
  if (dtype !== 'f32' && dtype !== 'u8') throw fail(`its elements are ${dtype}, neither f32 nor u8`)
  const dims = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape
  if (dims.length !== 3) throw fail(`its shape is [${shape.join(', ')}]`)
  const [a, b, c] = dims as [number, number, number]
  const [channels, height, width] = rules.layout === 'nchw' ? [a, b, c] : [c, a, b]
  if (channels !== 1 && channels !== 3)
    throw fail(`with --image-layout ${rules.layout} it has ${channels} channels, not 1 or 3`)
  for (const values of [rules.mean, rules.std])
    if (values.length !== 1 && values.length !== channels)
      throw fail(`${values.length} values of mean or std for ${channels} channels`)
  return { channels, height, width }
}

function decode(file: Uint8Array, input: string): Pixels {
  try {
    return startsWith(file, PNG_SIGNATURE) ? fromPng(file) : fromJpeg(file)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InputError({
      input,
      reason: `the image cannot be read: ${reason}`,
      suggestion: 'Give a PNG or JPEG file.',
      cause,
    })
  }
}

function fromPng(file: Uint8Array): Pixels {
  const header = new DataView(file.buffer, file.byteOffset, file.length)
  const [width, height] = [header.getUint32(16), header.getUint32(20)]
  if (width * height > MAX_PIXELS) throw new RangeError(`${width} × ${height} pixels are too many`)
  const { data, channels, depth, palette } = decodePng(file, { checkCrc: true })
  const samples = depth < 8 ? unpacked(data, { depth, width, height }) : data
  const rgb = new Float32Array(3 * width * height)
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) {
      // Grey has one channel, or two with alpha; alpha is not looked at.
      const sample = samples[i * channels + (channels < 3 ? 0 : c)] as number
      rgb[3 * i + c] = palette === undefined ? (sample * 255) / (2 ** depth - 1) : (palette[sample]?.[c] ?? 0)
    }
  }
  return { width, height, rgb }
}

/** Samples of 1, 2 or 4 bits, which come packed, the first in the high bits; each row begins a byte. */
function unpacked(data: ArrayLike<number>, p: { depth: number; width: number; height: number }): Uint8Array {
  const rowBytes = Math.ceil((p.width * p.depth) / 8)
  return Uint8Array.from({ length: p.width * p.height }, (_, i) => {
    const [row, bit] = [Math.floor(i / p.width), (i % p.width) * p.depth]
    const byte = data[row * rowBytes + (bit >> 3)] as number
    return (byte >> (8 - p.depth - (bit & 7))) & (2 ** p.depth - 1)
  })
}

function fromJpeg(file: Uint8Array): Pixels {
  const limits = { maxResolutionInMP: MAX_PIXELS / 1e6, maxMemoryUsageInMB: 2048 }
  const { width, height, data } = decodeJpeg(file, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    ...limits,
  })
  return { width, height, rgb: Float32Array.from(data) }
}

/** Bilinear interpolation between the centres of pixels. */
function resized(image: Pixels, p: { width: number; height: number }): Pixels {
  const rgb = new Float32Array(3 * p.width * p.height)
  const rows = sources(p.height, image.height)
  const columns = sources(p.width, image.width)
  let at = 0
  for (const y of rows)
    for (const x of columns)
      for (let c = 0; c < 3; c++) {
        const pixel = (row: number, column: number) => image.rgb[3 * (row * image.width + column) + c] as number
        const upper = pixel(y.low, x.low) * (1 - x.share) + pixel(y.low, x.high) * x.share
        const lower = pixel(y.high, x.low) * (1 - x.share) + pixel(y.high, x.high) * x.share
        rgb[at++] = upper * (1 - y.share) + lower * y.share
      }
  return { ...p, rgb }
}

function sources(count: number, from: number): { low: number; high: number; share: number }[] {
  return Array.from({ length: count }, (_, i) => {
    const place = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / count - 0.5))
    const low = Math.floor(place)
    return { low, high: Math.min(from - 1, low + 1), share: place - low }
  })
}

function startsWith(file: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => file[i] === byte)
}
