import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { generateCliDocs } from './gen-cli-docs.ts'
import { generateDelayDoc } from './dispute/gen-delay-doc.ts'
import { generateGameVectors } from './dispute/gen-game-vectors.ts'
import type { GeneratedFile, Generator } from './generated.ts'
import { generateGraphVectors } from './graph/vectors.ts'
import { generateIsaDocs } from './isa/gen-isa-docs.ts'
import { generateIsaVectors } from './isa/gen-isa-vectors.ts'
import { generateCoefficients } from './math/gen-coefficients.ts'
import { generateNumericsVectors } from './math/gen-numerics-vectors.ts'
import { generateMerkleVectors } from './merkle/vectors.ts'
import { generateNodeHeader } from './program/gen-node-header.ts'
import { generateInterpreterModule } from './vm/gen-interpreter-module.ts'
import { generateOnnxDocs } from './program/gen-onnx-docs.ts'
import { generateOperatorDocs } from './program/gen-operator-docs.ts'
import { generateProgramVectors } from './program/vectors.ts'

/** Every generator of the repository. A new one exports a {@link Generator} and adds its line here. */
const GENERATORS: readonly Generator[] = [
  generateIsaVectors,
  generateIsaDocs,
  generateInterpreterModule,
  generateMerkleVectors,
  generateGameVectors,
  generateDelayDoc,
  generateCliDocs,
  generateNodeHeader,
  generateProgramVectors,
  generateOperatorDocs,
  generateOnnxDocs,
  generateGraphVectors,
  generateCoefficients,
  generateNumericsVectors,
]

function isCurrent(file: GeneratedFile): boolean {
  try {
    return readFileSync(file.path, 'utf8') === file.content
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

function write(file: GeneratedFile): void {
  mkdirSync(dirname(file.path), { recursive: true })
  writeFileSync(file.path, file.content)
}

/** Run from the root of the repository: writes the generated files, or with `--check` fails when one lags behind its source. */
async function main(isCheck: boolean): Promise<void> {
  const files = (await Promise.all(GENERATORS.map(async (generate) => await generate()))).flat()
  const stale = files.filter((file) => !isCurrent(file))
  if (!isCheck) for (const file of stale) write(file)
  for (const file of stale) console.log(`${isCheck ? 'stale' : 'written'}: ${file.path}`)
  console.log(`${files.length} generated files, ${stale.length} ${isCheck ? 'stale' : 'written'}.`)
  if (isCheck && stale.length > 0) {
    console.error('Run "npm run gen" and commit what it writes.')
    process.exitCode = 1
  }
}

await main(process.argv.includes('--check'))
