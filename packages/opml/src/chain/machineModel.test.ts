import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, expect, test } from 'vitest'
import { bytesToHex, hexToBytes } from '../core/bytes.ts'
import { zeroHash } from '../core/merkleZero.ts'
import { verifyProof } from '../core/merkleProof.ts'
import type { MachineImage } from '../vm/machine.ts'
import { describeModel, machineModelId } from './machineModel.ts'

/** `ecall` at 0x100, code region of three blocks, slots at the defaults of spec/04 §5. */
const image: MachineImage = {
  segments: [{ address: 0x100, bytes: Uint8Array.of(0x73, 0, 0, 0) }],
  entry: 0x100,
  codeEnd: 0x180,
  input: { address: 0x4000_0000, height: 13 },
  output: { address: 0x8000_0000, height: 13 },
}

function word(value: bigint): Uint8Array {
  return hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)
}

describe('machineModelId', () => {
  test('default: the hash of tag and fields, one word each (spec/03 §4)', () => {
    const { model, modelId } = describeModel(image, { coarseHeight: 9, fineHeight: 7 })
    const tag = keccak_256(new TextEncoder().encode('opml.model.machine.1'))
    const fields = [0x100, 0x180, 0x4000_0000, 13, 0x8000_0000, 13, 9, 7]
    const words = [tag, hexToBytes(model.imageRoot), hexToBytes(model.codeRoot), ...fields.map((f) => word(BigInt(f)))]
    const bytes = new Uint8Array(words.length * 32)
    words.forEach((w, i) => bytes.set(w, 32 * i))
    expect(modelId).toBe(bytesToHex(keccak_256(bytes)))
    expect(machineModelId({ ...model, fineHeight: 8 })).not.toBe(modelId)
  })
})

describe('describeModel', () => {
  test('default: code and empty input slot are proven in the image', () => {
    const { model, codeSiblings, inputSlotSiblings } = describeModel(image)
    const root = hexToBytes(model.imageRoot)
    // Three blocks need height 2; the input slot is number 0x40000000 / 1 MiB = 1024 of its height.
    const code = { node: hexToBytes(model.codeRoot), position: 0, siblings: codeSiblings.map(hexToBytes) }
    expect(verifyProof(code, { root, height: 23 })).toBe(true)
    const slot = { node: zeroHash(13), position: 1024, siblings: inputSlotSiblings.map(hexToBytes) }
    expect(verifyProof(slot, { root, height: 12 })).toBe(true)
  })
})
