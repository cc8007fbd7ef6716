import type { SeededRandom } from 'opml/core'
import { type Canvas, canvas } from './installPeers.ts'

/** A line of text and how it is drawn. */
export interface TextLine {
  readonly text: string
  readonly font: string
  /** Pixels. */
  readonly size: number
  /** Grey values. */
  readonly ink: number
  readonly paper: number
  /** Greatest grey value that is added to or taken from each pixel. */
  readonly noise: number
}

const FONTS = {
  Sans: 'dejavu/DejaVuSans.ttf',
  SansBold: 'dejavu/DejaVuSans-Bold.ttf',
  Serif: 'liberation/LiberationSerif-Regular.ttf',
  Mono: 'liberation/LiberationMono-Regular.ttf',
  Chinese: 'wqy/wqy-microhei.ttc',
}
const LATIN = ['Sans', 'SansBold', 'Serif', 'Mono'] as const
const WORDS =
  `The quick brown fox jumps over lazy dogs Contract Gas Block Merkle Proof Invoice Total Paris London Zurich March
  0x7f3A 2024 $19.99 No.42 (c) A/B +41 100%`.split(/\s+/)
const CHARACTERS = '今天气很好我们去公园散步合同编号发票金额北京上海广州大学图书馆人工智能区块链计算机科学'

/** A seeded line: words of Latin letters, digits and signs, or Chinese characters. */
export function randomLine(random: SeededRandom, noise: number): TextLine {
  const isChinese = random.chance(1, 3)
  const words = Array.from({ length: isChinese ? 4 + random.below(3) : 1 + random.below(2) }, () =>
    random.pick(isChinese ? Array.from(CHARACTERS) : WORDS),
  )
  return {
    text: words.join(isChinese ? '' : ' '),
    font: isChinese ? 'Chinese' : random.pick(LATIN),
    size: 22 + random.below(8),
    ink: random.below(90),
    paper: 170 + random.below(86),
    noise,
  }
}

let isReady = false

/** A canvas with the fonts registered. */
async function canvasWithFonts(): Promise<Canvas> {
  const peer = await canvas()
  for (const [family, path] of isReady ? [] : Object.entries(FONTS))
    if (!peer.GlobalFonts.registerFromPath(`/usr/share/fonts/truetype/${path}`, `test${family}`))
      throw new Error(`No font /usr/share/fonts/truetype/${path}: install ${path.split('/')[0]} of Debian's fonts.`)
  isReady = true
  return peer
}

/** A seeded number from −noise to noise. */
const grain = (random: SeededRandom, noise: number): number => (noise === 0 ? 0 : random.below(2 * noise + 1) - noise)

const limited = (pixel: number): number => Math.min(255, Math.max(0, pixel))

/**
 * The line as PP-OCR recognition takes it: [3, 48, width], from −1 to 1, zero behind the text's end.
 *
 * The fonts are Debian's fonts-dejavu-core, fonts-liberation and fonts-wqy-microhei.
 */
export async function renderedText(line: TextLine, width: number, random: SeededRandom): Promise<Float32Array> {
  const { createCanvas } = await canvasWithFonts()
  const context = createCanvas(width, HEIGHT).getContext('2d')
  context.font = `${line.size}px test${line.font}`
  const used = Math.min(width, Math.ceil(context.measureText(line.text).width) + 12)
  context.fillStyle = grey(line.paper)
  context.fillRect(0, 0, width, HEIGHT)
  context.fillStyle = grey(line.ink)
  context.textBaseline = 'middle'
  context.fillText(line.text, 6, HEIGHT / 2)
  const { data } = context.getImageData(0, 0, width, HEIGHT)
  const plane = HEIGHT * width
  const image = new Float32Array(3 * plane)
  for (let i = 0; i < plane; i++) {
    if (i % width >= used) continue
    const noise = grain(random, line.noise)
    for (let channel = 0; channel < 3; channel++)
      image[channel * plane + i] = limited((data[4 * i + channel] as number) + noise) / 127.5 - 1
  }
  return image
}

/**
 * A page of seeded lines as PP-OCR detection takes it: [3, size, size], less the mean and divided by the deviation of ImageNet's colours.
 *
 * Lines stand in rows of 40 pixels, each on a strip of its own paper; some rows stay empty.
 */
export async function renderedPage(size: number, p: { noise: number; random: SeededRandom }): Promise<Float32Array> {
  const { noise, random } = p
  const { createCanvas } = await canvasWithFonts()
  const context = createCanvas(size, size).getContext('2d')
  context.fillStyle = grey(170 + random.below(86))
  context.fillRect(0, 0, size, size)
  context.textBaseline = 'middle'
  for (let top = 0; top + ROW <= size; top += ROW) {
    if (random.chance(1, 4)) continue
    const line = randomLine(random, noise)
    const left = random.below(size >> 2)
    context.font = `${line.size}px test${line.font}`
    context.fillStyle = grey(line.paper)
    context.fillRect(left, top + 2, Math.ceil(context.measureText(line.text).width) + 12, ROW - 4)
    context.fillStyle = grey(line.ink)
    context.fillText(line.text, left + 6, top + ROW / 2)
  }
  const { data } = context.getImageData(0, 0, size, size)
  const plane = size * size
  const image = new Float32Array(3 * plane)
  for (let i = 0; i < plane; i++) {
    const own = grain(random, noise)
    for (let channel = 0; channel < 3; channel++) {
      const pixel = limited((data[4 * i + channel] as number) + own) / 255
      image[channel * plane + i] = (pixel - (MEANS[channel] as number)) / (DEVIATIONS[channel] as number)
    }
  }
  return image
}

const HEIGHT = 48
/** Pixels from line to line of a page. */
const ROW = 40
const MEANS = [0.485, 0.456, 0.406]
const DEVIATIONS = [0.229, 0.224, 0.225]
const grey = (value: number) => `rgb(${value}, ${value}, ${value})`
