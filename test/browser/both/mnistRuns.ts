import * as core from 'opml/core'
import * as vm from 'opml/vm'
import { type DigitRun, digitRun } from './digitRun.ts'
import type { ReadFile } from './readFile.ts'

/** The runs of a program of models/ on the ten committed digits, 0 to 9, each in a fresh machine. */
export async function mnistRuns(
  read: ReadFile,
  program: 'mnist-f32' | 'mnist-int8',
  executor: 'Interpreter' | 'Translator',
): Promise<DigitRun[]> {
  const image = vm.loadElf(await read(`models/${program}.elf`))
  const runs: DigitRun[] = []
  for (let digit = 0; digit < 10; digit++) {
    const machine = executor === 'Interpreter' ? new vm.Interpreter(image) : new vm.Translator(image)
    runs.push(digitRun({ core, vm }, { image, machine, input: await read(`models/digits/${digit}.bin`) }))
  }
  return runs
}
