import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readModel, writeBundleFolder } from '@opml/node'
import { importModel } from '../tensors/importModel.ts'
import { modelsFolder, shippedDigitFile } from './demoFiles.ts'
import { faultScenario } from './faultScenario.ts'
import type { Scenario } from './scenario.ts'
import type { Subject } from './stage.ts'

/** Stories about LeNet-5, imported from its ONNX file; names are stable. */
export const PROGRAM_SCENARIOS: readonly Scenario[] = [
  {
    ...faultScenario({ kind: 'weight' }, 'lenet-weight'),
    title: 'lying server of LeNet-5, imported from ONNX: a bit flipped in a weight',
  },
]

/** LeNet-5 as a bundle below `folder`, and a shipped digit as its input: greys from 0 to 1. */
export async function lenetSubject(folder: string, digit: number): Promise<Subject> {
  const values = { dims: new Map([['batch', 1]]), shapes: new Map(), bind: new Map() }
  const { bundle, sourceFolder } = await importModel(join(modelsFolder(), 'mnist-lenet-5.onnx'), values)
  const path = join(folder, 'lenet.opml')
  await writeBundleFolder(path, { bundle, sourceFolder, isForced: true })
  const pixels = new Uint8Array(await readFile(shippedDigitFile(digit)))
  const input = Float32Array.from(pixels, (grey) => grey / 255)
  return { model: await readModel(path), input: new Uint8Array(input.buffer) }
}
