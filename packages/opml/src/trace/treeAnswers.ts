import { type Bytes32, bytesToHex } from '../core/bytes.ts'
import type { MerkleTree } from '../core/merkleTree.ts'
import type { TreeNode } from '../dispute/traceProvider.ts'

/**
 * The 2^depth descendants of `node`, left to right, as words.
 *
 * @throws {NoSuchNodeError} outside the tree.
 */
export function descendantsOf(tree: MerkleTree, node: TreeNode, depth: number): Bytes32[] {
  return tree.descendants({ height: node.height, index: Number(node.index) }, depth).map(bytesToHex)
}

/**
 * The siblings of leaf `position`, bottom up, as words.
 *
 * @throws {NoSuchNodeError} outside the tree.
 */
export function siblingsOf(tree: MerkleTree, position: bigint): Bytes32[] {
  return tree.siblings(0, Number(position)).map(bytesToHex)
}
