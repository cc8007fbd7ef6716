import { ENGINE_WASM_BASE64 } from './engineWasm.gen.ts'

/** Exports of the module built from kernels/engine. Addresses are bytes of the memory. */
export interface EngineExports {
  /** Top of this thread's stack; set before the first call. */
  readonly __stack_pointer: WebAssembly.Global
  /** Kernels, and behind them what `compileStrips` puts there. */
  readonly __indirect_function_table: WebAssembly.Table
  heap_base(): number
  engine_size(what: 0 | 1 | 2 | 3 | 4): number
  engine_prepare(command: number): number
  engine_pack(command: number): void
  engine_make_stages(plan: number, isSingle: number): number
  engine_is_shared(plan: number): number
  engine_run_alone(plan: number, first: number, last: number, scratch: number): void
  engine_open(plan: number, first: number): void
  engine_run(plan: number, first: number, last: number, canBlock: number, scratch: number): void
  engine_close(plan: number): void
  engine_trace_size(what: 0 | 1): number
  engine_trace_bytes(numBytes: number, hasPrevious: 0 | 1): number
  engine_make_trace(plan: number, trace: number): void
  engine_begin_trace(plan: number, trace: number, isIncremental: 0 | 1): void
}

const HEADER_BYTES = 8
const IMPORT_SECTION = 2
const SHARED_WITH_MAXIMUM = 3
const UNSHARED_WITH_MAXIMUM = 1

const modules = new Map<boolean, WebAssembly.Module>()

/**
 * The compiled engine for a memory that is shared or not. It is one build: atomic instructions work on both kinds of memory, only
 * the declaration of the imported memory differs, one byte.
 */
export function engineModule(isShared: boolean): WebAssembly.Module {
  let module = modules.get(isShared)
  if (module === undefined) {
    const bytes = Uint8Array.from(atob(ENGINE_WASM_BASE64), (char) => char.charCodeAt(0))
    if (!isShared) bytes[limitsByte(bytes)] = UNSHARED_WITH_MAXIMUM
    module = new WebAssembly.Module(bytes)
    modules.set(isShared, module)
  }
  return module
}

/** Where the module says what memory it imports: its only import, env.memory. */
function limitsByte(bytes: Uint8Array): number {
  let at = HEADER_BYTES
  const leb = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
  for (;;) {
    const section = bytes[at++]
    const length = leb()
    if (section === IMPORT_SECTION) break
    at += length
  }
  leb() // number of imports
  for (const _ of ['module', 'field']) {
    const length = leb()
    at += length
  }
  at += 1 // kind
  if (bytes[at] !== SHARED_WITH_MAXIMUM) throw new TypeError('The engine was built with another kind of memory.')
  return at
}

/** An instance for one thread. */
export function engineInstance(module: WebAssembly.Module, memory: WebAssembly.Memory): EngineExports {
  // SAFETY: the module is the one generated from kernels/engine, whose exports the interface lists.
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as EngineExports
}
