import { readFileSync } from 'node:fs'
import { NUMERICS_RULES, type NumericsRule } from './numericsRules.ts'

/** Something that computes a rule of spec/01 on words. */
export interface NumericsTarget {
  readonly name: string
  /** False where the target has no form of this rule. */
  readonly has: (rule: NumericsRule) => boolean
  readonly apply: (rule: NumericsRule, a: Uint32Array, b: Uint32Array) => Uint32Array
}

/** What kernels/math/math.wasm exports besides the functions on arrays. */
interface MathExports {
  readonly memory: WebAssembly.Memory
  apply_scalar(rule: number, y: number, a: number, b: number, n: number): number
}

type ArrayFunction = (y: number, ...operands: number[]) => void

/** Puts operands into the module's memory, runs `call(y, a, b)` and takes `call`'s number of words from y. */
function inWasm(
  { memory }: MathExports,
  p: { a: Uint32Array; b: Uint32Array; call: (y: number, a: number, b: number) => number },
): Uint32Array {
  const { a, b, call } = p
  const start = 131_072
  const [addressA, addressB] = [start + 4 * a.length, start + 8 * a.length]
  const missing = start + 12 * a.length + 4 - memory.buffer.byteLength // a sum of nothing is a word, too
  if (missing > 0) memory.grow(Math.ceil(missing / 65_536))
  new Uint32Array(memory.buffer, addressA, a.length).set(a)
  new Uint32Array(memory.buffer, addressB, b.length).set(b)
  const count = call(start, addressA, addressB)
  return new Uint32Array(memory.buffer, start, count).slice()
}

/** The scalar and the SIMD functions of kernels/math as they are built for WebAssembly. */
export function wasmTargets(): [NumericsTarget, NumericsTarget] {
  // SAFETY: math.wasm is built from kernels/math, whose exports these types list.
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync('kernels/math/math.wasm')))
  const math = exports as unknown as MathExports
  const arrays = exports as unknown as Readonly<Record<string, ArrayFunction | undefined>>
  const scalar: NumericsTarget = {
    name: 'WASM scalar',
    has: () => true,
    apply: (rule, a, b) => {
      const number = NUMERICS_RULES.indexOf(rule)
      return inWasm(math, { a, b, call: (y, x, z) => math.apply_scalar(number, y, x, z, a.length) })
    },
  }
  const simd: NumericsTarget = {
    name: 'WASM SIMD',
    has: (rule) => arrays[`${rule.name}32_array`] !== undefined,
    apply: (rule, a, b) => {
      const call = (y: number, x: number, z: number) => {
        const operands = rule.kind === 'binary' ? [x, z] : [x]
        arrays[`${rule.name}32_array`]?.(y, ...operands, a.length)
        return a.length
      }
      return inWasm(math, { a, b, call })
    },
  }
  return [scalar, simd]
}
