import { encodeAbiParameters, encodeEventTopics } from 'viem'
import { describe, expect, test } from 'vitest'
import { inferenceMarketAbi, tournamentAbi } from './abis.ts'
import type { ChainLog } from './chainLog.ts'
import { decodeLog } from './decodeLog.ts'
import type { Deployment } from './deployment.ts'
import { DEPLOYMENT_PARAMETERS } from './deployment.ts'

const WORD = (digit: string) => `0x${digit.repeat(64)}` as const
const deployment: Deployment = {
  chainId: 1,
  startBlock: 0n,
  registry: `0x${'1'.repeat(40)}`,
  machine: `0x${'2'.repeat(40)}`,
  graph: `0x${'5'.repeat(40)}`,
  referee: `0x${'6'.repeat(40)}`,
  tournament: `0x${'3'.repeat(40)}`,
  market: `0x${'4'.repeat(40)}`,
  parameters: DEPLOYMENT_PARAMETERS.local,
}

function logOf(p: Pick<ChainLog, 'address' | 'topics' | 'data'>): ChainLog {
  return { ...p, blockNumber: 7n, blockHash: WORD('b'), transactionHash: WORD('c'), logIndex: 0, time: 1_234 }
}

const moved = logOf({
  address: deployment.tournament,
  topics: encodeEventTopics({
    abi: tournamentAbi,
    eventName: 'Moved',
    args: { matchId: WORD('a') },
  }) as ChainLog['topics'],
  data: encodeAbiParameters(
    [{ type: 'uint64' }, { type: 'uint8' }, { type: 'bytes32' }, { type: 'bytes32[]' }],
    [5n, 8, WORD('d'), [WORD('e')]],
  ),
})

/** Field names of an event's type, written down once more; the ABI must agree. */
const GAME_EVENT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  TournamentOpened: [
    'tournamentId',
    'modelId',
    'parentMatch',
    'kind',
    'height',
    'prevState',
    'windowEnd',
    'initialClock',
  ],
  Joined: ['tournamentId', 'claimId', 'owner', 'root', 'outcome', 'opened'],
  Committed: ['commitment', 'time'],
  Displaced: ['tournamentId', 'claimId', 'newOwner', 'formerOwner', 'ownedSince'],
  MatchStarted: ['tournamentId', 'matchId', 'claimIdA', 'claimIdB'],
  Moved: ['matchId', 'index', 'height', 'otherChild', 'opened'],
  InnerOpened: ['matchId', 'tournamentId', 'prevState', 'leafA', 'leafB'],
  Stepped: ['matchId', 'prevState', 'next'],
  Judged: ['matchId', 'answer'],
  MatchEnded: ['matchId', 'winner', 'reason'],
  TournamentFinished: ['tournamentId', 'winner', 'outcome'],
  Refunded: ['to', 'amountWei'],
  Credited: ['to', 'amountWei'],
  Paid: ['to', 'amountWei'],
  Withdrawn: ['to', 'amountWei'],
}
const MARKET_EVENT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Requested: ['taskId', 'requester', 'modelId', 'nonce', 'inputRoot', 'feeWei', 'deadline', 'inputElsewhere', 'input'],
  InputChunk: ['uploader', 'modelId', 'inputRoot', 'offset', 'totalBytes', 'isSlot', 'chunk'],
  Submitted: ['taskId', 'submitter', 'result', 'failed', 'output'],
  Challenged: ['taskId', 'tournamentId', 'challenger', 'result'],
  Resolved: ['taskId', 'result', 'resultOwner', 'awaitingDelivery'],
  Delivered: ['taskId', 'output'],
  Finalised: ['taskId', 'result'],
  TaskRefunded: ['taskId', 'amountWei'],
  CalledBack: ['taskId', 'success'],
  Credited: ['to', 'amountWei'],
  Paid: ['to', 'amountWei'],
  Withdrawn: ['to', 'amountWei'],
}

function eventFields(abi: readonly { readonly type: string }[]): Record<string, readonly string[]> {
  const events = abi.filter((entry) => entry.type === 'event') as unknown as {
    name: string
    inputs: { name: string }[]
  }[]
  return Object.fromEntries(
    events.map(({ name, inputs }) => [name, inputs.map((input) => input.name.replace(/^_/, ''))]),
  )
}

describe('decodeLog', () => {
  test('default: a move, with the time of its block', () => {
    expect(decodeLog(deployment, moved)?.event).toEqual({
      kind: 'Moved',
      time: 1_234,
      matchId: WORD('a'),
      index: 5n,
      height: 8,
      otherChild: WORD('d'),
      opened: [WORD('e')],
    })
  })

  test('edge: an argument "kind" is that of the tournament', () => {
    const opened = logOf({
      address: deployment.tournament,
      topics: encodeEventTopics({
        abi: tournamentAbi,
        eventName: 'TournamentOpened',
        args: { tournamentId: WORD('a'), modelId: WORD('a'), parentMatch: WORD('0') },
      }) as ChainLog['topics'],
      data: encodeAbiParameters(
        [{ type: 'uint8' }, { type: 'uint8' }, { type: 'bytes32' }, { type: 'uint40' }, { type: 'uint32' }],
        [2, 64, WORD('0'), 9, 8],
      ),
    })
    expect(decodeLog(deployment, opened)?.event).toMatchObject({
      kind: 'TournamentOpened',
      tournamentKind: 2,
      height: 64,
    })
  })

  test('edge: unknown contract, unknown event, no topics, truncated data give nothing', () => {
    const strange = [
      { ...moved, address: deployment.registry },
      { ...moved, topics: [WORD('f')] },
      { ...moved, topics: [] },
      { ...moved, data: moved.data.slice(0, -64) as ChainLog['data'] },
      { ...moved, topics: moved.topics.slice(0, 1) },
    ]
    expect(strange.map((log) => decodeLog(deployment, log))).toEqual(strange.map(() => null))
  })

  test('vector: the events of the game are those of the contract, field by field', () => {
    expect(eventFields(tournamentAbi)).toEqual(GAME_EVENT_FIELDS)
  })

  test('vector: the events of the market contain those of the client, field by field', () => {
    expect(eventFields(inferenceMarketAbi)).toMatchObject(MARKET_EVENT_FIELDS)
  })
})
