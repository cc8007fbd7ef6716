import type { Bytes32, Hex } from 'opml/core'
import type { Kind, TraceProvider, TreeNode } from 'opml/dispute'

/** A trace that keeps the ones below it: a player asks for them at each look, and each would run the machine again. */
export class KeptTrace<Own extends TraceProvider = TraceProvider> implements TraceProvider {
  readonly own: Own
  readonly kind: Kind
  readonly height: number
  readonly #innerOf: (position: bigint) => Promise<TraceProvider | null>
  readonly #inners = new Map<bigint, Promise<KeptTrace | null>>()

  /** @param innerOf - replaces the trace below a leaf. */
  constructor(own: Own, innerOf?: (position: bigint) => Promise<TraceProvider | null>) {
    this.own = own
    this.kind = own.kind
    this.height = own.height
    this.#innerOf = innerOf ?? (async (position) => await own.inner(position))
  }

  root = (): Promise<Bytes32> => this.own.root()
  descendants = (node: TreeNode, depth: number): Promise<readonly Bytes32[]> => this.own.descendants(node, depth)
  proveLeaf = (position: bigint): Promise<readonly Bytes32[]> => this.own.proveLeaf(position)
  outcome = (): Promise<Bytes32> => this.own.outcome()
  joinEvidence = (): Promise<Hex> => this.own.joinEvidence()
  sealEvidence = (position: bigint): Promise<Hex> => this.own.sealEvidence(position)
  initialSiblings = (): Promise<readonly Bytes32[]> => this.own.initialSiblings()

  inner(position: bigint): Promise<KeptTrace | null> {
    let inner = this.#inners.get(position)
    if (inner === undefined) {
      inner = this.#innerOf(position).then((own) => own && new KeptTrace(own))
      this.#inners.set(position, inner)
    }
    return inner
  }

  /** This trace and all below it that were asked for. */
  async opened(): Promise<KeptTrace[]> {
    const below = await Promise.all([...this.#inners.values()].map(async (inner) => (await inner)?.opened() ?? []))
    return [this, ...below.flat()]
  }
}
