import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bytesToHex, hexToBytes } from '../core/bytes.ts'
import { InputLengthError } from './errors.ts'
import { postedInput, splitInput } from './inputForm.ts'

const vector = JSON.parse(
  readFileSync(new URL('../../../../vectors/graph/judgements.json', import.meta.url), 'utf8'),
) as { lengths: string[]; input: `0x${string}`; inputRoot: string }

describe('postedInput', () => {
  test('vector: graph/judgements.json', () => {
    const lengths = vector.lengths.map(Number)
    const { bytes, root } = postedInput({ kind: 'tensors', lengths }, hexToBytes(vector.input))
    expect([bytesToHex(bytes), bytesToHex(root)]).toEqual([vector.input, vector.inputRoot])
  })

  test('default: of a slot the length word is posted too', () => {
    const { bytes } = postedInput({ kind: 'slot', height: 3 }, Uint8Array.of(7, 8))
    expect(bytes).toEqual(Uint8Array.of(2, 0, 0, 0, 7, 8))
  })
})

describe('splitInput', () => {
  test('edge: empty tensors', () => {
    expect(splitInput([0, 2, 0, 1], Uint8Array.of(1, 2, 3)).map((part) => [...part])).toEqual([[], [1, 2], [], [3]])
    expect(splitInput([], new Uint8Array(0))).toEqual([])
  })

  test('error: too many and too few bytes', () => {
    expect(() => splitInput([2], new Uint8Array(3))).toThrow(InputLengthError)
    expect(() => splitInput([2], new Uint8Array(1))).toThrow('has 1 bytes')
  })
})
