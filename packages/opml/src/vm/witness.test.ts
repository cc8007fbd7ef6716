import { expect, test } from 'vitest'
import { randomElf } from '../../../../test/differential/programFile.ts'
import { type Bytes32, bytesToHex } from '../core/bytes.ts'
import { keccak256 } from '../core/keccak.ts'
import { CodeTree, codeHeight } from './codeTree.ts'
import { loadElf } from './elf.ts'
import { BlockProofError, PrestateMismatchError, WitnessLengthError } from './errors.ts'
import { Interpreter } from './interpreter.ts'
import type { MachineImage } from './machine.ts'
import { MemoryTree } from './memoryTree.ts'
import { stateHash } from './stateHash.ts'
import { recordStep, replayStep } from './witness.ts'

/** Runs to the halt and one step beyond; each step replayed from its witness must give the state the machine reaches. */
function checkEveryStep(image: Pick<MachineImage, 'segments' | 'entry' | 'codeEnd'>, maxSteps: number): number {
  const machine = new Interpreter(image)
  const memory = new MemoryTree(image.segments)
  const code = new CodeTree(image)
  machine.memory.takeDirtyPages()
  const { codeEnd } = image
  let hash = stateHash(machine.registers, memory.root())
  for (let numSteps = 0; numSteps < maxSteps; numSteps++) {
    const witness = recordStep(machine, { memory, code })
    const poststate = replayStep({ prestateHash: hash, witness, codeEnd, codeRoot: code.root() })
    const isLast = machine.isHalted
    machine.run(1)
    memory.updatePages(machine.memory, machine.memory.takeDirtyPages())
    hash = stateHash(machine.registers, memory.root())
    expect(bytesToHex(poststate), `step ${numSteps}`).toBe(bytesToHex(hash))
    if (isLast) return numSteps
  }
  throw new Error('The program did not halt.')
}

test.each([11, 12, 13])('differential: every step of random program %i, witness against interpreter', (seed) => {
  expect(checkEveryStep(loadElf(randomElf(seed)), 5000)).toBeGreaterThan(100)
})

function imageOf(words: readonly number[], codeEnd: number): Pick<MachineImage, 'segments' | 'entry' | 'codeEnd'> {
  const bytes = new Uint8Array(4 * words.length)
  words.forEach((word, i) => new DataView(bytes.buffer).setUint32(4 * i, word, true))
  return { segments: [{ address: 0, bytes }], entry: 0, codeEnd }
}

test('edge: code stays provable after a store between CODE_END and the end of the code tree', () => {
  // addi a0, x0, 384; sw a0, 0(a0); lw a1, 0(a0); ebreak
  const image = imageOf([0x18000513, 0x00a52023, 0x00052583, 0x00100073], 384)
  expect(codeHeight(384)).toBe(2)
  expect(checkEveryStep(image, 10)).toBe(4)
})

test('edge: a code tree of one block, and the heights at the bounds', () => {
  expect(checkEveryStep(imageOf([0x00100073], 128), 10)).toBe(1)
  expect([128, 256, 384, 512, 640, 2 ** 30].map(codeHeight)).toEqual([0, 1, 2, 2, 3, 23])
})

test('default: the state hash is keccak of 160 bytes, registers big-endian', () => {
  const registers = new Uint32Array(32)
  registers[0] = 0x01020304
  registers[31] = 0xa0b0c0d0
  const preimage = new Uint8Array(160)
  preimage.set([1, 2, 3, 4], 0)
  preimage.set([0xa0, 0xb0, 0xc0, 0xd0], 124)
  preimage.fill(0x77, 128)
  expect(stateHash(registers, new Uint8Array(32).fill(0x77))).toEqual(keccak256(preimage))
})

test('error: texts of a wrong witness', () => {
  const expected: Bytes32 = `0x${'11'.repeat(32)}`
  const actual: Bytes32 = `0x${'22'.repeat(32)}`
  const errors = [
    new WitnessLengthError({ expectedBytes: 320, actualBytes: 319 }),
    new PrestateMismatchError({ expected, actual }),
    new BlockProofError({ part: 'data', blockIndex: 8, expected, actual }),
    new BlockProofError({ part: 'code', blockIndex: 0, expected, actual }),
  ]
  expect(errors.map((error) => `${error.code}: ${error.message} ${error.suggestion}`)).toMatchInlineSnapshot(`
    [
      "VM_WITNESS_LENGTH: The witness has 319 bytes, the step reads 320. Record the witness again from the state before the step, with "opml vm prove".",
      "VM_PRESTATE_MISMATCH: The witness is of the state 0x2222222222222222222222222222222222222222222222222222222222222222, the step starts from 0x1111111111111111111111111111111111111111111111111111111111111111. Record the witness again from the state before the step, with "opml vm prove".",
      "VM_DATA_PROOF: The data block 8 of the witness proves the root 0x2222222222222222222222222222222222222222222222222222222222222222, not 0x1111111111111111111111111111111111111111111111111111111111111111. Record the witness again from the state before the step, with "opml vm prove".",
      "VM_CODE_PROOF: The code block 0 of the witness proves the root 0x2222222222222222222222222222222222222222222222222222222222222222, not 0x1111111111111111111111111111111111111111111111111111111111111111. Record the witness again from the state before the step, with "opml vm prove".",
    ]
  `)
})
