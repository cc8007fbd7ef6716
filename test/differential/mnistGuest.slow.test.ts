import { describe, expect, test } from 'vitest'
import { runMnistF32, runMnistInt8 } from '../../packages/opml/src/importers/index.ts'
import { Translator } from '../../packages/opml/src/vm/translator/translator.ts'
import { imageOf, readMnist } from '../../scripts/train-mnist-data.ts'
import { loadGuest, readRepositoryFile, runGuest } from './guestProgram.ts'
import { mnistF32, mnistInt8 } from './mnistModels.ts'

const NUM_DIGITS = 2_000
const test10k = readMnist('test')

describe.each([
  { name: 'f32', path: 'models/mnist-f32.elf', answer: (pixels: Uint8Array) => runMnistF32(mnistF32, pixels).output },
  {
    name: 'int8',
    path: 'models/mnist-int8.elf',
    answer: (pixels: Uint8Array) => runMnistInt8(mnistInt8, pixels).output,
  },
])('the $name guest', ({ path, answer }) => {
  test(`differential: equals the reference on ${NUM_DIGITS} test digits`, () => {
    const image = loadGuest(path)
    const machine = new Translator(image)
    for (let i = 0; i < NUM_DIGITS; i++) {
      const run = runGuest({ machine, image, input: imageOf(test10k, i) })
      expect(Buffer.from(run.output).equals(answer(imageOf(test10k, i))), `test digit ${i}`).toBe(true)
    }
  })
})

test('default: the committed accuracies are those of the reference over all 10,000 test digits', () => {
  const counts = { testImages: test10k.count, f32Correct: 0, int8Correct: 0, sameDigit: 0 }
  for (let i = 0; i < test10k.count; i++) {
    const [f32, int8] = [
      runMnistF32(mnistF32, imageOf(test10k, i)).digit,
      runMnistInt8(mnistInt8, imageOf(test10k, i)).digit,
    ]
    counts.f32Correct += Number(f32 === test10k.labels[i])
    counts.int8Correct += Number(int8 === test10k.labels[i])
    counts.sameDigit += Number(f32 === int8)
  }
  expect(counts).toEqual(JSON.parse(new TextDecoder().decode(readRepositoryFile('models/accuracy.json'))))
  expect(counts.f32Correct).toBeGreaterThanOrEqual(9300)
})
