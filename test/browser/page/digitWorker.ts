import { digitRun } from '../both/digitRun.ts'
import { readFile } from './host.ts'

/** What the page asks: a program of models/ on a committed digit. */
interface DigitRequest {
  readonly program: string
  readonly digit: number
}

async function answer({ program, digit }: DigitRequest): Promise<void> {
  // By their addresses: workers know no import maps, and these two import nothing but their own files.
  const core = (await import(`${location.origin}/packages/opml/dist/core/index.js`)) as typeof import('opml/core')
  const vm = (await import(`${location.origin}/packages/opml/dist/vm/index.js`)) as typeof import('opml/vm')
  const image = vm.loadElf(await readFile(`models/${program}.elf`))
  const input = await readFile(`models/digits/${digit}.bin`)
  postMessage(digitRun({ core, vm }, { image, machine: new vm.Translator(image), input }))
}

// reportError() makes it an `error` event of the page's Worker.
addEventListener('message', ({ data }: MessageEvent<DigitRequest>) => void answer(data).catch(reportError))
