import { BLOCK_BYTES, MerkleTree, bytesToHex, concatBytes, keccak256, zeroHash } from 'opml/core'
import type { Bytes32, Hex } from 'opml/core'
import { KIND } from 'opml/dispute'
import type { TraceProvider, TreeNode } from 'opml/dispute'
import { resultOfRoots } from 'opml/trace'
import type { ProgramTraceProvider } from 'opml/trace'
import type { ProgramWorld } from './programWorld.ts'

/** A right history with one leaf of its tree changed, where no run of the program would ever write. */
export class OverlaidTrace implements TraceProvider {
  readonly kind = KIND.graph
  readonly height: number
  readonly #base: ProgramTraceProvider
  readonly #world: ProgramWorld
  readonly #tree: MerkleTree

  private constructor(p: { base: ProgramTraceProvider; world: ProgramWorld; tree: MerkleTree }) {
    this.#base = p.base
    this.#world = p.world
    this.#tree = p.tree
    this.height = p.tree.height
  }

  /** The tree of `base`, with another block at `leaf`. */
  static async make(p: { base: ProgramTraceProvider; world: ProgramWorld; leaf: number }): Promise<OverlaidTrace> {
    const { trace } = p.base.claim
    const leaves: Uint8Array[] = []
    for (let index = 0n; index < 2n ** BigInt(trace.height); index++)
      leaves.push(await trace.node({ height: 0, index }))
    leaves[p.leaf] = keccak256(new Uint8Array(BLOCK_BYTES).fill(0xa5))
    const tree = new MerkleTree({ leaves: concatBytes(leaves), padding: zeroHash(0), height: trace.height })
    return new OverlaidTrace({ ...p, tree })
  }

  async root(): Promise<Bytes32> {
    return bytesToHex(this.#tree.root())
  }

  async descendants({ height, index }: TreeNode, depth: number): Promise<readonly Bytes32[]> {
    return this.#tree.descendants({ height, index: Number(index) }, depth).map(bytesToHex)
  }

  async proveLeaf(position: bigint): Promise<readonly Bytes32[]> {
    return this.#tree.siblings(0, Number(position)).map(bytesToHex)
  }

  async outcome(): Promise<Bytes32> {
    return bytesToHex(resultOfRoots(this.#outputProofs().map(([root]) => root)))
  }

  async joinEvidence(): Promise<Hex> {
    return bytesToHex(concatBytes(this.#outputProofs().flat()))
  }

  /** That of the right history: good where nothing on the way to its root was changed, else it proves nothing. */
  sealEvidence(position: bigint): Promise<Hex> {
    return this.#base.sealEvidence(position)
  }

  async initialSiblings(): Promise<readonly Bytes32[]> {
    return []
  }

  inner(position: bigint): Promise<TraceProvider | null> {
    return this.#base.inner(position)
  }

  #outputProofs(): [root: Uint8Array, ...siblings: Uint8Array[]][] {
    const { program, model } = this.#world
    return program.outputs.map(({ section, node }) => {
      const last = program.sections.slice(0, section + 1).reduce((sum, { steps }) => sum + steps, 0) - 1
      const index = last * 2 ** model.nodeHeight + node
      return [this.#tree.node(model.blockHeight, index), ...this.#tree.siblings(model.blockHeight, index)]
    })
  }
}
