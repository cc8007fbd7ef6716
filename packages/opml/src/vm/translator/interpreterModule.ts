import { INTERPRETER_MODULE, MEMORY_KIND_AT } from './interpreterModule.gen.ts'
import { Lazy } from './lazy.ts'

/** Executes instructions one by one on the state in memory and returns what is left of `budget`. @see encodeInterpreterModule */
export type Interpret = (budget: number, codeEnd: number, fetchEnd: number, threshold: number) => number

/** The two variants differ in the byte that says whether the memory that they import is a shared one. */
function compile(isShared: boolean): WebAssembly.Module {
  const bytes = Uint8Array.from(INTERPRETER_MODULE)
  bytes[MEMORY_KIND_AT] = isShared ? 3 : 1
  return new WebAssembly.Module(bytes)
}

const sharedModule = new Lazy(() => compile(true))
const unsharedModule = new Lazy(() => compile(false))

/** The interpreter of a machine, on its memory. */
export function instantiateInterpreter(memory: WebAssembly.Memory, isShared: boolean): Interpret {
  const module = (isShared ? sharedModule : unsharedModule).value
  const instance = new WebAssembly.Instance(module, { machine: { memory } })
  // The module exports exactly this function.
  return instance.exports.interpret as Interpret
}
