import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, expect, test } from 'vitest'
import type { Bytes32 } from '../core/bytes.ts'
import { bytesToHex, hexToBytes } from '../core/bytes.ts'
import { descentDepth, lastPosition, numMoves } from './position.ts'
import {
  descentPath,
  firstDifference,
  nodesOfDescent,
  pathLength,
  rootOfDescendants,
  rootOfProof,
  siblingsOf,
} from './subtree.ts'
import { hashText } from './words.ts'

const mine = Array.from({ length: 16 }, (_, i) => hashText(`leaf ${i}`))
// The second implementation of the hash.
const node = (left: Bytes32, right: Bytes32): Bytes32 => bytesToHex(keccak_256(hexToBytes(left + right.slice(2))))
const word = (words: readonly Bytes32[], i: number): Bytes32 => {
  const found = words[i]
  if (found === undefined) throw new RangeError(`No word ${i}.`)
  return found
}

describe('trees', () => {
  test('differential: root, siblings and proof of four leaves, by hand', () => {
    const [a, b, c, d] = [word(mine, 0), word(mine, 1), word(mine, 2), word(mine, 3)]
    const root = node(node(a, b), node(c, d))
    expect(rootOfDescendants([a, b, c, d])).toBe(root)
    expect(siblingsOf([a, b, c, d], 2)).toEqual([d, node(a, b)])
    expect(rootOfProof(c, 2n, [d, node(a, b)])).toBe(root)
  })

  test('edge: a single leaf is its own root', () => {
    expect(rootOfDescendants([word(mine, 0)])).toBe(word(mine, 0))
    expect(siblingsOf([word(mine, 0)], 0)).toEqual([])
  })

  test('error: a count that is no power of two', () => {
    expect(() => rootOfDescendants(mine.slice(0, 3))).toThrow(RangeError)
    expect(() => rootOfDescendants([])).toThrow(RangeError)
  })
})

describe('descents', () => {
  test('default: the first descent of height H goes H mod 4 levels or 4, a leaf nowhere', () => {
    expect([0, 1, 2, 3, 4, 5, 8, 12, 13].map(descentDepth)).toEqual([0, 1, 2, 3, 4, 1, 4, 4, 1])
    expect([0, 1, 4, 5, 12, 13].map(numMoves)).toEqual([0, 1, 1, 2, 3, 4])
    expect([0, 1, 5].map(lastPosition)).toEqual([0n, 1n, 31n])
  })

  test('default: a path has one word for each left sibling and two for each right one', () => {
    expect([0, 1, 6, 15].map((c) => pathLength(4, c))).toEqual([8, 7, 6, 4])
  })

  test('default: the path to child 2 of four — both right siblings of the leaf, then the shared left node', () => {
    const theirs = [word(mine, 0), word(mine, 1), hashText('x'), hashText('y')]
    const path = descentPath({ mover: mine.slice(0, 4), other: theirs, childIndex: 2 })
    expect(path).toEqual([word(mine, 3), hashText('y'), node(word(mine, 0), word(mine, 1))])
  })

  test('property: for every first difference among 16, the path proves both nodes', () => {
    for (let c = 0; c < 16; c++) {
      const theirs = mine.map((leaf, i) => (i < c ? leaf : hashText(`other ${i}`)))
      expect(firstDifference(mine, theirs)).toBe(c)
      const path = descentPath({ mover: mine, other: theirs, childIndex: c })
      expect(path).toHaveLength(pathLength(4, c))
      const moverChild = word(mine, c)
      const otherChild = word(theirs, c)
      expect(nodesOfDescent({ depth: 4, childIndex: c, moverChild, otherChild, path })).toEqual({
        mover: rootOfDescendants(mine),
        other: rootOfDescendants(theirs),
      })
    }
  })

  test('security: a path to a later difference cannot prove both nodes, because a left sibling is shared', () => {
    const theirs = mine.map((leaf, i) => (i < 5 ? leaf : hashText(`other ${i}`)))
    for (let c = 6; c < 16; c++) {
      const path = descentPath({ mover: mine, other: theirs, childIndex: c })
      const children = { moverChild: word(mine, c), otherChild: word(theirs, c) }
      const nodes = nodesOfDescent({ depth: 4, childIndex: c, ...children, path })
      expect(nodes.other).not.toBe(rootOfDescendants(theirs))
    }
  })

  test('edge: equal openings have no difference', () => {
    expect(firstDifference(mine, mine)).toBe(-1)
  })
})
