import type { GeneratedFile } from '../generated.ts'
import { allNodes, type Digits, keccak, leavesOf, rootOf, slotOf, zeroRoot } from './oracle.ts'

interface ProofVector {
  readonly name: string
  readonly height: number
  readonly node: string
  readonly position: number
  readonly root: string
  readonly siblings: readonly string[]
}

const hex = (digits: Digits): string => `0x${digits}`

/** Bytes that differ from place to place: byte i is (i·i + 7·i + seed) mod 251. */
function pattern(length: number, seed: number): Digits {
  return Buffer.from(Array.from({ length }, (_, i) => (i * i + 7 * i + seed) % 251)).toString('hex')
}

/** The siblings of node `position` of `nodes` at `height`, bottom up to `top`. */
function siblingsOf(
  nodes: readonly (readonly Digits[])[],
  from: { height: number; position: number },
  top: number,
): Digits[] {
  const siblings: Digits[] = []
  for (let h = from.height, i = from.position; h < top; h++, i = Math.floor(i / 2)) {
    siblings.push(nodes[h]?.[i % 2 === 0 ? i + 1 : i - 1] ?? '')
  }
  return siblings
}

function zeroFile(): object {
  return { zeroHashes: Array.from({ length: 41 }, (_, k) => hex(zeroRoot(k))) }
}

function rootFile(): object {
  const cases: [length: number, height: number][] = [
    [0, 0],
    [1, 0],
    [127, 0],
    [128, 0],
    [0, 3],
    [129, 1],
    [256, 1],
    [300, 2],
    [512, 2],
    [784, 5],
    [1000, 3],
    [1024, 3],
    [788, 13],
    [2048, 23],
    [200, 25],
  ]
  const roots = cases.map(([length, height]) => {
    const bytes = pattern(length, height)
    return {
      name: `root of ${length} bytes, height ${height}`,
      bytes: hex(bytes),
      height,
      root: hex(rootOf(bytes, height)),
    }
  })
  return { roots }
}

function slotFile(): object {
  const cases: [length: number, height: number][] = [
    [0, 0],
    [1, 0],
    [123, 0],
    [124, 0],
    [124, 1],
    [125, 1],
    [252, 1],
    [784, 3],
    [784, 13],
    [1020, 3],
    [0, 13],
    [2000, 23],
  ]
  const slots = cases.map(([length, height]) => {
    const bytes = pattern(length, height + 100)
    const root = hex(rootOf(slotOf(bytes), height))
    return { name: `slot of ${length} bytes, height ${height}`, bytes: hex(bytes), height, root }
  })
  return { slots }
}

function validProofs(): ProofVector[] {
  const proofs: ProofVector[] = []
  for (const height of [0, 1, 2, 3, 5]) {
    const nodes = allNodes(leavesOf(pattern(128 * 2 ** height - 60, height), height))
    const top = nodes.length - 1
    for (let from = 0; from <= top; from++) {
      const last = 2 ** (top - from) - 1
      for (const position of new Set([0, Math.floor(last / 3), last])) {
        proofs.push({
          name: `node ${position} at height ${from} of a tree of height ${height}`,
          height: top - from,
          node: hex(nodes[from]?.[position] ?? ''),
          position,
          root: hex(nodes[top]?.[0] ?? ''),
          siblings: siblingsOf(nodes, { height: from, position }, top).map(hex),
        })
      }
    }
  }
  return proofs
}

/** A leaf under 40 levels at a position above 2^32: the siblings are the Z of their height. */
function highProof(): ProofVector {
  const position = 2 ** 39 + 2 ** 33 + 5
  const node = keccak(pattern(128, 9))
  const siblings = Array.from({ length: 40 }, (_, h) => zeroRoot(h))
  let root = node
  siblings.forEach((sibling, h) => {
    root = (BigInt(position) >> BigInt(h)) & 1n ? keccak(sibling + root) : keccak(root + sibling)
  })
  return {
    name: 'position above 2^32',
    height: 40,
    node: hex(node),
    position,
    root: hex(root),
    siblings: siblings.map(hex),
  }
}

/** `text` with one hexadecimal digit changed. */
function flip(text: string, place: number): string {
  const changed = (Number.parseInt(text.charAt(place), 16) ^ 1).toString(16)
  return text.slice(0, place) + changed + text.slice(place + 1)
}

function rejectedProofs(): ProofVector[] {
  const good = validProofs().find((proof) => proof.height === 5 && proof.position === 10)
  if (good === undefined) throw new Error('No proof to start from.')
  const { siblings, node, root } = good
  const one = hex(keccak('01'))
  const atSibling = siblings.map((_, at) => ({
    ...good,
    name: `sibling ${at} changed`,
    siblings: siblings.map((sibling, i) => (i === at ? flip(sibling, 2 + at * 13) : sibling)),
  }))
  return [
    ...atSibling,
    { ...good, name: 'node changed', node: flip(node, 65) },
    { ...good, name: 'root changed', root: flip(root, 2) },
    { ...good, name: 'no siblings', siblings: [] },
    { ...good, name: 'last sibling missing', siblings: siblings.slice(0, -1) },
    { ...good, name: 'first sibling missing', siblings: siblings.slice(1) },
    { ...good, name: 'one sibling more', siblings: [...siblings, one] },
    { ...good, name: 'siblings from the top down', siblings: siblings.toReversed() },
    { ...good, name: 'neighbour position', position: good.position ^ 1 },
    { ...good, name: 'position with its top bit turned', position: good.position ^ 16 },
    { ...good, name: 'position outside the tree, same low bits', position: good.position + 32 },
    { ...good, name: 'position 2^32 further, same low bits', position: good.position + 2 ** 32 },
    { ...good, name: 'parent passed off as the leaf', height: 4, node, position: 0, siblings: siblings.slice(1) },
    { ...good, name: 'inner node with a proof of leaf length claimed', node: root, siblings: [], position: 0 },
  ]
}

function openingFile(): object {
  const openings = [0, 1, 2, 3, 4].map((depth) => {
    const nodes = allNodes(leavesOf(pattern(128 * 2 ** depth, depth + 50), depth))
    return {
      name: `opening of depth ${depth}`,
      depth,
      descendants: (nodes[0] ?? []).map(hex),
      node: hex(nodes[depth]?.[0] ?? ''),
    }
  })
  return { openings }
}

function liftFile(): object {
  const lifts = (
    [
      [0, 0],
      [0, 1],
      [3, 5],
      [2, 23],
      [13, 25],
      [0, 25],
    ] as const
  ).map(([from, to]) => {
    const bytes = pattern(128 * 2 ** Math.min(from, 3), from)
    return {
      name: `from height ${from} to ${to}`,
      from,
      lifted: hex(rootOf(bytes, to)),
      root: hex(rootOf(bytes, from)),
      to,
    }
  })
  return { lifts }
}

function replacementFile(): object {
  const nodes = allNodes(leavesOf(pattern(4096, 3), 5))
  const replacements = (
    [
      [0, 0],
      [0, 31],
      [0, 13],
      [2, 5],
      [3, 0],
      [4, 1],
      [5, 0],
    ] as const
  ).map(([height, position]) => {
    const newNode = keccak(pattern(40, height * 32 + position))
    const siblings = siblingsOf(nodes, { height, position }, 5)
    const newRoot = siblings.reduce(
      (below, sibling, j) => ((position >> j) & 1 ? keccak(sibling + below) : keccak(below + sibling)),
      newNode,
    )
    return {
      name: `node ${position} at height ${height} replaced`,
      height: 5 - height,
      newNode: hex(newNode),
      newRoot: hex(newRoot),
      oldNode: hex(nodes[height]?.[position] ?? ''),
      oldRoot: hex(nodes[5]?.[0] ?? ''),
      position,
      siblings: siblings.map(hex),
    }
  })
  return { replacements }
}

/** The files of `vectors/merkle`, whose form `vectors/merkle/README.md` fixes. */
export function generateMerkleVectors(): GeneratedFile[] {
  const files: Record<string, object> = {
    zeroHashes: zeroFile(),
    roots: rootFile(),
    slots: slotFile(),
    proofs: { proofs: [...validProofs(), highProof()] },
    rejectedProofs: { proofs: rejectedProofs() },
    openings: openingFile(),
    lifts: liftFile(),
    replacements: replacementFile(),
  }
  return Object.entries(files).map(([name, content]) => ({
    path: `vectors/merkle/${name}.json`,
    content: `${JSON.stringify({ format: 'opml.merkle.1', ...content }, null, 1)}\n`,
  }))
}
