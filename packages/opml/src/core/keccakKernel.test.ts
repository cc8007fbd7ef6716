import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, expect, test } from 'vitest'
import { bytesToHex } from './bytes.ts'
import { KERNEL_HEAP_START, KeccakKernel } from './keccakKernel.ts'
import { KECCAK_WASM_BASE64 } from './keccakWasm.gen.ts'

const IN = KERNEL_HEAP_START
const OUT = KERNEL_HEAP_START + 32768

/** Position-dependent bytes, so that a wrong offset shows. */
function fill(kernel: KeccakKernel, length: number): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 24) & 255)
  kernel.bytes.set(bytes, IN)
  return bytes
}

function expectedHashes(bytes: Uint8Array, size: number): string[] {
  return Array.from({ length: bytes.length / size }, (_, i) =>
    bytesToHex(keccak_256(bytes.slice(i * size, (i + 1) * size))),
  )
}

function hashesAt(kernel: KeccakKernel, address: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    bytesToHex(kernel.bytes.slice(address + 32 * i, address + 32 * (i + 1))),
  )
}

describe('KeccakKernel', () => {
  for (const [name, size] of [
    ['hash_blocks', 128],
    ['hash_pairs', 64],
    ['hash_states', 160],
  ] as const) {
    test(`differential: ${name} equals noble for 1 to 9 messages and writes nothing behind them`, () => {
      const kernel = new KeccakKernel()
      kernel.reserve(OUT + 4096)
      for (let count = 1; count <= 9; count++) {
        const bytes = fill(kernel, count * size)
        kernel.bytes.fill(0xaa, OUT, OUT + 4096)
        kernel.functions[name](IN, count, OUT)
        expect(hashesAt(kernel, OUT, count)).toEqual(expectedHashes(bytes, size))
        expect(kernel.bytes.slice(OUT + 32 * count, OUT + 4096).every((byte) => byte === 0xaa)).toBe(true)
      }
    })

    test(`property: ${name} may write over its input`, () => {
      const kernel = new KeccakKernel()
      kernel.reserve(OUT)
      const bytes = fill(kernel, 7 * size)
      kernel.functions[name](IN, 7, IN)
      expect(hashesAt(kernel, IN, 7)).toEqual(expectedHashes(bytes, size))
    })
  }

  test('differential: subtree_root of 8 blocks equals hashing by hand', () => {
    const kernel = new KeccakKernel()
    kernel.reserve(OUT + 4096)
    const bytes = fill(kernel, 1024)
    kernel.functions.subtree_root(IN, 3, OUT, OUT)
    let level = Array.from({ length: 8 }, (_, i) => keccak_256(bytes.slice(i * 128, (i + 1) * 128)))
    while (level.length > 1) {
      level = Array.from({ length: level.length / 2 }, (_, i) =>
        keccak_256(Uint8Array.of(...level[2 * i], ...level[2 * i + 1])),
      )
    }
    expect(hashesAt(kernel, OUT, 1)).toEqual([bytesToHex(level[0])])
  })

  test('property: update_page gives the same heap for any way to the same page, and counts the leaves that changed', () => {
    const kernel = new KeccakKernel()
    const [page, work, tree] = [IN, IN + 4096, IN + 8192]
    kernel.reserve(tree + 4096)
    fill(kernel, 4096)
    expect(kernel.functions.update_page(tree, page, work)).toBe(32)
    const whole = hashesAt(kernel, tree + 32, 63)
    expect(kernel.functions.update_page(tree, page, work)).toBe(0)
    for (const block of [0, 9, 31]) kernel.bytes[page + 128 * block + 5] ^= 1
    expect(kernel.functions.update_page(tree, page, work)).toBe(3)
    expect(hashesAt(kernel, tree + 32, 1)).not.toEqual(whole.slice(0, 1))
    for (const block of [0, 9, 31]) kernel.bytes[page + 128 * block + 5] ^= 1
    expect(kernel.functions.update_page(tree, page, work)).toBe(3)
    expect(hashesAt(kernel, tree + 32, 63)).toEqual(whole)
  })
})

test('snapshot: bytes of the module', () => {
  expect(atob(KECCAK_WASM_BASE64).length).toMatchInlineSnapshot(`12479`)
})
