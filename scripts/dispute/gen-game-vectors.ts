import { ZERO_WORD, isExpired, matchKeyIn } from 'opml/dispute'
import { ALL_STORIES, STORY_PARAMETERS, TOY_INPUT_ROOT, addressOf, playScenario, tamper } from 'opml/dispute/simulation'
import type { PlannedAction } from 'opml/dispute'
import type { Arena, PlayedCall, Scenario, ScenarioReport } from 'opml/dispute/simulation'
import type { GeneratedFile, Generator } from '../generated.ts'

/** Told by someone who is no party: sends what the stories' roles do not. */
const MALLORY = addressOf(0xbad)

/** Before every call all its one-field changes are sent; each must be refused. */
function tampers(arena: Arena, action: PlannedAction, payer = MALLORY): void {
  const { valueWei, reason: _reason, ...call } = action
  for (const tampered of tamper(call, valueWei)) {
    arena.send({ payer, call: tampered.call, valueWei: tampered.valueWei })
  }
}

/** Before every call somebody tries to end all matches and the game too early. */
function endsTooEarly(arena: Arena): void {
  const { view, rootId } = arena
  for (const match of view.matches.values()) {
    if (isExpired(match, 'a', arena.time) || isExpired(match, 'b', arena.time)) continue
    arena.send({ payer: MALLORY, call: { kind: 'timeout', match: matchKeyIn(view, match) }, valueWei: 0n })
  }
  const winner = { root: ZERO_WORD, outcome: ZERO_WORD }
  arena.send({ payer: MALLORY, call: { kind: 'finishRoot', tournamentId: rootId, winner }, valueWei: 0n })
}

/** A story with somebody in between, under a name of its own. */
function withBefore(story: string, name: string, tells: string, before: NonNullable<Scenario['before']>): Scenario {
  const scenario = ALL_STORIES.find((one) => one.name === story)
  if (scenario === undefined) throw new RangeError(`No story "${story}".`)
  return { ...scenario, name, tells: `${scenario.tells} ${tells}`, before }
}

const TAMPERS = 'Before each call all its one-field changes are sent and refused.'
const EARLY = 'Before each call somebody tries to end every match and the game.'

/** The same story at every kind would only make the files many: one and two phases have a few. */
function isWritten(name: string): boolean {
  return (
    !/^(onePhase|twoPhases)\./.test(name) || /\.(lyingServer|threeLiarsAtOnce|haltsTooLate|hidesTheHalt)$/.test(name)
  )
}

/** Two stories of sixteen claims are left to the tests: their files would be large and show nothing new. */
const SCENARIOS: readonly Scenario[] = [
  ...ALL_STORIES.filter(({ name }) => !name.includes('sixteen') && isWritten(name)),
  withBefore('lyingServer', 'tampered', TAMPERS, tampers),
  withBefore('threePhases.lyingServer', 'threePhases.tampered', TAMPERS, tampers),
  withBefore('haltsTooLate', 'tamperedRule', TAMPERS, tampers),
  withBefore('copiesTheJoinOfOneWhoCommitted', 'displacementTampered', TAMPERS, (arena, action) => {
    // By the role that has committed: from anybody else all would be refused for that alone.
    if (action.kind === 'displace') tampers(arena, action, addressOf(3))
  }),
  withBefore('lastSecondMove', 'endsTooEarly', EARLY, endsTooEarly),
  withBefore('nobodyElseActs', 'endsTooEarlyOfMany', EARLY, endsTooEarly),
]

/** Plain data of one call: integers beyond 2⁵³ as decimal text, no amounts that depend on measured gas. */
function lineOf(played: PlayedCall): string {
  const { time, sender, valueWei, call, refusedBy } = played
  const events = played.events.filter(({ kind }) => kind !== 'Refunded' && kind !== 'Credited' && kind !== 'Paid')
  const told = events.map(({ time: _time, ...event }) => event)
  const line = { time, sender, valueWei, call, refusedBy, events: told }
  return JSON.stringify(line, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
}

function fileOf(scenario: Scenario, report: ScenarioReport): GeneratedFile {
  const { arena } = report
  const { priceCapWei, tipWei, ...times } = STORY_PARAMETERS
  const head = {
    format: 'opml.games.2',
    name: scenario.name,
    tells: scenario.tells,
    model: scenario.model,
    inputRoot: TOY_INPUT_ROOT,
    market: arena.market,
    taskId: arena.taskId,
    rootTournamentId: arena.rootId,
    parameters: { ...times, priceCapWei: `${priceCapWei}`, tipWei: `${tipWei}` },
    outcome: { winner: report.winner, result: report.result, survivor: report.survivorId },
  }
  const lines = arena.played.map((call) => `    ${lineOf(call)}`)
  const text = JSON.stringify(head, null, 2).replace(/\n}$/, `,\n  "calls": [\n${lines.join(',\n')}\n  ]\n}\n`)
  return { path: `vectors/games/${scenario.name}.json`, content: text }
}

const files: GeneratedFile[] = []
for (const scenario of SCENARIOS) files.push(fileOf(scenario, await playScenario(scenario)))

/** Whole games as scripts of calls, vectors/games. */
export const generateGameVectors: Generator = () => files
