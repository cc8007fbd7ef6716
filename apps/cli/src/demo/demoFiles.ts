import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FileAccessError } from '@opml/node'

/** Models that the repository carries. */
export const SHIPPED_MODELS = { f32: 'mnist-f32.elf', int8: 'mnist-int8.elf' } as const

/** Name of a shipped model. */
export type ShippedModel = keyof typeof SHIPPED_MODELS

/** The repository's `models` folder, looked for from this file upward. @throws {FileAccessError} */
export function modelsFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const models = join(folder, 'models')
    if (existsSync(join(models, SHIPPED_MODELS.int8))) return models
    if (dirname(folder) === folder) throw new FileAccessError({ path: 'models', purpose: 'the shipped models' })
  }
}

/** Path of a shipped model's program image. */
export function shippedModelFile(name: ShippedModel): string {
  return join(modelsFolder(), SHIPPED_MODELS[name])
}

/** Path of a shipped digit, 0 to 9. */
export function shippedDigitFile(digit: number): string {
  return join(modelsFolder(), 'digits', `${digit}.bin`)
}
