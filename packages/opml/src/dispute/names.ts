import type { Bytes32, Hex } from '../core/bytes.ts'
import type { Address, ClaimKey, MatchKey, Origin } from './types.ts'
import { addressWord, hashText, hashWords } from './words.ts'

const ROOT_TAG = hashText('opml.tournament.root.1')
const INNER_TAG = hashText('opml.tournament.inner.2')

/** Id of the root tournament of `taskId` under `market` (spec/06 §1). */
export function rootTournamentId(market: Address, taskId: Bytes32): Bytes32 {
  return hashWords(ROOT_TAG, addressWord(market), taskId)
}

/** Id of an inner tournament (spec/06 §1). */
export function innerTournamentId(origin: Origin): Bytes32 {
  return hashWords(INNER_TAG, origin.parentMatch, origin.modelId, origin.prevState)
}

/** Id of a claim: its root and outcome inside a tournament (spec/06 §1). */
export function claimIdOf(tournamentId: Bytes32, claim: ClaimKey): Bytes32 {
  return hashWords(tournamentId, claim.root, claim.outcome)
}

/** Id of a match by the ids of its two claims, A first (spec/06 §1). */
export function matchIdOfClaims(tournamentId: Bytes32, claimIdA: Bytes32, claimIdB: Bytes32): Bytes32 {
  return hashWords(tournamentId, claimIdA, claimIdB)
}

/** Id of the match that `key` names (spec/06 §1). */
export function matchIdOf(key: MatchKey): Bytes32 {
  const { tournamentId, a, b } = key
  return matchIdOfClaims(tournamentId, claimIdOf(tournamentId, a), claimIdOf(tournamentId, b))
}

/** The word that `sender` commits to before it joins with `root` (spec/06 §3). `salt` is 32 bytes of the sender's choice. */
export function commitmentOf(p: { tournamentId: Bytes32; root: Bytes32; sender: Hex; salt: Bytes32 }): Bytes32 {
  return hashWords(p.tournamentId, p.root, addressWord(p.sender), p.salt)
}
