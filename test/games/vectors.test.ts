import { readFileSync, readdirSync } from 'node:fs'
import { GameRuleError, applyCall, newGame, toyMachine } from 'opml/dispute'
import type { Address, GameCall } from 'opml/dispute'
import { expect, test } from 'vitest'

const FOLDER = 'vectors/games'

/** One file of vectors/games; its README is the source of the form. */
interface GameVector {
  readonly heights: readonly number[]
  readonly rootTournamentId: `0x${string}`
  readonly parameters: {
    challengeWindow: number
    rootWindow: number
    initialClock: number
    allowance: number
    priceCapWei: string
    tipWei: string
  }
  readonly outcome: { winner: string | null; result: string; survivor: string | null }
  readonly calls: readonly {
    time: number
    sender: Address
    valueWei: string
    call: GameCall
    refusedBy: string | null
    events: readonly unknown[]
  }[]
}

const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, field: unknown) => (typeof field === 'bigint' ? `${field}` : field)))
}

test('edge: there are thirty games', () => {
  expect(names).toHaveLength(30)
})

test.each(names)('vector: games/%s', (name) => {
  const vector = JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as GameVector
  const { priceCapWei, tipWei, ...times } = vector.parameters
  const parameters = { ...times, priceCapWei: BigInt(priceCapWei), tipWei: BigInt(tipWei) }
  const game = newGame(parameters, toyMachine(vector.heights))
  for (const [i, { call, events, refusedBy, time, sender, valueWei }] of vector.calls.entries()) {
    const context = { sender, time, valueWei: BigInt(valueWei), baseFeeWei: 1n, gasMeasured: 21_000n }
    const at = `call ${i}: ${call.kind}`
    try {
      const told = applyCall(game, context, call).events
      const compared = told.filter(({ kind }) => kind !== 'Refunded' && kind !== 'Credited')
      expect(plain(compared.map(({ time: _time, ...event }) => event)), at).toEqual(events)
      expect(refusedBy, at).toBeNull()
    } catch (error) {
      if (!(error instanceof GameRuleError)) throw error
      expect(error.rule, at).toBe(refusedBy)
    }
  }
  const root = game.tournaments.get(vector.rootTournamentId)
  expect({ winner: root?.outcome?.winner, result: root?.outcome?.result, survivor: root?.freeClaim }).toEqual(
    vector.outcome,
  )
})
