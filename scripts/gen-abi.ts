import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { GeneratedFile } from './generated.ts'

interface AbiParameter {
  readonly name: string
  readonly type: string
  readonly indexed?: boolean
  readonly components?: readonly AbiParameter[]
}

interface AbiEntry {
  readonly type: string
  readonly name?: string
  readonly inputs?: readonly AbiParameter[]
  readonly outputs?: readonly AbiParameter[]
  readonly stateMutability?: string
}

/** Where the 20 bytes of a library's address go in creation code: source file → library → places. */
type LinkReferences = Readonly<
  Record<string, Readonly<Record<string, readonly { readonly start: number; readonly length: number }[]>>>
>

/** What this script reads of the JSON that forge writes for a contract. */
interface Artifact {
  readonly abi: readonly AbiEntry[]
  readonly bytecode: { readonly object: string; readonly linkReferences: LinkReferences }
}

interface Contract extends Artifact {
  readonly name: string
}

const SOURCE_FOLDER = 'contracts/src'
// Of a build of all sources at once: compiled in parts, the same contract can come out with its functions in another order.
const ARTIFACT_FOLDER = 'contracts/cache/release'
const TARGET_FOLDER = 'packages/opml/src/chain'

// One entry of an ABI on one line is easy to compare and to review; the formatter would make eight of it.
const HEADER = [
  '// biome-ignore-all format: generated, one entry a line',
  '// Generated from contracts/src by "npm run gen:abi". Do not edit.',
]

function solidityFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.sol'))
    .sort((a, b) => (a < b ? -1 : 1))
}

/** A file of free functions, structs and constants alone has no artifact. */
function hasContract(path: string): boolean {
  return /^(?:abstract contract|contract|library|interface) /m.test(readFileSync(path, 'utf8'))
}

/** The compiled contracts of every source file, in the order of their paths. */
function readContracts(root: string): Contract[] {
  return solidityFiles(join(root, SOURCE_FOLDER)).flatMap((path) => {
    const folder = join(root, ARTIFACT_FOLDER, basename(path))
    if (!hasContract(join(root, SOURCE_FOLDER, path))) return []
    if (!existsSync(folder)) throw new Error(`${folder} is missing. Run "npm run build:release -w contracts" first.`)
    const files = readdirSync(folder).sort((a, b) => (a < b ? -1 : 1))
    return files.map((file) => {
      const artifact = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Artifact
      return { name: basename(file, '.json'), abi: artifact.abi, bytecode: artifact.bytecode }
    })
  })
}

/** The parameter without what only the compiler needs (`internalType`). */
function compactParameter(parameter: AbiParameter): AbiParameter {
  const { name, type, indexed, components } = parameter
  return {
    name,
    type,
    ...(indexed === undefined ? {} : { indexed }),
    ...(components === undefined ? {} : { components: components.map(compactParameter) }),
  }
}

function compactEntry(entry: AbiEntry): string {
  const { type, name, inputs, outputs, stateMutability } = entry
  return JSON.stringify({
    type,
    ...(name === undefined ? {} : { name }),
    ...(inputs === undefined ? {} : { inputs: inputs.map(compactParameter) }),
    ...(outputs === undefined ? {} : { outputs: outputs.map(compactParameter) }),
    ...(stateMutability === undefined ? {} : { stateMutability }),
  })
}

function abiSource(constant: string, comment: string, entries: readonly string[]): string {
  const lines = entries.map((entry) => `  ${entry},`)
  return [...HEADER, '', `/** ${comment} */`, `export const ${constant} = [`, ...lines, '] as const', ''].join('\n')
}

function linkLines(contract: Contract, variable: string): string[] {
  const libraries = Object.values(contract.bytecode.linkReferences).flatMap((file) => Object.entries(file))
  if (libraries.length === 0) return []
  const lines = libraries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([library, places]) => `  { library: '${library}', offsetBytes: [${places.map((place) => place.start)}] },`)
  return [
    '',
    `/** Libraries to link: their 20-byte addresses replace the zeros at these places of the creation code. */`,
    `export const ${variable}Links = [`,
    ...lines,
    '] as const',
  ]
}

function bytecodeSource(contract: Contract, variable: string): string {
  const code = contract.bytecode.object.replaceAll(/__\$[0-9a-f]{34}\$__/g, '0'.repeat(40))
  return [
    ...HEADER,
    '',
    `/** Creation code of \`${contract.name}\`, ${code.length / 2 - 1} bytes; constructor arguments follow it. */`,
    `export const ${variable}Bytecode =`,
    `  '${code}'`,
    ...linkLines(contract, variable),
    '',
  ].join('\n')
}

/** Contracts with code and functions of their own, and the libraries that must be deployed for them. */
function deployedContracts(contracts: readonly Contract[]): Contract[] {
  const linked = new Set(
    contracts.flatMap((contract) =>
      Object.values(contract.bytecode.linkReferences).flatMap((file) => Object.keys(file)),
    ),
  )
  return contracts.filter(
    ({ name, abi, bytecode }) =>
      bytecode.object !== '0x' && (linked.has(name) || abi.some((entry) => entry.type === 'function')),
  )
}

/** The custom errors of all contracts, each once, by name and then by parameters. */
function allErrors(contracts: readonly Contract[]): string[] {
  const errors = contracts.flatMap((contract) => contract.abi.filter((entry) => entry.type === 'error'))
  return [...new Set(errors.map(compactEntry))].sort((a, b) => (a < b ? -1 : 1))
}

/**
 * The typed ABIs and creation codes of every deployed contract, and one ABI of all custom errors: a revert may come
 * from a contract behind the one that was called.
 *
 * @param root - the repository; its contracts are built by `npm run build:release -w contracts`.
 * @throws {Error} an artifact is missing.
 */
export function generateAbis(root: string): GeneratedFile[] {
  const contracts = readContracts(root)
  const files = deployedContracts(contracts).flatMap((contract) => {
    const variable = contract.name.charAt(0).toLowerCase() + contract.name.slice(1)
    const abi = abiSource(`${variable}Abi`, `ABI of \`${contract.name}\`.`, contract.abi.map(compactEntry))
    return [
      { path: `${TARGET_FOLDER}/abi/${variable}.gen.ts`, content: abi },
      { path: `${TARGET_FOLDER}/bytecode/${variable}.gen.ts`, content: bytecodeSource(contract, variable) },
    ]
  })
  const comment = 'Custom errors of all contracts, to decode a revert wherever it comes from.'
  const errors = abiSource('contractErrorsAbi', comment, allErrors(contracts))
  return [...files, { path: `${TARGET_FOLDER}/abi/contractErrors.gen.ts`, content: errors }]
}

function readOrEmpty(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function writeFile(file: GeneratedFile): void {
  mkdirSync(dirname(file.path), { recursive: true })
  writeFileSync(file.path, file.content)
}

/** Generated files that no contract stands behind any more. */
function staleFiles(files: readonly GeneratedFile[]): string[] {
  const wanted = new Set(files.map((file) => file.path))
  return ['abi', 'bytecode'].flatMap((folder) => {
    const path = `${TARGET_FOLDER}/${folder}`
    const present = existsSync(path) ? readdirSync(path).map((file) => `${path}/${file}`) : []
    return present.filter((file) => file.endsWith('.gen.ts') && !wanted.has(file))
  })
}

/** Writes the files, or with `--check` compares them. Runs in the repository's root. */
function main(args: readonly string[]): number {
  const files = generateAbis('.')
  const lagging = files.filter((file) => readOrEmpty(file.path) !== file.content)
  const stale = staleFiles(files)
  if (args.includes('--check')) {
    for (const path of [...lagging.map((file) => file.path), ...stale])
      process.stderr.write(`${path} is out of date.\n`)
    if (lagging.length + stale.length > 0) process.stderr.write('Run "npm run gen:abi" and commit the result.\n')
    return lagging.length + stale.length > 0 ? 1 : 0
  }
  for (const file of lagging) writeFile(file)
  for (const path of stale) process.stderr.write(`${path} belongs to no contract any more: delete it.\n`)
  process.stdout.write(`${files.length} files, ${lagging.length} written.\n`)
  return 0
}

const script = process.argv[1]
if (script !== undefined && import.meta.url === pathToFileURL(script).href)
  process.exitCode = main(process.argv.slice(2))
