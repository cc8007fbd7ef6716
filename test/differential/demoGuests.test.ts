import { describe, expect, test } from 'vitest'
import { interpret, loadGuest } from './guestProgram.ts'

const wordsOf = (values: number[]) => new Uint8Array(Uint32Array.from(values).buffer)

describe('guest sum', () => {
  const image = loadGuest('guest/images/sum.elf')
  const sumOf = (input: Uint8Array) => interpret(image, input)

  test('default: adds bytes', () => {
    expect(sumOf(Uint8Array.of(1, 2, 255)).output).toEqual(wordsOf([258]))
    expect(sumOf(new Uint8Array(100_000).fill(200)).output).toEqual(wordsOf([20_000_000]))
  })

  test('edge: nothing to add', () => {
    expect(sumOf(new Uint8Array()).output).toEqual(wordsOf([0]))
  })
})

describe('guest decisionTree', () => {
  const image = loadGuest('guest/images/decisionTree.elf')
  const classOf = (features: number[]) => interpret(image, wordsOf(features))

  test.each([
    // Rows 1, 51 and 101 of Fisher's table, then the thresholds.
    { features: [510, 350, 140, 20], iris: 0 },
    { features: [700, 320, 470, 140], iris: 1 },
    { features: [630, 330, 600, 250], iris: 2 },
    { features: [0, 0, 245, 900], iris: 0 },
    { features: [0, 0, 246, 175], iris: 1 },
    { features: [0, 0, 495, 175], iris: 1 },
    { features: [0, 0, 496, 175], iris: 2 },
    { features: [0, 0, 300, 176], iris: 2 },
  ])('default: $features is class $iris', ({ features, iris }) => {
    expect(classOf(features).output).toEqual(wordsOf([iris]))
  })

  test('error: exit code 1 for an input that is not four words', () => {
    expect(classOf([1, 2, 3])).toMatchObject({ pc: 0xffffff00, exitCode: 1 })
  })
})
