import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OnnxFormatError, type OnnxTensor, readOnnxModel, readOnnxTensorFile } from 'opml/importers'

/** Where well-formed models lie: Debian's package libonnx-testdata, and those of the repository. */
const FOLDERS = ['/usr/share/libonnx-testdata/data', 'models']
const MAX_BYTES = 200_000

/** A well-formed model and the input values that its test binds. */
export interface SeedModel {
  readonly file: string
  readonly bytes: Uint8Array
  readonly inputs: ReadonlyMap<string, OnnxTensor>
}

/** Files of the seeds, sorted. @throws {Error} when the package is not installed. */
export function seedFiles(): string[] {
  const files = FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.onnx'))
      .map((name) => join(folder, name))
      .filter((file) => statSync(file).size <= MAX_BYTES),
  )
  if (files.length < 100) throw new Error('No seeds: run "apt-get install libonnx-testdata".')
  return files.sort()
}

/** Reads a seed; inputs of its first test set are there where the set has them. */
export function readSeed(file: string): SeedModel {
  const bytes = new Uint8Array(readFileSync(file))
  const { graph } = readOnnxModel(bytes)
  const initialized = new Set(graph.initializers.map(({ name }) => name))
  const inputs = new Map<string, OnnxTensor>()
  graph.inputs
    .filter(({ name, kind }) => kind === 'tensor' && !initialized.has(name))
    .forEach(({ name }, i) => {
      const data = join(dirname(file), 'test_data_set_0', `input_${i}.pb`)
      const tensor = existsSync(data) ? tensorIn(data) : undefined
      if (tensor !== undefined) inputs.set(name, tensor)
    })
  return { file, bytes, inputs }
}

/** A tensor of a test; undefined where the file holds something else. */
function tensorIn(file: string): OnnxTensor | undefined {
  try {
    return readOnnxTensorFile(new Uint8Array(readFileSync(file)))
  } catch (error) {
    if (error instanceof OnnxFormatError) return undefined
    throw error
  }
}
