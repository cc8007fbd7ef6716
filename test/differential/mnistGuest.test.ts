import { describe, expect, test } from 'vitest'
import { runMnistF32, runMnistInt8 } from '../../packages/opml/src/importers/index.ts'
import { imageOf, readMnist } from '../../scripts/train-mnist-data.ts'
import { interpret, loadGuest, readRepositoryFile } from './guestProgram.ts'
import { mnistF32, mnistInt8 } from './mnistModels.ts'
import { createWords } from './softfloatOperands.ts'

const f32Image = loadGuest('models/mnist-f32.elf')
const int8Image = loadGuest('models/mnist-int8.elf')
const digitOf = (digit: number) => readRepositoryFile(`models/digits/${digit}.bin`)

/** Each program's run on each committed digit, 0 to 9. */
const runsOf = (image: typeof f32Image) => Array.from({ length: 10 }, (_, digit) => interpret(image, digitOf(digit)))
const f32Runs = runsOf(f32Image)
const int8Runs = runsOf(int8Image)

describe.each([
  { name: 'f32', image: f32Image, runs: f32Runs, answer: (pixels: Uint8Array) => runMnistF32(mnistF32, pixels).output },
  {
    name: 'int8',
    image: int8Image,
    runs: int8Runs,
    answer: (pixels: Uint8Array) => runMnistInt8(mnistInt8, pixels).output,
  },
])('the $name guest', ({ image, runs, answer }) => {
  test('default: names the ten committed digits', () => {
    expect(runs.map((run) => run.output[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  test('differential: equals the reference on 20 test digits', () => {
    const set = readMnist('test')
    for (let i = 0; i < 20; i++)
      expect(interpret(image, imageOf(set, i)).output, `test digit ${i}`).toEqual(answer(imageOf(set, i)))
  })

  test('differential: equals the reference on images that are no digits', () => {
    const next = createWords(11)
    const noise = Uint8Array.from({ length: 784 }, () => next())
    for (const pixels of [noise, new Uint8Array(784), new Uint8Array(784).fill(255), new Uint8Array(784).fill(1)])
      expect(interpret(image, pixels).output).toEqual(answer(pixels))
  })

  test('error: exit code 1 for an input that is not 784 bytes long', () => {
    for (const length of [0, 1, 783, 785, 1020])
      expect(interpret(image, new Uint8Array(length))).toMatchObject({ pc: 0xffffff00, exitCode: 1 })
  })
})

describe('programs without a model', () => {
  test.each(['mnistF32', 'mnistInt8'])('error: %s.elf exits with 2', (name) => {
    expect(interpret(loadGuest(`guest/images/${name}.elf`), digitOf(3))).toMatchObject({ pc: 0xffffff00, exitCode: 2 })
  })
})

describe('step counts', () => {
  test('default: f32, ten digits, and an image without background', () => {
    expect(f32Runs.map((run) => run.steps)).toMatchInlineSnapshot(`
      [
        604017,
        296557,
        535006,
        646362,
        428000,
        560423,
        555823,
        421575,
        582869,
        448984,
      ]
    `)
    expect(interpret(f32Image, new Uint8Array(784).fill(17)).steps).toMatchInlineSnapshot(`2039372`)
  })

  test('default: 8-bit, ten digits', () => {
    expect(int8Runs.map((run) => run.steps)).toMatchInlineSnapshot(`
      [
        59574,
        59599,
        59554,
        59545,
        59560,
        59567,
        59561,
        59582,
        59581,
        59590,
      ]
    `)
  })
})
