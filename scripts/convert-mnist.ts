/**
 * Makes everything in models/ that follows from mnist-784-20-10.safetensors: the 8-bit state dict, both program images, the ONNX file, sample digits, and the
 * accuracies of both networks over the 10,000 test digits. Run: npm run convert:mnist [-- --check].
 *
 * With --check nothing is written; the exit code is 1 when a committed file differs from what would be written.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  convertMnistF32,
  convertMnistInt8,
  encodeMnistInt8StateDict,
  parseSafetensors,
  quantizeMnist,
  readMnistF32,
  readMnistInt8,
  runMnistF32,
  runMnistInt8,
} from 'opml/importers'
import type { MnistF32, MnistInt8 } from 'opml/importers'
import { mnistOnnx } from './mnist-onnx.ts'
import { imageOf, PIXELS, readMnist } from './train-mnist-data.ts'
import type { MnistSet } from './train-mnist-data.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const STATE_DICT = 'models/mnist-784-20-10.safetensors'
const NUM_CALIBRATION_IMAGES = 10_000

interface Networks {
  readonly f32: MnistF32
  readonly int8: MnistInt8
}

/** How many of the test digits each network names as their label says, and how many both name alike. */
function countCorrect({ f32, int8 }: Networks, test: MnistSet) {
  const counts = { testImages: test.count, f32Correct: 0, int8Correct: 0, sameDigit: 0 }
  for (let i = 0; i < test.count; i++) {
    const exact = runMnistF32(f32, imageOf(test, i)).digit
    const rounded = runMnistInt8(int8, imageOf(test, i)).digit
    if (exact === test.labels[i]) counts.f32Correct++
    if (rounded === test.labels[i]) counts.int8Correct++
    if (exact === rounded) counts.sameDigit++
  }
  return counts
}

/** For each digit 0 to 9, the first test image of it that both networks recognise. */
function chooseDigits({ f32, int8 }: Networks, test: MnistSet): Uint8Array[] {
  return Array.from({ length: 10 }, (_, digit) => {
    for (let i = 0; i < test.count; i++) {
      const image = imageOf(test, i)
      const isRecognised = runMnistF32(f32, image).digit === digit && runMnistInt8(int8, image).digit === digit
      if (test.labels[i] === digit && isRecognised) return image
    }
    throw new Error(`No test image of digit ${digit} is recognised by both networks. Train again.`)
  })
}

/** Every derived file by its path in the repository. */
function deriveFiles(): Map<string, Uint8Array> {
  const read = (path: string) => readFileSync(join(ROOT, path))
  const stateDict = read(STATE_DICT)
  const f32 = readMnistF32(parseSafetensors(stateDict))
  const calibration = readMnist('train').pixels.subarray(0, NUM_CALIBRATION_IMAGES * PIXELS)
  const int8StateDict = encodeMnistInt8StateDict(quantizeMnist(f32, calibration))
  const networks = { f32, int8: readMnistInt8(parseSafetensors(int8StateDict)) }
  const test = readMnist('test')
  const files = new Map<string, Uint8Array>([
    ['models/mnist-784-20-10-int8.safetensors', int8StateDict],
    ['models/mnist-784-20-10.onnx', mnistOnnx(stateDict)],
    ['models/mnist-f32.elf', convertMnistF32({ template: read('guest/images/mnistF32.elf'), stateDict })],
    [
      'models/mnist-int8.elf',
      convertMnistInt8({ template: read('guest/images/mnistInt8.elf'), stateDict: int8StateDict }),
    ],
    ['models/accuracy.json', Buffer.from(`${JSON.stringify(countCorrect(networks, test), null, 2)}\n`)],
  ])
  chooseDigits(networks, test).forEach((image, digit) => files.set(`models/digits/${digit}.bin`, image))
  return files
}

function main(): void {
  const isCheck = process.argv.includes('--check')
  for (const [path, bytes] of deriveFiles()) {
    const target = join(ROOT, path)
    if (existsSync(target) && readFileSync(target).equals(bytes)) continue
    if (isCheck) {
      console.error(`${path}: differs from its conversion. Run "npm run convert:mnist" and commit it.`)
      process.exitCode = 1
      continue
    }
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, bytes)
    console.log(`${path}: ${bytes.length} bytes`)
  }
}

main()
