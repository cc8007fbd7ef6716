import type { DigitRun } from './both/digitRun.ts'
import { mnistRuns } from './both/mnistRuns.ts'
import { inNode, readFile } from './page/host.ts'
import { describe, expect, test } from './page/testApi.ts'

describe.each(['mnist-f32', 'mnist-int8'] as const)('models/%s.elf on ten digits', (program) => {
  test.each(['Interpreter', 'Translator'] as const)(
    'differential: the %s ends in the states that Node’s interpreter ends in',
    async (executor) => {
      const expected = await inNode(mnistRuns, program, 'Interpreter')
      expect(await mnistRuns(readFile, program, executor)).toEqual(expected)
      // The first byte of the output is the digit.
      expect(expected.map(({ output }) => Number.parseInt(output.slice(2, 4), 16))).toEqual([
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
      ])
    },
  )

  test('differential: so does the translator in a module worker, where no import map applies', async () => {
    const worker = new Worker(new URL('./page/digitWorker.js', import.meta.url), { type: 'module' })
    try {
      const run = await new Promise<DigitRun>((resolve, reject) => {
        worker.addEventListener('message', ({ data }: MessageEvent<DigitRun>) => resolve(data))
        worker.addEventListener('error', ({ message }) => reject(new Error(`The worker failed: ${message}`)))
        worker.postMessage({ program, digit: 7 })
      })
      expect(run).toEqual((await inNode(mnistRuns, program, 'Interpreter'))[7])
    } finally {
      worker.terminate()
    }
  })
})
