import type { Bytes32, Hex } from '../core/bytes.ts'

/** A node of a trace tree: `index` counts from the left among the nodes of its height; height 0 are the leaves. */
export interface TreeNode {
  readonly height: number
  readonly index: bigint
}

/**
 * One level of a claim's history as the game sees it: a Merkle tree that can be opened anywhere.
 *
 * The honest strategy needs nothing else; a toy trace, a machine trace and (later) a graph trace implement it. Calls may recompute
 * and are asynchronous; answers must not change over time.
 */
export interface TraceProvider {
  /** Height of this level's tree; it has 2^height leaves. */
  readonly height: number
  /** Root of the tree: what a claim is named by. */
  root(): Promise<Bytes32>
  /** The 2^depth descendants of `node`, left to right, at height `node.height − depth` (depth 0 to 4). */
  descendants(node: TreeNode, depth: number): Promise<readonly Bytes32[]>
  /** The `height` siblings of leaf `position`, bottom up (spec/03 §1). */
  proveLeaf(position: bigint): Promise<readonly Bytes32[]>
  /** What the root stands for (spec/06 §1): the task's result at the root level, the last leaf at an inner level. */
  outcome(): Promise<Bytes32>
  /** Level-specific evidence for a join: the final state proof at the root level (spec/07 §2), `0x` at an inner level. */
  joinEvidence(): Promise<Hex>
  /**
   * Level-specific evidence for sealing leaf `position`: at VM coarse, for position 0, the slot siblings, concatenated (`0x`
   * elsewhere); at VM fine the step witness of the state before the leaf (spec/07 §1); at the graph level the proofs from which a
   * contract judges the leaf (spec/07 §5).
   */
  sealEvidence(position: bigint): Promise<Hex>
  /** The level below leaf `position`, or null where a rule or the execution of one instruction decides the leaf. */
  inner(position: bigint): Promise<TraceProvider | null> | null
}
