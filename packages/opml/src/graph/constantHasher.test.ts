import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TreeOverflowError } from '../core/merkleErrors.ts'
import { merkleRoot } from '../core/merkleRoot.ts'
import { zeroHash } from '../core/merkleZero.ts'
import { ConstantHasher } from './constantHasher.ts'

const MIB = 2 ** 20
/** 3 MiB and a bit, no two blocks alike. */
const BYTES = Uint8Array.from({ length: 3 * MIB + 77 }, (_, i) => Math.imul(i, 2654435761) >>> 24)

function rootOfPieces(pieces: readonly Uint8Array[]): Uint8Array {
  const hasher = new ConstantHasher()
  for (const piece of pieces) hasher.update(piece)
  return hasher.root()
}

test('edge: no bytes are the zero tensor', () => {
  expect(rootOfPieces([])).toEqual(zeroHash(23))
  expect(rootOfPieces([new Uint8Array(0)])).toEqual(zeroHash(23))
})

test.each([1, 128, MIB - 1, MIB, MIB + 1, 2 * MIB, BYTES.length])('default: the root of %i bytes at once', (length) => {
  const bytes = BYTES.subarray(0, length)
  expect(rootOfPieces([bytes])).toEqual(merkleRoot(bytes, 23))
})

test('property: how the bytes are cut does not show, nor does an earlier root()', () => {
  const expected = merkleRoot(BYTES, 23)
  fc.assert(
    fc.property(fc.array(fc.nat(BYTES.length), { maxLength: 6 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), BYTES.length]
      const hasher = new ConstantHasher()
      for (let i = 1; i < places.length; i++) {
        hasher.update(BYTES.subarray(places[i - 1], places[i]))
        hasher.root()
      }
      expect(hasher.root()).toEqual(expected)
    }),
    { numRuns: 20 },
  )
})

test('error: refuses a byte past 1 GiB and keeps what it had', () => {
  const hasher = new ConstantHasher()
  hasher.update(Uint8Array.of(1))
  const tooMuch = { length: 2 ** 30 } as Uint8Array
  expect(() => hasher.update(tooMuch)).toThrow(TreeOverflowError)
  expect(hasher.root()).toEqual(merkleRoot(Uint8Array.of(1), 23))
})
