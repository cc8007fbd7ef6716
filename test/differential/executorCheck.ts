import { Interpreter } from '../../packages/opml/src/vm/interpreter.ts'
import { Translator } from '../../packages/opml/src/vm/translator/translator.ts'
import type { Line, Start } from './assembly.ts'
import { runLockstep } from './lockstep.ts'

/** Runs both executors in lockstep, compiling at once and later, and returns the last machine in its final state. */
export function checkLockstep(image: Start, maxSteps = 100_000, seeds = 6): Translator {
  for (let seed = 1; ; seed++) {
    const options = {
      hotThreshold: seed % 3,
      interpretedSteps: 40 * (seed % 5),
      quickSteps: 300 * (seed % 4),
      isMemoryShared: seed > 1,
    }
    const actual = new Translator(image, options)
    runLockstep({ expected: new Interpreter(image), actual, seed, maxSteps })
    if (seed === seeds) return actual
  }
}

/** `body` 100 times, x5 counting down; x6 counts the rounds. x7, x8 and x9 are free for `before`. */
export function loopOf(before: readonly Line[], body: readonly Line[]): Line[] {
  return [
    ...before,
    ['addi', { rd: 5, imm: 100 }],
    'loop',
    ['addi', { rd: 6, rs1: 6, imm: 1 }],
    ...body,
    ['addi', { rd: 5, rs1: 5, imm: -1 }],
    ['bne', { rs1: 5 }, 'loop'],
    ['addi', { rd: 17, imm: 93 }],
    ['ecall', {}],
  ]
}
