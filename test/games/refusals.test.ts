import { ALL_STORIES, addressOf, playScenario, tamper } from 'opml/dispute/simulation'
import type { Game, PlannedAction } from 'opml/dispute'
import type { Arena, Scenario } from 'opml/dispute/simulation'
import { describe, expect, test } from 'vitest'

/** Played with every allowed call preceded by all its tampered forms. */
const TAMPERED = [
  'lyingServer',
  'lyingFromTheFirstStep',
  'copiesTheJoinOfOneWhoCommitted',
  'nobodyElseActs',
  'onePhase',
  'threePhases.lyingServer',
  'haltsTooLate',
  'writesPastTheLastBlock',
]
const MALLORY = addressOf(0xbad)

function storage(game: Game): unknown {
  const { balanceWei, tournaments, claims, matches, commitments, creditsWei } = game
  return structuredClone({ balanceWei, tournaments, claims, matches, commitments, creditsWei })
}

function scenarioOf(name: string): Scenario {
  const scenario = ALL_STORIES.find((one) => one.name === name)
  if (scenario === undefined) throw new RangeError(`No story "${name}".`)
  return scenario
}

describe('calls that are almost right', () => {
  test.each(TAMPERED)(
    'security: in %s each word, length, name and value of each call, changed alone, is refused and changes nothing',
    async (name) => {
      let numRefused = 0
      const before = (arena: Arena, action: PlannedAction): void => {
        const { valueWei, reason: _reason, ...call } = action
        for (const { change, call: tampered, valueWei: sent } of tamper(call, valueWei)) {
          const stored = storage(arena.game)
          const refused = arena.send({ payer: MALLORY, call: tampered, valueWei: sent })
          expect(refused?.rule, `${call.kind}: ${change}`).toBeTypeOf('string')
          expect(storage(arena.game), `${call.kind}: ${change}`).toEqual(stored)
          numRefused += 1
        }
      }
      const report = await playScenario({ ...scenarioOf(name), before })
      expect(report.survivorId).toBe(report.trueClaimId)
      expect(numRefused).toBeGreaterThan(50)
    },
  )
})
