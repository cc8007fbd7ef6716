import { expect, test } from 'vitest'
import { GameInvariantError, GameRuleError } from './errors.ts'

test('error: a broken rule says which, with its values', () => {
  const error = new GameRuleError('windowClosed', 'time=9 windowEnd=8')
  expect(error.message).toMatchInlineSnapshot(`"Refused: the join window has closed (time=9 windowEnd=8)."`)
  expect(error.suggestion).toMatchInlineSnapshot(
    `"Rebuild the view from the latest events and plan again; see spec/06-dispute.md."`,
  )
  expect([error.code, error.rule]).toEqual(['DISPUTE_RULE_BROKEN', 'windowClosed'])
  expect(new GameRuleError('expired').message).toMatchInlineSnapshot(
    `"Refused: a clock that must still run has run out."`,
  )
})

test('error: a broken invariant names its subject and says to stop', () => {
  const error = new GameInvariantError({ subject: '0x01', problem: 'no event started this match' })
  expect(error.message).toMatchInlineSnapshot(`"Dispute 0x01: no event started this match."`)
  expect(error.suggestion).toMatchInlineSnapshot(
    `"Stop signing. Check that model, input and contract are the ones the dispute is about, then report it."`,
  )
  expect(error.code).toBe('DISPUTE_INVARIANT_BROKEN')
})
