import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bytesEqual, bytesToHex, hexToBytes } from '../core/bytes.ts'
import { keccak256 } from '../core/keccak.ts'
import { codeHeight } from './codeTree.ts'
import { WitnessError } from './errors.ts'
import { ISA } from './isa.ts'
import type { GuestMemory, Machine } from './machine.ts'
import { SparseMemory } from './sparseMemory.ts'
import { HALT_BASE } from './state.ts'
import { recordStep, replayStep } from './witness.ts'

interface Vector {
  readonly name: string
  /** What the state is, where a file says it. */
  readonly note?: string
  readonly codeEnd: number
  readonly codeRoot: string
  readonly prestateHash: string
  readonly witness: string
  readonly poststateHash: string
}

const FOLDER = join(import.meta.dirname, '../../../../vectors/isa')

function readVectors(file: string): readonly Vector[] {
  const { format, vectors } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))
  expect(format).toBe('opml.isa.1')
  return vectors
}

function replay(vector: Vector, witness = hexToBytes(vector.witness)): Uint8Array {
  const { codeEnd } = vector
  const prestateHash = hexToBytes(vector.prestateHash)
  return replayStep({ prestateHash, witness, codeEnd, codeRoot: hexToBytes(vector.codeRoot) })
}

const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.json'))

test('default: there is a file for every instruction, with at least 20 vectors', () => {
  for (const { mnemonic } of ISA) expect(readVectors(`${mnemonic}.json`).length).toBeGreaterThanOrEqual(20)
  expect(FILES).toHaveLength(ISA.length + 2)
})

describe.each(FILES)('vector: isa/%s', (file) => {
  const vectors = readVectors(file)

  test('post states are those of the oracle', () => {
    const wrong = vectors.filter((vector) => bytesToHex(replay(vector)) !== vector.poststateHash)
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  test('the recorder gives the witness of the vector', () => {
    const wrong = vectors.filter((vector) => bytesToHex(recordAgain(vector)) !== vector.witness)
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  test('one changed byte in each part of a witness is refused', () => {
    for (const vector of vectors) {
      const witness = hexToBytes(vector.witness)
      for (const offset of [0, 131, 159, 160, 290, 320, 447, 448, witness.length - 1]) {
        if (offset >= witness.length) continue
        const changed = witness.slice()
        changed[offset] ^= 1
        expect(() => replay(vector, changed)).toThrow(WitnessError)
      }
    }
  })
})

/** The hash of the state before the step with another pc: what a trap leaves. */
function hashWithPc(vector: Vector, pc: number): string {
  const state = hexToBytes(vector.witness).slice(0, 160)
  new DataView(state.buffer).setUint32(0, pc, false)
  return bytesToHex(keccak256(state))
}

test('vector: every encoding of isa/unknown.json changes pc alone, to 0xFFFFFF12', () => {
  const wrong = readVectors('unknown.json').filter((vector) => vector.poststateHash !== hashWithPc(vector, 0xffffff12))
  expect(wrong.map(({ name }) => name)).toEqual([])
})

test('vector: every halted state of isa/traps.json steps to itself', () => {
  const halted = readVectors('traps.json').filter(({ note }) => note?.startsWith('a halted state'))
  expect(halted.length).toBeGreaterThanOrEqual(16)
  for (const vector of halted) expect(vector.poststateHash, vector.name).toBe(vector.prestateHash)
})

test('vector: isa/rejected/witness.json is refused throughout', () => {
  for (const vector of readVectors('rejected/witness.json'))
    expect(() => replay(vector), vector.name).toThrow(WitnessError)
})

describe.each([
  ['add.json', 0],
  ['lw.json', 0],
  ['sb.json', 0],
  ['ecall.json', 0],
  ['unknown.json', 0],
  ['traps.json', -1],
])('property: nothing but the witness of %s is accepted', (file, index) => {
  const vector = readVectors(file).at(index) as Vector
  const witness = hexToBytes(vector.witness)

  test('every byte changed', () => {
    for (let offset = 0; offset < witness.length; offset++) {
      const changed = witness.slice()
      changed[offset] ^= 1 << (offset % 8)
      expect(() => replay(vector, changed), `byte ${offset}`).toThrow(WitnessError)
    }
  })

  test('every shorter length', () => {
    for (let length = 0; length < witness.length; length++)
      expect(() => replay(vector, witness.slice(0, length)), `${length} bytes`).toThrow(WitnessError)
  })

  test('longer by 1, 32, 128 and 928 bytes', () => {
    for (const extra of [1, 32, 128, 928]) {
      const longer = new Uint8Array(witness.length + extra)
      longer.set(witness)
      expect(() => replay(vector, longer), `${extra} more`).toThrow(WitnessError)
    }
  })
})

/** A machine whose registers and memory are those that the witness shows. */
function recordAgain(vector: Vector): Uint8Array {
  const witness = hexToBytes(vector.witness)
  const view = new DataView(witness.buffer)
  const registers = Uint32Array.from({ length: 32 }, (_, i) => view.getUint32(4 * i, false))
  const codeStart = 160
  const dataStart = codeStart + 128 + 32 * codeHeight(vector.codeEnd)
  const hasData = witness.length > dataStart
  const hashes = (start: number, end: number): Uint8Array[] =>
    Array.from({ length: (end - start) / 32 }, (_, i) => witness.slice(start + 32 * i, start + 32 * i + 32))
  const block = (start: number): Uint8Array => witness.slice(start, start + 128)
  const memory: GuestMemory = {
    read: (address) => block(hasData && address >>> 7 !== registers[0] >>> 7 ? dataStart : codeStart),
    write: () => {},
    takeDirtyPages: () => new Uint32Array(),
  }
  const machine: Machine = {
    codeEnd: vector.codeEnd,
    registers,
    memory,
    isHalted: registers[0] >= HALT_BASE,
    run: () => 0,
  }
  const before = registers.slice()
  const recorded = recordStep(machine, {
    memory: { root: () => witness.slice(128, 160), proveBlock: () => hashes(dataStart + 128, witness.length) },
    code: { proveCodeBlock: () => hashes(codeStart + 128, dataStart) },
  })
  expect(machine.registers).toEqual(before)
  return recorded
}

test('edge: a memory that was never written reads as zero', () => {
  expect(bytesEqual(new SparseMemory().read(2 ** 32 - 8, 8), new Uint8Array(8))).toBe(true)
})
