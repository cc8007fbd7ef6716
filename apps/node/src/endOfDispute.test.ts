import { DEPLOYMENT_PARAMETERS, callName } from 'opml/chain'
import type { Deployment, TaskView } from 'opml/chain'
import type { Bytes32 } from 'opml/core'
import { KIND, ZERO_WORD, addEvent, claimIdOf, emptyGameView, hashText } from 'opml/dispute'
import type { GameView, PlannedAction } from 'opml/dispute'
import { expect, test } from 'vitest'
import { endOfDispute } from './endOfDispute.ts'
import { gameParameters } from './followedTasks.ts'
import { nextGameDeadline, winnerSettlesUntil } from './gameDeadline.ts'

const ME = `0x${'11'.repeat(20)}` as const
const OTHER = `0x${'22'.repeat(20)}` as const
const MARKET = `0x${'33'.repeat(20)}` as const
const GAME = `0x${'44'.repeat(20)}` as const
const ROOT_ID = hashText('root tournament')
const [TRUE, POSTED] = [hashText('true result'), hashText('posted result')]
const END = 1000
const { allowance } = DEPLOYMENT_PARAMETERS.local
const deployment = {
  market: MARKET,
  tournament: GAME,
  parameters: DEPLOYMENT_PARAMETERS.local,
} as unknown as Deployment
const task = { taskId: hashText('task'), posted: { result: POSTED } } as unknown as TaskView

/** A root tournament in which one claim of `owner` is left. */
function viewWith(owner: `0x${string}`, outcome: Bytes32): GameView {
  const view = emptyGameView(ROOT_ID, gameParameters(deployment))
  const root = hashText('tree')
  addEvent(view, {
    kind: 'TournamentOpened',
    tournamentId: ROOT_ID,
    modelId: hashText('model'),
    parentMatch: ZERO_WORD,
    tournamentKind: KIND.graph,
    height: 4,
    prevState: ZERO_WORD,
    windowEnd: END,
    initialClock: 900,
    time: 400,
  })
  const claimId = claimIdOf(ROOT_ID, { root, outcome })
  addEvent(view, { kind: 'Joined', tournamentId: ROOT_ID, claimId, owner, root, outcome, opened: [], time: 400 })
  return view
}

async function endOf(p: {
  owner: `0x${string}`
  outcome?: Bytes32
  now?: number
  own?: { result: Bytes32; output: `0x${string}` | null; isDeliverable: boolean } | null
}): Promise<string | null> {
  const outcome = p.outcome ?? TRUE
  const winner = { root: hashText('tree'), outcome }
  const action: Extract<PlannedAction, { kind: 'finishRoot' }> = {
    kind: 'finishRoot',
    tournamentId: ROOT_ID,
    winner,
    valueWei: 0n,
    reason: '',
  }
  const view = viewWith(p.owner, outcome)
  const own = p.own === undefined ? { result: TRUE, output: '0x01' as const, isDeliverable: true } : p.own
  const call = await endOfDispute({ deployment, task, action, view, account: ME, now: p.now ?? END }, async () => own)
  return call === null ? null : callName(call.data)
}

test('default: the survivor’s owner settles everything at once', async () => {
  expect(await endOf({ owner: ME })).toBe('settle')
})

test('default: another leaves it to the owner for one allowance, then ends it', async () => {
  expect(await endOf({ owner: OTHER })).toBeNull()
  expect(await endOf({ owner: OTHER, now: END + allowance - 1 })).toBeNull()
  expect(await endOf({ owner: OTHER, now: END + allowance })).toBe('finishRoot')
})

test('default: where the posted result has won anyone ends it', async () => {
  expect(await endOf({ owner: OTHER, outcome: POSTED })).toBe('finishRoot')
  expect(await endOf({ owner: ME, outcome: POSTED })).toBe('finishRoot')
})

test('edge: an owner without the bytes ends the game alone', async () => {
  expect(await endOf({ owner: ME, own: null })).toBe('finishRoot')
  expect(await endOf({ owner: ME, own: { result: TRUE, output: null, isDeliverable: true } })).toBe('finishRoot')
  expect(await endOf({ owner: ME, own: { result: TRUE, output: '0x01', isDeliverable: false } })).toBe('finishRoot')
  expect(await endOf({ owner: ME, own: { result: POSTED, output: '0x01', isDeliverable: true } })).toBe('finishRoot')
})

test('default: the end of the owner’s time is a moment to wait for', () => {
  const view = viewWith(OTHER, TRUE)
  expect(winnerSettlesUntil(view)).toBe(END + allowance)
  expect(nextGameDeadline(view, END - 1)).toBe(END)
  expect(nextGameDeadline(view, END)).toBe(END + allowance)
  expect(nextGameDeadline(view, END + allowance)).toBeNull()
})
