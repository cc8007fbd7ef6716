import { DEPLOYMENT_PARAMETERS } from 'opml/chain'
import type { Deployment, TaskView } from 'opml/chain'
import type { Hex } from 'opml/core'
import { describe, expect, test } from 'vitest'
import type { KnownModel } from './modelLibrary.ts'
import type { Picture } from './policy.ts'
import { defenderPolicy, submitterPolicy, verifierPolicy } from './policy.ts'

const ADDRESS = (digit: string) => `0x${digit.repeat(40)}` as const
const WORD = (digit: string) => `0x${digit.repeat(64)}` as const
const ME = ADDRESS('1')
const OTHER = ADDRESS('2')

const deployment: Deployment = {
  chainId: 1,
  startBlock: 0n,
  registry: ADDRESS('3'),
  machine: ADDRESS('4'),
  graph: ADDRESS('8'),
  referee: ADDRESS('9'),
  tournament: ADDRESS('5'),
  market: ADDRESS('6'),
  parameters: DEPLOYMENT_PARAMETERS.local,
}

const requested: TaskView = {
  taskId: WORD('a'),
  status: 'requested',
  requester: OTHER,
  modelId: WORD('b'),
  inputRoot: WORD('c'),
  input: '0x',
  inputElsewhere: false,
  feeWei: 10n,
  deadline: 1_000,
  requestedAt: 0,
  posted: null,
  dispute: null,
  resolved: null,
  output: null,
}

function postedBy(submitter: Hex, change: Partial<TaskView> = {}): TaskView {
  const posted = { submitter, result: WORD('d'), output: '0x' as const, failed: false, time: 100 }
  return { ...requested, status: 'submitted', posted, ...change }
}

const dispute = { tournamentId: WORD('e'), challenger: OTHER, time: 200 }

function picture(change: Partial<Picture>): Picture {
  return {
    account: ME,
    now: 500,
    tasks: [],
    credits: { market: 0n, tournament: 0n },
    // SAFETY: a policy asks only whether a model is known.
    models: new Map([[requested.modelId, {} as KnownModel]]),
    deployment,
    winnerOf: () => null,
    isPlaying: () => false,
    ...change,
  }
}

const submitter = submitterPolicy({ minFeeWei: 10n, deadlineMarginSeconds: 60, minWithdrawWei: 5n })
const verifier = verifierPolicy({ isDefender: false, minWithdrawWei: 5n })
const defender = verifierPolicy({ isDefender: true, minWithdrawWei: 5n })

function kinds(policy: typeof submitter, change: Partial<Picture>): string[] {
  return policy(picture(change)).map((work) => work.kind)
}

describe('submitterPolicy', () => {
  test('default: answers a task that pays, is in time and whose input is on chain', () => {
    expect(kinds(submitter, { tasks: [requested] })).toEqual(['answer'])
    expect(kinds(submitter, { tasks: [{ ...requested, feeWei: 9n }] })).toEqual([])
    expect(kinds(submitter, { tasks: [{ ...requested, inputElsewhere: true }] })).toEqual([])
    const reader = submitterPolicy({
      minFeeWei: 1n,
      deadlineMarginSeconds: 60,
      minWithdrawWei: 5n,
      takesInputElsewhere: true,
    })
    expect(kinds(reader, { tasks: [{ ...requested, inputElsewhere: true }] })).toEqual(['answer'])
    expect(kinds(submitter, { tasks: [{ ...requested, modelId: WORD('9') }] })).toEqual([])
  })

  test('edge: the margin before the deadline counts to the second', () => {
    expect(kinds(submitter, { tasks: [requested], now: 940 })).toEqual(['answer'])
    expect(kinds(submitter, { tasks: [requested], now: 941 })).toEqual([])
  })

  test('edge: resolves its own unchallenged answer from the second at which the window closes', () => {
    expect(kinds(submitter, { tasks: [postedBy(ME)], now: 699 })).toEqual([])
    expect(kinds(submitter, { tasks: [postedBy(ME)], now: 700 })).toEqual(['resolve'])
    expect(kinds(submitter, { tasks: [postedBy(OTHER)], now: 700 })).toEqual([])
  })

  test('default: plays for its own answer, resolves when the tournament is finished', () => {
    const task = postedBy(ME, { status: 'disputed', dispute })
    expect(kinds(submitter, { tasks: [task] })).toEqual(['play'])
    expect(kinds(submitter, { tasks: [task], winnerOf: () => ME })).toEqual(['resolve'])
    expect(kinds(submitter, { tasks: [postedBy(OTHER, { status: 'disputed', dispute })] })).toEqual([])
  })

  test('edge: withdraws from the minimum on, from each contract', () => {
    expect(kinds(submitter, { credits: { market: 4n, tournament: 5n } })).toEqual(['withdraw'])
    expect(kinds(submitter, { credits: { market: 0n, tournament: 0n } })).toEqual([])
  })
})

describe('defenderPolicy', () => {
  const defends = defenderPolicy({ taskId: requested.taskId, minWithdrawWei: 5n })

  test('default: plays in the dispute of its task alone, and challenges nothing', () => {
    const task = postedBy(OTHER, { status: 'disputed', dispute })
    expect(kinds(defends, { tasks: [task, { ...task, taskId: WORD('9') }] })).toEqual(['play'])
    expect(kinds(defends, { tasks: [postedBy(OTHER)], now: 699 })).toEqual([])
    expect(kinds(defends, { tasks: [postedBy(OTHER)], now: 700 })).toEqual(['resolve'])
    expect(kinds(defends, { tasks: [task], winnerOf: () => OTHER })).toEqual(['resolve'])
    expect(kinds(defends, { tasks: [], credits: { market: 0n, tournament: 5n } })).toEqual(['withdraw'])
  })
})

describe('verifierPolicy', () => {
  test('default: checks what others posted while it can be challenged', () => {
    expect(kinds(verifier, { tasks: [postedBy(OTHER)], now: 699 })).toEqual(['check'])
    expect(kinds(verifier, { tasks: [postedBy(OTHER)], now: 700 })).toEqual([])
    expect(kinds(verifier, { tasks: [postedBy(ME)], now: 500 })).toEqual([])
    expect(kinds(verifier, { tasks: [requested] })).toEqual([])
  })

  test('default: checks a dispute of others, plays where it takes part or defends', () => {
    const task = postedBy(OTHER, { status: 'disputed', dispute })
    expect(kinds(verifier, { tasks: [task] })).toEqual(['check'])
    expect(kinds(verifier, { tasks: [task], isPlaying: () => true })).toEqual(['play'])
    expect(kinds(defender, { tasks: [task] })).toEqual(['play'])
  })

  test('default: fixes the result of a dispute that it won, leaves a lost or void one', () => {
    const task = postedBy(OTHER, { status: 'disputed', dispute })
    const isPlaying = (): boolean => true
    expect(kinds(verifier, { tasks: [task], isPlaying, winnerOf: () => ME })).toEqual(['resolve'])
    expect(kinds(verifier, { tasks: [task], isPlaying, winnerOf: () => OTHER })).toEqual([])
    expect(kinds(verifier, { tasks: [task], isPlaying, winnerOf: () => 'void' })).toEqual([])
  })

  test('edge: delivers its own winning result until the second before the delivery deadline', () => {
    const resolved = { result: WORD('f'), owner: ME, time: 300 }
    const task = postedBy(OTHER, { status: 'awaitingDelivery', dispute, resolved })
    expect(kinds(verifier, { tasks: [task], now: 899 })).toEqual(['deliver'])
    expect(kinds(verifier, { tasks: [task], now: 900 })).toEqual([])
    expect(kinds(verifier, { tasks: [{ ...task, resolved: { ...resolved, owner: OTHER } }], now: 899 })).toEqual([])
  })
})
