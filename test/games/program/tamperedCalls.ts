import { bytesToHex, hexToBytes } from 'opml/core'
import type { Hex } from 'opml/core'
import type { GameAction, GameCall, PlannedAction } from 'opml/dispute'
import { addressOf, tamper } from 'opml/dispute/simulation'
import type { Arena } from 'opml/dispute/simulation'

const MALLORY = addressOf(9)
const WORD_BYTES = 32

/** Sends every call that is almost `action` and must be refused; the changes that were not. */
export function acceptedTampers(arena: Arena, { valueWei, reason: _reason, ...action }: PlannedAction): string[] {
  // A leaf that is judged without a word of either tree may be judged in the name of both.
  const usual = tamper(action, valueWei).filter(({ change }) => change !== 'inB')
  return [...usual, ...withEachWordChanged(action).map((call, i) => ({ change: `word ${i}`, call, valueWei }))].flatMap(
    ({ change, call, valueWei: sentWei }) =>
      arena.send({ payer: MALLORY, call, valueWei: sentWei }) === null ? [`${action.kind}: ${change}`] : [],
  )
}

/** A bit of each word of what an action brings as evidence: bytes of descriptors and states, hashes, siblings. */
function withEachWordChanged(action: GameAction): GameCall[] {
  switch (action.kind) {
    case 'joinRoot':
    case 'joinInner':
      return changedWords(action.join.evidence).map((evidence) => ({ ...action, join: { ...action.join, evidence } }))
    case 'sealGraph':
      return changedWords(action.evidence).map((evidence) => ({ ...action, evidence }))
    case 'sealFine':
      return changedWords(action.witness).map((witness) => ({ ...action, witness }))
    case 'move':
    case 'sealCoarse':
    case 'timeout':
    case 'finishInner':
    case 'finishRoot':
    case 'commit':
    case 'displace':
      return []
    default:
      return action satisfies never
  }
}

function changedWords(hex: Hex): Hex[] {
  const bytes = hexToBytes(hex)
  return Array.from({ length: bytes.length / WORD_BYTES }, (_, i) => {
    const changed = bytes.slice()
    // Another byte and bit of each word.
    changed[i * WORD_BYTES + ((5 * i) % WORD_BYTES)] ^= 1 << (i & 7)
    return bytesToHex(changed)
  })
}
