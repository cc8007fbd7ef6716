import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { PROGRAM_KERNEL_SOURCES } from '../guest/programs.ts'

/** Debian packages and the only versions whose output is committed (spec/04 §7). */
const TOOLCHAIN: Readonly<Record<string, string>> = { 'clang-14': '1:14.0.6-12', 'lld-14': '1:14.0.6-12' }

const COMPILE_FLAGS = [
  '--target=wasm32',
  '-std=c11',
  '-ffreestanding',
  '-fvisibility=hidden',
  '-msimd128',
  '-mbulk-memory',
  '-O3',
  '-fwrapv',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-Ikernels/include',
]
const WARNING_FLAGS = ['-Wall', '-Wextra', '-Werror']
const LINK_FLAGS = ['--no-entry', '--export-dynamic', '--strip-all']

/** One WebAssembly module: its C sources, and the TypeScript file that holds the built bytes as base64. */
interface WasmModule {
  readonly sources: readonly string[]
  readonly stackBytes: number
  readonly output: string
  readonly constant: string
}

const MODULES: readonly WasmModule[] = [
  {
    sources: ['kernels/keccak/keccak.c'],
    stackBytes: 4096,
    output: 'packages/opml/src/core/keccakWasm.gen.ts',
    constant: 'KECCAK_WASM_BASE64',
  },
  {
    sources: ['kernels/portable.c', ...PROGRAM_KERNEL_SOURCES],
    stackBytes: 65536,
    output: 'packages/opml/src/engine/portableWasm.gen.ts',
    constant: 'PORTABLE_WASM_BASE64',
  },
]

/** Stops the build with a message for the user and a non-zero exit. */
function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

function installedVersion(name: string): string {
  try {
    const query = ['-W', '-f=${Version}', name]
    return execFileSync('dpkg-query', query, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}

function checkToolchain(): void {
  for (const [name, wanted] of Object.entries(TOOLCHAIN)) {
    const found = installedVersion(name)
    if (found === wanted) continue
    const state = found === '' ? 'is not installed' : `is version ${found}`
    fail(
      `Debian package "${name}" ${state}; the committed WebAssembly modules are built with ${wanted}. ` +
        `Install it (Debian 12): apt-get install ${name}=${wanted}`,
    )
  }
}

/** Compiles and links by hand: the clang driver would run any `wasm-opt` it finds on PATH over the result. */
function buildModule(module: WasmModule, folder: string): Buffer {
  const linked = join(folder, 'module.wasm')
  const objects = module.sources.map((source) => {
    const object = join(folder, `${basename(source, '.c')}.o`)
    execFileSync('clang-14', [...COMPILE_FLAGS, ...WARNING_FLAGS, '-c', source, '-o', object], { stdio: 'inherit' })
    return object
  })
  const stack = ['-z', `stack-size=${module.stackBytes}`]
  execFileSync('wasm-ld-14', [...LINK_FLAGS, ...stack, ...objects, '-o', linked], { stdio: 'inherit' })
  return readFileSync(linked)
}

function generatedFile(module: WasmModule, wasm: Buffer): string {
  return [
    `// Generated from ${module.sources[0]} by "npm run build:wasm". Do not edit.`,
    '',
    `/** The WebAssembly module built from \`${module.sources[0]}\`, ${wasm.length} bytes, as base64. */`,
    `export const ${module.constant} =`,
    `  '${wasm.toString('base64')}'`,
    '',
  ].join('\n')
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Builds every module, or with `--check` compares the committed files byte for byte. Runs in the repository's root. */
function main(): void {
  checkToolchain()
  const isCheck = process.argv.includes('--check')
  const folder = mkdtempSync(join(tmpdir(), 'opml-wasm-'))
  try {
    for (const module of MODULES) {
      const content = generatedFile(module, buildModule(module, folder))
      if (!isCheck) writeFileSync(module.output, content)
      else if (readOrEmpty(module.output) !== content)
        fail(
          `${module.output} differs from what ${module.sources[0]} builds to. Run "npm run build:wasm" and commit the result.`,
        )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  process.stdout.write(`${MODULES.length} WebAssembly module(s) ${isCheck ? 'match their sources' : 'built'}.\n`)
}

main()
