import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileWasm, generatedWasmFile, linkWasm, WASM_MODULES, type WasmModule } from './wasmModules.ts'

/** Debian packages and the only versions whose output is committed (spec/04 §7). */
const TOOLCHAIN: Readonly<Record<string, string>> = { 'clang-14': '1:14.0.6-12', 'lld-14': '1:14.0.6-12' }

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

function buildModule(module: WasmModule, folder: string): Buffer {
  const objects = module.sources.map((source, i) => {
    const object = join(folder, `module${i}.o`)
    compileWasm(module, { source, object, root: '.' })
    return object
  })
  return linkWasm(module, { objects, folder })
}

function readOrEmpty(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}

/** Builds every module, or with `--check` compares the committed files byte for byte. Runs in the repository's root. */
function main(): void {
  checkToolchain()
  const isCheck = process.argv.includes('--check')
  const folder = mkdtempSync(join(tmpdir(), 'opml-wasm-'))
  try {
    for (const module of WASM_MODULES) {
      const content = generatedWasmFile(module, buildModule(module, folder))
      if (!isCheck) writeFileSync(module.output, content)
      else if (!readOrEmpty(module.output).equals(content))
        fail(
          `${module.output} differs from what ${module.sources.join(', ')} build to. Run "npm run build:wasm" and commit the result.`,
        )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  process.stdout.write(`${WASM_MODULES.length} WebAssembly module(s) ${isCheck ? 'match their sources' : 'built'}.\n`)
}

main()
