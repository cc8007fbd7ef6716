import { readFileSync, readdirSync } from 'node:fs'
import type { Address, GameCall, GameParameters } from 'opml/dispute'
import type { ToyModel } from 'opml/dispute/simulation'

const FOLDER = 'vectors/games'

/** One call of a game script; its README is the source of the form. */
export interface VectorCall {
  readonly time: number
  readonly sender: Address
  readonly valueWei: bigint
  readonly call: GameCall
  readonly refusedBy: string | null
  readonly events: readonly unknown[]
}

/** One file of vectors/games. */
export interface GameVector {
  readonly model: ToyModel
  readonly rootTournamentId: `0x${string}`
  readonly parameters: GameParameters
  readonly outcome: { readonly winner: string | null; readonly result: string; readonly survivor: string | null }
  readonly calls: readonly VectorCall[]
}

interface GameVectorFile extends Omit<GameVector, 'parameters' | 'calls'> {
  readonly parameters: Omit<GameParameters, 'priceCapWei' | 'tipWei'> & { priceCapWei: string; tipWei: string }
  readonly calls: readonly (Omit<VectorCall, 'valueWei'> & { valueWei: string })[]
}

/** Names of all files. */
export function gameVectorNames(): string[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
}

/** Reads one file. */
export function readGameVector(name: string): GameVector {
  // The files are the repository's own, in the form of their README.
  const { parameters, calls, ...rest } = JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as GameVectorFile
  const { priceCapWei, tipWei, ...times } = parameters
  return {
    ...rest,
    parameters: { ...times, priceCapWei: BigInt(priceCapWei), tipWei: BigInt(tipWei) },
    calls: calls.map((call) => ({ ...call, valueWei: BigInt(call.valueWei) })),
  }
}

/** Integers of any size as JSON has them in the files. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, field: unknown) => (typeof field === 'bigint' ? `${field}` : field)))
}
