import type { Bytes32 } from '../core/bytes.ts'
import { hashWords } from './words.ts'

/**
 * Root of the subtree whose descendants at one height, left to right, are `words`; their number is a power of two.
 *
 * @see spec/03-commitments.md §1
 */
export function rootOfDescendants(words: readonly Bytes32[]): Bytes32 {
  let level = words
  while (level.length > 1) level = parentsOf(level)
  return at(level, 0)
}

/**
 * Root of the tree in which `leaf` stands at `position` with the given siblings, bottom up; sibling j is on the left exactly when bit
 * j of the position is 1.
 *
 * @see spec/03-commitments.md §1
 */
export function rootOfProof(leaf: Bytes32, position: bigint, siblings: readonly Bytes32[]): Bytes32 {
  let node = leaf
  let rest = position
  for (const sibling of siblings) {
    node = (rest & 1n) === 1n ? hashWords(sibling, node) : hashWords(node, sibling)
    rest >>= 1n
  }
  return node
}

/** Siblings, bottom up, of word `index` among the descendants `words` of one node. */
export function siblingsOf(words: readonly Bytes32[], index: number): Bytes32[] {
  const siblings: Bytes32[] = []
  let level = words
  for (let position = index; level.length > 1; position >>= 1) {
    siblings.push(at(level, position ^ 1))
    level = parentsOf(level)
  }
  return siblings
}

/** Index of the first word in which two openings of one node differ, −1 if they are the same. */
export function firstDifference(mine: readonly Bytes32[], theirs: readonly Bytes32[]): number {
  return mine.findIndex((word, i) => word !== theirs[i])
}

/**
 * The path of a move (spec/06 §4): bottom up, one shared left sibling where child and sibling stand right and left, else the mover's
 * and the opponent's right siblings.
 */
export function descentPath(p: {
  mover: readonly Bytes32[]
  other: readonly Bytes32[]
  childIndex: number
}): Bytes32[] {
  const movers = siblingsOf(p.mover, p.childIndex)
  const others = siblingsOf(p.other, p.childIndex)
  return movers.flatMap((sibling, j) => (((p.childIndex >> j) & 1) === 1 ? [sibling] : [sibling, at(others, j)]))
}

/** Number of words in a path of `depth` levels to child `childIndex`: one a left sibling, two a right one. */
export function pathLength(depth: number, childIndex: number): number {
  let length = 0
  for (let j = 0; j < depth; j++) length += ((childIndex >> j) & 1) === 1 ? 1 : 2
  return length
}

/**
 * The two nodes, `depth` levels above the children, that a path of {@link pathLength} words proves.
 *
 * INVARIANT: a left sibling enters both nodes, so everything left of the child is the same on both sides.
 * @see spec/06-dispute.md §4
 */
export function nodesOfDescent(p: {
  depth: number
  childIndex: number
  moverChild: Bytes32
  otherChild: Bytes32
  path: readonly Bytes32[]
}): { mover: Bytes32; other: Bytes32 } {
  let mover = p.moverChild
  let other = p.otherChild
  let next = 0
  for (let j = 0; j < p.depth; j++) {
    const first = at(p.path, next++)
    if (((p.childIndex >> j) & 1) === 1) {
      mover = hashWords(first, mover)
      other = hashWords(first, other)
    } else {
      mover = hashWords(mover, first)
      other = hashWords(other, at(p.path, next++))
    }
  }
  return { mover, other }
}

function parentsOf(level: readonly Bytes32[]): Bytes32[] {
  const parents: Bytes32[] = []
  for (let i = 0; i < level.length; i += 2) parents.push(hashWords(at(level, i), at(level, i + 1)))
  return parents
}

function at(words: readonly Bytes32[], index: number): Bytes32 {
  const word = words[index]
  if (word === undefined)
    throw new RangeError(`No word ${index} among ${words.length}: the count must be a power of two.`)
  return word
}
