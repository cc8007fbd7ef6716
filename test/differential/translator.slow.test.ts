import { expect, test } from 'vitest'
import { Interpreter } from '../../packages/opml/src/vm/interpreter.ts'
import { Translator } from '../../packages/opml/src/vm/translator/translator.ts'
import { imageOf } from './assembly.ts'
import { readRepositoryFile, runGuest } from './guestProgram.ts'
import { loadElf } from '../../packages/opml/src/vm/elf.ts'
import { runLockstep } from './lockstep.ts'
import { wildProgram } from './wildProgram.ts'

const NUM_PROGRAMS = 3000

test(`differential: ${NUM_PROGRAMS} random programs equal the interpreter`, () => {
  const first = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`Seeds from ${first} on; repeat with SEED=${first}.`)
  for (let i = 0; i < NUM_PROGRAMS; i++) {
    const seed = first + i
    const { image, registers } = wildProgram(seed)
    const expected = new Interpreter(image)
    const actual = new Translator(image, {
      hotThreshold: i % 4,
      interpretedSteps: 40 * (i % 3),
      quickSteps: 200 * (i % 5),
    })
    expected.registers.set(registers)
    actual.registers.set(registers)
    runLockstep({ expected, actual, seed, maxSteps: 10_000 })
  }
})

test('edge: more than 2^32 steps are counted exactly', () => {
  const machine = new Translator(
    imageOf([
      ['addi', { rd: 10, rs1: 10, imm: 1 }],
      ['jal', { imm: -4 }],
    ]),
  )
  const steps = 2 ** 32 + 2 ** 31 + 7
  expect(machine.run(steps)).toBe(steps)
  expect([machine.registers[0], machine.registers[10]]).toEqual([4, 2 ** 31 + 2 ** 30 + 4])
})

test.each(['mnist-int8', 'mnist-f32'])('differential: %s answers as in the interpreter, in as many steps', (name) => {
  const image = loadElf(readRepositoryFile(`models/${name}.elf`))
  for (let digit = 0; digit < 10; digit++) {
    const input = readRepositoryFile(`models/digits/${digit}.bin`)
    const expected = runGuest({ machine: new Interpreter(image), image, input })
    expect(runGuest({ machine: new Translator(image), image, input })).toEqual(expected)
    expect(
      runGuest({ machine: new Translator(image, { interpretedSteps: 0, quickSteps: 1000 }), image, input }),
    ).toEqual(expected)
    expect(expected.output[0]).toBe(digit)
  }
})
