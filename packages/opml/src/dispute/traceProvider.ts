import type { Bytes32, Hex } from '../core/bytes.ts'
import type { Kind } from './kinds.ts'

/** A node of a trace tree: `index` counts from the left among the nodes of its height; height 0 are the leaves. */
export interface TreeNode {
  readonly height: number
  readonly index: bigint
}

/**
 * A claim's history as one tournament sees it: a Merkle tree that can be opened anywhere.
 *
 * The honest strategy needs nothing else; toy traces, machine traces and program traces implement it. Calls may recompute and are
 * asynchronous; answers must not change over time.
 */
export interface TraceProvider {
  /** Kind of the tournaments that it is played in. */
  readonly kind: Kind
  /** Height of the tree; it has 2^height leaves. */
  readonly height: number
  /** Root of the tree: what a claim is named by. */
  root(): Promise<Bytes32>
  /** The 2^depth descendants of `node`, left to right, at height `node.height − depth` (depth 0 to 4). */
  descendants(node: TreeNode, depth: number): Promise<readonly Bytes32[]>
  /** The `height` siblings of leaf `position`, bottom up (spec/03 §1). */
  proveLeaf(position: bigint): Promise<readonly Bytes32[]>
  /** What the root stands for (spec/06 §1): the task's result at a root, one of the two leaves in dispute below. */
  outcome(): Promise<Bytes32>
  /** Evidence for a join: the final state proof (coarse, block), the result of the claim (graph), `0x` (fine); spec/07 §2, §5. */
  joinEvidence(): Promise<Hex>
  /**
   * Evidence for sealing leaf `position`: what a contract judges the leaf by (graph, spec/07 §5); the step witness of the state before
   * it where one instruction decides it (fine; coarse and block without a fine tree; spec/07 §1); else `0x`.
   */
  sealEvidence(position: bigint): Promise<Hex>
  /** Words that prove the state before leaf 0: `slotSiblings` (coarse, spec/07 §2), none elsewhere. */
  initialSiblings(): Promise<readonly Bytes32[]>
  /** The trace below leaf `position`, or null where a rule or the execution of one instruction decides the leaf. */
  inner(position: bigint): Promise<TraceProvider | null> | null
}
