import { expect, test } from 'vitest'
import { Interpreter } from '../../packages/opml/src/vm/interpreter.ts'
import { Translator } from '../../packages/opml/src/vm/translator/translator.ts'
import { assemble } from '../../scripts/isa/assembler.ts'
import { runLockstep } from './lockstep.ts'
import { randomData, randomProgram } from './randomProgram.ts'
import { wildProgram } from './wildProgram.ts'

const CODE_ADDRESS = 0x1000
const DATA_ADDRESS = 0x100000

/** A program of randomProgram() with an exit behind it. */
function tameImage(seed: number) {
  const exit = [assemble('addi', { rd: 17, rs1: 0, imm: 93 }), assemble('ecall')]
  const words = [...randomProgram(seed, { address: CODE_ADDRESS, dataAddress: DATA_ADDRESS }), ...exit]
  const bytes = new Uint8Array(4 * words.length)
  words.forEach((word, i) => new DataView(bytes.buffer).setUint32(4 * i, word, true))
  const segments = [
    { address: CODE_ADDRESS, bytes },
    { address: DATA_ADDRESS, bytes: randomData(seed) },
  ]
  return { segments, entry: CODE_ADDRESS, codeEnd: Math.ceil((CODE_ADDRESS + bytes.length) / 128) * 128 }
}

/** Fixed, so that a failure repeats; the slow test draws others. */
const NUM_WILD = 150
const NUM_TAME = 60

test(`differential: ${NUM_WILD} programs that trap, loop and jump anywhere, stopped at random, equal the interpreter`, () => {
  let numSteps = 0
  for (let seed = 1; seed <= NUM_WILD; seed++) {
    const { image, registers } = wildProgram(seed)
    const expected = new Interpreter(image)
    const actual = new Translator(image, {
      hotThreshold: seed % 3,
      interpretedSteps: 40 * (seed % 5),
      quickSteps: 300 * (seed % 4),
    })
    expected.registers.set(registers)
    actual.registers.set(registers)
    numSteps += runLockstep({ expected, actual, seed, maxSteps: 20_000 })
  }
  expect(numSteps).toBeGreaterThan(100_000)
})

test(`differential: ${NUM_TAME} programs that end by themselves, stopped at random, equal the interpreter`, () => {
  for (let seed = 1; seed <= NUM_TAME; seed++) {
    const image = tameImage(seed)
    const expected = new Interpreter(image)
    const actual = new Translator(image, {
      hotThreshold: seed % 3,
      interpretedSteps: 40 * (seed % 5),
      quickSteps: 300 * (seed % 4),
    })
    runLockstep({ expected, actual, seed, maxSteps: 1_000_000 })
    expect(actual.registers[0]).toBe(0xffffff00)
  }
})
