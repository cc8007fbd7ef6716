import { readBonds } from 'opml/chain'
import type { ChainConnection, Deployment } from 'opml/chain'
import { KIND_NAMES } from 'opml/dispute'
import type { Kind } from 'opml/dispute'
import { InvariantBrokenError } from './errors.ts'
import { modelLevels } from './modelLibrary.ts'
import type { KnownModel } from './modelLibrary.ts'

/** Bonds of a model's tournaments in wei, by kind. */
export type BondsWei = Readonly<Partial<Record<Kind, bigint>>>

/** Bonds of models as the chain tells them, read once each. */
export class BondTable {
  readonly #connection: ChainConnection
  readonly #deployment: Deployment
  readonly #bonds = new Map<string, BondsWei>()

  constructor(p: { connection: ChainConnection; deployment: Deployment }) {
    this.#connection = p.connection
    this.#deployment = p.deployment
  }

  async of({ modelId }: KnownModel): Promise<BondsWei> {
    let bonds = this.#bonds.get(modelId)
    if (bonds === undefined) {
      bonds = await readBonds(this.#connection, { deployment: this.#deployment, modelId })
      this.#bonds.set(modelId, bonds)
    }
    return bonds
  }

  /** Bond of a claim in a root tournament about the model. @throws {InvariantBrokenError} when the chain plays other games over it. */
  async ofRoot(model: KnownModel): Promise<bigint> {
    const { rootKind } = modelLevels(model)
    const bonds = await this.of(model)
    const bond = bonds[rootKind]
    if (bond !== undefined) return bond
    throw new InvariantBrokenError({
      what: `Model ${model.modelId}`,
      expected: `games of kind ${KIND_NAMES[rootKind]}`,
      actual: `games of ${Object.keys(bonds).join(', ')}`,
    })
  }
}
