import type { FaultSite } from './faultSites.ts'

/** Comparisons of kernelChecks.ts, and the output of `WASM_MODULES` that they compare. They take seconds where tests take a minute. */
export interface KernelCheck {
  readonly kind: 'portable' | 'engine' | 'math'
  readonly module: string
}

/** What is built of a faulty kernel, and the tests that are meant to see it: the first run that is red ends the search. */
export interface FaultGroup {
  /** What is compared first; the rest is built and tested only where that sees nothing. */
  readonly checks: readonly KernelCheck[]
  /** Outputs of `WASM_MODULES` and names of `GUEST_PROGRAMS`. */
  readonly builds: readonly string[]
  /** Arguments of vitest, one run each. */
  readonly tests: readonly (readonly string[])[]
}

const PORTABLE = 'packages/opml/src/engine/portableWasm.gen.ts'
const ENGINE = 'packages/opml/src/engine/engineWasm.gen.ts'
const MATH = 'kernels/math/math.wasm'
const KECCAK = 'packages/opml/src/core/keccakWasm.gen.ts'

const PORTABLE_CHECK: KernelCheck = { kind: 'portable', module: PORTABLE }
const MATH_CHECK: KernelCheck = { kind: 'math', module: MATH }
const ENGINE_CHECK: KernelCheck = { kind: 'engine', module: ENGINE }

const OPERATORS = 'test/differential/operators.test.ts'
/** Programs that hold the engine against the portable kernels, besides those of kernelChecks.ts. */
const ENGINE_TESTS = ['test/differential/engine.test.ts', 'packages/opml/src/engine']
const PROGRAMS = ['stripCode', 'quantisedPrograms', 'fusion'].map((name) => `test/differential/${name}.test.ts`)
/** Hashes of outputs where they lie, and whatever else is tested beside the engine. */
const ENGINE_TRACE = 'packages/opml/src/engine/engineTrace.test.ts'
const BESIDE_ENGINE = 'packages/opml/src/engine'
const NUMERICS = 'test/differential/numerics.test.ts'
const MNIST = ['test/differential/kernels.test.ts', 'test/differential/mnistGuest.test.ts']

/** Operators' names by the kernels that they share. */
const SHARED: Readonly<Record<string, string>> = {
  convolution: 'Conv',
  integer_dot: 'Integer',
  micro_ops: 'Map',
  depthwise: 'Conv ',
  depthwise_integer: 'ConvInteger ',
  gemm: 'MatMul',
  winograd_integer: 'ConvInteger ',
  reduce_integer: 'Reduce ',
  gather_table: 'Gather ',
  strip: 'Map ',
  strip_math: 'Map ',
  strip_memory: 'Map ',
  strip_ops: 'Map ',
  order: 'Sort',
  scatter_reduce: 'Scatter',
  softmax_block: 'Softmax',
  gather_nd: 'GatherND',
  scatter_nd: 'ScatterND',
  block: '',
  f32: '',
  f32_guest: '',
  numerics: '',
  program: '',
  movement: '',
  rows: 'Softmax ',
}

/** How titles of an operator's tests begin: `kernels/ops/mat_mul.c` is `MatMul`'s. */
function operatorTitle(file: string): string {
  const name = file.replace(/^.*\/(\w+)\.\w+$/, '$1')
  const pascal = name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
  return SHARED[name] ?? `${pascal} `
}

function operatorTests(file: string): string[][] {
  const title = operatorTitle(file)
  return title === '' ? [[OPERATORS]] : [[OPERATORS, '-t', `^${title}`], [OPERATORS]]
}

/** Titles of the comparisons that most likely see a fault of a file: those of its operator, and the engine's of odd shapes. */
export function likelyTitles(file: string): string[] {
  if (file.startsWith('kernels/math/')) return [': ']
  const title = operatorTitle(file)
  if (file.startsWith('kernels/engine/strip')) return ['compiled: false, differential: Map', `: ${title}`]
  return file.startsWith('kernels/engine/') ? [`: ${title}`, 'shapes that', `'${title.trim()}'`] : [`: ${title}`]
}

/** Files of the machine programs of MNIST, which no tensor program uses. */
const MACHINE_KERNELS = /\/(argmax|dense_f32|dense_i8|relu|requantize|softmax|activations|dense|exp_table)\.[ch]$/

/** Which builds and tests see a change of a file of `kernels/`. */
export function faultGroup({ file }: Pick<FaultSite, 'file'>): FaultGroup {
  if (file.startsWith('kernels/keccak/'))
    return { checks: [], builds: [KECCAK], tests: [['packages/opml/src/core/keccak', 'packages/opml/src/core/merkle']] }
  if (file === 'kernels/engine/trace.c')
    return { checks: [], builds: [ENGINE], tests: [[ENGINE_TRACE], [BESIDE_ENGINE]] }
  if (file.startsWith('kernels/engine/'))
    return { checks: [ENGINE_CHECK], builds: [ENGINE], tests: [PROGRAMS, [BESIDE_ENGINE]] }
  if (file.startsWith('kernels/math/')) return { checks: [MATH_CHECK], builds: [MATH], tests: [[NUMERICS]] }
  if (file === 'kernels/include/f32_guest.h')
    return { checks: [], builds: ['numerics', 'program1'], tests: [[NUMERICS, '-t', "'guest'"], [OPERATORS]] }
  if (MACHINE_KERNELS.test(file)) return { checks: [], builds: ['kernels', 'mnistF32', 'mnistInt8'], tests: [MNIST] }
  if (/\/(f32|numerics)\.[ch]$/.test(file)) {
    const tests = [MNIST, [NUMERICS], [OPERATORS]]
    return { checks: [PORTABLE_CHECK, MATH_CHECK], builds: [MATH, PORTABLE, 'numerics', 'program1', 'kernels'], tests }
  }
  return { checks: [PORTABLE_CHECK], builds: [PORTABLE], tests: [PROGRAMS, ENGINE_TESTS] }
}

/**
 * The same change in the guest image alone; undefined where no guest has the kernel, or where the change is not one of a whole kernel's
 * result: the guest is built of the same sources, so that one fault a kernel shows that its image is looked at.
 */
export function guestFaultGroup({ file, rule }: Pick<FaultSite, 'file' | 'rule'>): FaultGroup | undefined {
  if (rule !== 'result') return undefined
  if (file.startsWith('kernels/ops/')) return { checks: [], builds: ['program1'], tests: operatorTests(file) }
  if (file === 'kernels/math/math_scalar.c') return { checks: [], builds: ['numerics'], tests: [[NUMERICS]] }
  return undefined
}
