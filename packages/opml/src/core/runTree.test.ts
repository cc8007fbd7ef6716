import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashPair, keccak256 } from './keccak.ts'
import { MerkleTree } from './merkleTree.ts'
import { RunTree } from './runTree.ts'

const leaf = (value: number): Uint8Array => keccak256(Uint8Array.of(value))

describe('RunTree', () => {
  test('property: has the nodes of a tree over the same leaves', () => {
    const runs = fc.array(fc.record({ value: fc.nat(3), count: fc.integer({ min: 1, max: 9 }) }), { maxLength: 7 })
    fc.assert(
      fc.property(runs, fc.integer({ min: 6, max: 8 }), (list, height) => {
        const tree = new RunTree({
          runs: list.map(({ value, count }) => ({ hash: leaf(value), count })),
          padding: leaf(99),
          height,
        })
        const leaves = Uint8Array.from(
          list.flatMap(({ value, count }) =>
            Array(count)
              .fill([...leaf(value)])
              .flat(),
          ),
        )
        const plain = new MerkleTree({ leaves, padding: leaf(99), height })
        for (let h = 0; h <= height; h++)
          for (let i = 0; i < 2 ** (height - h); i++) expect(tree.node(h, i)).toEqual(plain.node(h, i))
      }),
      { numRuns: 30 },
    )
  })

  test('behaviour: 2^40 equal leaves before another cost nothing', () => {
    const tree = new RunTree({
      runs: [
        { hash: leaf(1), count: 2 ** 40 },
        { hash: leaf(2), count: 1 },
      ],
      padding: leaf(0),
      height: 41,
    })
    let [left, right] = [leaf(1), hashPair(leaf(2), leaf(0))]
    let zero = hashPair(leaf(0), leaf(0))
    for (let h = 0; h < 40; h++) left = hashPair(left, left)
    for (let h = 1; h < 40; h++) {
      right = hashPair(right, zero)
      zero = hashPair(zero, zero)
    }
    expect(tree.root()).toEqual(hashPair(left, right))
  })

  test('behaviour: refuses what is no tree and nodes outside it', () => {
    expect(() => new RunTree({ runs: [{ hash: leaf(1), count: 3 }], padding: leaf(0), height: 1 })).toThrow(
      '3 leaves do not fit a tree of height 1.',
    )
    expect(() => new RunTree({ runs: [], padding: new Uint8Array(31), height: 1 })).toThrow('31 bytes')
    const tree = new RunTree({ runs: [], padding: leaf(0), height: 1 })
    for (const [height, index] of [
      [2, 0],
      [0, 2],
      [0, -1],
      [-1, 0],
    ] as const)
      expect(() => tree.node(height, index)).toThrow(expect.objectContaining({ name: 'NoSuchNodeError' }))
  })
})
