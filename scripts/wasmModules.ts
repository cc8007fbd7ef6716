import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const COMPILE_FLAGS = [
  '--target=wasm32',
  '-std=c11',
  '-ffreestanding',
  '-fvisibility=hidden',
  '-msimd128',
  '-mbulk-memory',
  '-O3',
]
const WARNING_FLAGS = ['-Wall', '-Wextra', '-Werror']
const LINK_FLAGS = ['--no-entry', '--export-dynamic', '--strip-all']

/** Vector code is written by hand; clang 14's SLP pass does not end on kernels/math/math_scalar.c. */
const SCALAR_FLAGS = ['-fno-vectorize', '-fno-slp-vectorize']
/** For modules that compute in f32 (spec/01 §2): no fused multiply-add, square roots without errno. */
const FLOAT_FLAGS = ['-Ikernels/include', '-fwrapv', '-ffp-contract=off', '-fno-math-errno', ...SCALAR_FLAGS]

/** One memory for all threads, each with a stack of its own: engine/engineModule.ts. */
const ENGINE_LINK_FLAGS = [
  '--import-memory',
  '--shared-memory',
  '--max-memory=4294967296',
  '--export=__stack_pointer',
  '--export-table',
  '--growable-table',
]

const ENGINE_SOURCES = [
  ...readdirSync('kernels/engine')
    .filter((name) => name.endsWith('.c'))
    .sort()
    .map((name) => `kernels/engine/${name}`),
  'kernels/math/math_simd.c',
  'kernels/keccak/keccak.c',
]

/** One WebAssembly module: C sources, and the file for the built bytes: a `.wasm`, or TypeScript that holds them as base64. */
export interface WasmModule {
  readonly sources: readonly string[]
  readonly flags?: readonly string[]
  /** Options of the linker besides those of all modules. */
  readonly linkFlags?: readonly string[]
  /** Stack of the module, 4 KiB unless given. */
  readonly stackBytes?: number
  readonly output: string
  /** Name of the base64 constant; a module without one is written as it is. */
  readonly constant?: string
}

/** Sources of the guest image of programs, too. */
const PROGRAM_SOURCES = JSON.parse(readFileSync('kernels/programSources.json', 'utf8')) as readonly string[]

/** Every WebAssembly module that is built and committed. */
export const WASM_MODULES: readonly WasmModule[] = [
  {
    sources: ['kernels/keccak/keccak.c'],
    output: 'packages/opml/src/core/keccakWasm.gen.ts',
    constant: 'KECCAK_WASM_BASE64',
  },
  {
    sources: [
      'kernels/math/math_scalar.c',
      'kernels/math/math_simd.c',
      'kernels/math/math_wasm.c',
      'kernels/ops/f32.c',
    ],
    flags: FLOAT_FLAGS,
    output: 'kernels/math/math.wasm',
  },
  {
    sources: ['kernels/portable.c', ...PROGRAM_SOURCES],
    flags: FLOAT_FLAGS,
    stackBytes: 65536,
    output: 'packages/opml/src/engine/portableWasm.gen.ts',
    constant: 'PORTABLE_WASM_BASE64',
  },
  {
    sources: [...ENGINE_SOURCES, ...PROGRAM_SOURCES],
    flags: [...FLOAT_FLAGS, '-matomics', '-mmutable-globals'],
    linkFlags: ENGINE_LINK_FLAGS,
    stackBytes: 65536,
    output: 'packages/opml/src/engine/engineWasm.gen.ts',
    constant: 'ENGINE_WASM_BASE64',
  },
]

/** Compiles one of a module's sources, named relative to the repository `root`. */
export function compileWasm(module: WasmModule, p: { source: string; object: string; root: string }): void {
  const flags = [...COMPILE_FLAGS, ...WARNING_FLAGS, ...(module.flags ?? [])]
  execFileSync('clang-14', [...flags, '-c', p.source, '-o', p.object], { cwd: p.root, stdio: 'inherit' })
}

/** Links by hand, through a file in `folder`: the clang driver would run any `wasm-opt` it finds on PATH over the result. */
export function linkWasm(module: WasmModule, p: { objects: readonly string[]; folder: string }): Buffer {
  const linked = join(p.folder, 'module.wasm')
  const stack = ['-z', `stack-size=${module.stackBytes ?? 4096}`]
  execFileSync('wasm-ld-14', [...LINK_FLAGS, ...(module.linkFlags ?? []), ...stack, ...p.objects, '-o', linked], {
    stdio: 'inherit',
  })
  return readFileSync(linked)
}

/** What the module's file holds. */
export function generatedWasmFile({ sources, constant }: WasmModule, wasm: Buffer): Buffer {
  if (constant === undefined) return wasm
  const from = sources.join(', ')
  const lines = [
    `// Generated from ${from} by "npm run build:wasm". Do not edit.`,
    '',
    `/** The WebAssembly module built from \`${from}\`, ${wasm.length} bytes, as base64. */`,
    `export const ${constant} =`,
    `  '${wasm.toString('base64')}'`,
    '',
  ]
  return Buffer.from(lines.join('\n'))
}
