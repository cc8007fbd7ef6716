import { GameRuleError, applyCall, newGame } from 'opml/dispute'
import { toyMachine } from 'opml/dispute/simulation'
import { expect, test } from 'vitest'
import { gameVectorNames, plain, readGameVector } from './gameVector.ts'

const names = gameVectorNames()

test('edge: there are 77 games', () => {
  expect(names).toHaveLength(77)
})

test.each(names)('vector: games/%s', (name) => {
  const vector = readGameVector(name)
  const game = newGame(vector.parameters, toyMachine(vector.model))
  for (const [i, { call, events, refusedBy, time, sender, valueWei }] of vector.calls.entries()) {
    const context = { sender, time, valueWei, baseFeeWei: 1n, gasPriceWei: 1n, gasMeasured: 21_000n }
    const at = `call ${i}: ${call.kind}`
    try {
      const told = applyCall(game, context, call).events
      const compared = told.filter(({ kind }) => kind !== 'Refunded' && kind !== 'Credited' && kind !== 'Paid')
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
