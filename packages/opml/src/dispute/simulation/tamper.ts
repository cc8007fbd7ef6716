import type { Bytes32, Hex } from '../../core/bytes.ts'
import type { GameCall } from '../rules/state.ts'
import type { AgreedState, ClaimKey, GameAction, JoinData, MatchKey, MoveAction, Origin } from '../types.ts'
import { ZERO_WORD } from '../types.ts'

/** A call that must be refused although it is almost one that is allowed. */
export interface TamperedCall {
  /** What was changed. */
  readonly change: string
  readonly call: GameCall
  readonly valueWei: bigint
}

/**
 * Every one-field change of an allowed call that must be refused: each word of a proof, each length, each name, the money.
 *
 * Not changed are a commitment's word (any word may be committed) and the agreed state before leaf 0 of an inner game
 * (it is ignored).
 */
export function tamper(action: GameAction, valueWei: bigint): TamperedCall[] {
  const changed = changesOf(action).map(([change, call]) => ({ change, call, valueWei }))
  return [...changed, { change: 'value', call: action, valueWei: valueWei + 1n }]
}

type Change = readonly [string, GameAction]

function changesOf(action: GameAction): Change[] {
  switch (action.kind) {
    case 'joinRoot':
      return [
        ['tournamentId', { ...action, tournamentId: flip(action.tournamentId) }],
        ...named('join', joinChanges(action.join)).map(([name, join]): Change => [name, { ...action, join }]),
      ]
    case 'joinInner':
      return [
        ...named('origin', originChanges(action.origin)).map(([name, origin]): Change => [name, { ...action, origin }]),
        ...leafChanges(action),
        ...named('join', joinChanges(action.join)).map(([name, join]): Change => [name, { ...action, join }]),
      ]
    case 'move':
      return moveChanges(action)
    case 'sealCoarse':
      return sealChanges(action)
    case 'sealFine':
      return [...sealChanges(action), ['witness', { ...action, witness: lastByte(action.witness) }]]
    case 'sealGraph':
      return [
        ...named('match', matchChanges(action.match)).map(([name, match]): Change => [name, { ...action, match }]),
        ...leafChanges(action),
        ...graphChanges(action),
      ]
    case 'timeout':
      return named('match', matchChanges(action.match)).map(([name, match]) => [name, { ...action, match }])
    case 'finishInner':
      return [
        ...named('parent', matchChanges(action.parent)).map(([name, parent]): Change => [name, { ...action, parent }]),
        ...leafChanges(action),
        ['modelId', { ...action, modelId: flip(action.modelId) }],
        ['prevState', { ...action, prevState: flip(action.prevState) }],
        ...named('winner', keyChanges(action.winner)).map(([name, winner]): Change => [name, { ...action, winner }]),
      ]
    case 'finishRoot':
      return [
        ['tournamentId', { ...action, tournamentId: flip(action.tournamentId) }],
        ...named('winner', keyChanges(action.winner)).map(([name, winner]): Change => [name, { ...action, winner }]),
      ]
    case 'displace':
      return [
        ['tournamentId', { ...action, tournamentId: flip(action.tournamentId) }],
        ['salt', { ...action, salt: flip(action.salt) }],
        ...named('claim', keyChanges(action.claim)).map(([name, claim]): Change => [name, { ...action, claim }]),
      ]
    case 'commit':
      return []
    default:
      return action satisfies never
  }
}

function moveChanges(action: MoveAction): Change[] {
  const { childIndex, path, opened } = action
  return [
    ...nameChanges(action),
    ['childIndex sibling', { ...action, childIndex: childIndex ^ 1 }],
    ['childIndex too large', { ...action, childIndex: childIndex + 16 }],
    ['otherChild', { ...action, otherChild: flip(action.otherChild) }],
    ...wordChanges(path).map(([name, words]): Change => [`path ${name}`, { ...action, path: words }]),
    ...wordChanges(opened).map(([name, words]): Change => [`opened ${name}`, { ...action, opened: words }]),
  ]
}

/** The first move is named by its key, the others by the id; each in the way of the other. */
function nameChanges(action: MoveAction): Change[] {
  const { match, matchId } = action
  if (match === null) return [['matchId', { ...action, matchId: flip(matchId) }]]
  return [
    ['not by its key', { ...action, match: null }],
    ...named('match', matchChanges(match)).map(([name, key]): Change => [name, { ...action, match: key }]),
  ]
}

/** A root tournament's origin is ignored. */
function originChanges(origin: Origin): (readonly [string, Origin])[] {
  if (origin.parentMatch === ZERO_WORD) return []
  return (['parentMatch', 'modelId', 'prevState'] as const).map((field) => [
    field,
    { ...origin, [field]: flip(origin[field]) },
  ])
}

function sealChanges(action: Extract<GameAction, { kind: 'sealCoarse' | 'sealFine' }>): Change[] {
  return [
    ...named('match', matchChanges(action.match)).map(([name, match]): Change => [name, { ...action, match }]),
    ...leafChanges(action),
    ...named('origin', originChanges(action.origin)).map(([name, origin]): Change => [name, { ...action, origin }]),
    ...named('prev', agreedChanges(action.prev)).map(([name, prev]): Change => [name, { ...action, prev }]),
  ]
}

/** Evidence about what is proven in one of the two trees: another tree, another word, another length. */
function graphChanges(action: Extract<GameAction, { kind: 'sealGraph' }>): Change[] {
  const { evidence } = action
  const longer: Change = ['evidence longer', { ...action, evidence: `${evidence}00` }]
  if (evidence === '0x') return [longer]
  return [
    ['evidence', { ...action, evidence: lastByte(evidence) }],
    ['evidence shorter', { ...action, evidence: evidence.slice(0, -2) as Hex }],
    longer,
    ['inB', { ...action, inB: !action.inB }],
  ]
}

type LeafAction = Extract<GameAction, { readonly leafA: Bytes32 }>

function leafChanges(action: LeafAction): Change[] {
  const { leafA, leafB } = action
  return [
    ['leafA', { ...action, leafA: flip(leafA) }],
    ['leafB', { ...action, leafB: flip(leafB) }],
    ['leaves swapped', { ...action, leafA: leafB, leafB: leafA }],
  ]
}

function joinChanges(join: JoinData): (readonly [string, JoinData])[] {
  return [
    ['root', { ...join, root: flip(join.root) }],
    ['lastLeaf', { ...join, lastLeaf: flip(join.lastLeaf) }],
    ['evidence', { ...join, evidence: join.evidence === '0x' ? '0x00' : lastByte(join.evidence) }],
    ...wordChanges(join.opened).map(([name, opened]) => [`opened ${name}`, { ...join, opened }] as const),
    ...wordChanges(join.lastLeafSiblings).map(
      ([name, lastLeafSiblings]) => [`lastLeafSiblings ${name}`, { ...join, lastLeafSiblings }] as const,
    ),
  ]
}

function agreedChanges(prev: AgreedState): (readonly [string, AgreedState])[] {
  if (prev.stateHash === ZERO_WORD && prev.siblings.length === 0) return []
  const changes: (readonly [string, AgreedState])[] = wordChanges(prev.siblings).map(([name, siblings]) => [
    `siblings ${name}`,
    { ...prev, siblings },
  ])
  if (prev.stateHash === ZERO_WORD) return changes
  return [...changes, ['stateHash', { ...prev, stateHash: flip(prev.stateHash) }], ['inB', { ...prev, inB: !prev.inB }]]
}

function matchChanges(key: MatchKey): (readonly [string, MatchKey])[] {
  return [
    ['tournamentId', { ...key, tournamentId: flip(key.tournamentId) }],
    ['sides swapped', { ...key, a: key.b, b: key.a }],
    ...keyChanges(key.a).map(([name, a]) => [`a ${name}`, { ...key, a }] as const),
    ...keyChanges(key.b).map(([name, b]) => [`b ${name}`, { ...key, b }] as const),
  ]
}

function keyChanges(key: ClaimKey): (readonly [string, ClaimKey])[] {
  return [
    ['root', { ...key, root: flip(key.root) }],
    ['outcome', { ...key, outcome: flip(key.outcome) }],
  ]
}

/** Each word changed, one removed, one added. */
function wordChanges(words: readonly Bytes32[]): (readonly [string, readonly Bytes32[]])[] {
  const changed = words.map((word, i) => [`${i}`, words.map((other, j) => (i === j ? flip(word) : other))] as const)
  const shorter = words.length === 0 ? [] : [['shorter', words.slice(0, -1)] as const]
  return [...changed, ...shorter, ['longer', [...words, ZERO_WORD]]]
}

function named<T>(prefix: string, changes: readonly (readonly [string, T])[]): [string, T][] {
  return changes.map(([name, value]) => [`${prefix} ${name}`, value])
}

/** The word with its last bit turned. */
function flip(word: Bytes32): Bytes32 {
  return lastByte(word)
}

function lastByte(hex: Hex): Hex {
  const byte = Number.parseInt(hex.slice(-2), 16) ^ 1
  return `0x${hex.slice(2, -2)}${byte.toString(16).padStart(2, '0')}`
}
