import type { Bytes32 } from '../core/bytes.ts'
import { OpmlError } from '../core/errors.ts'

/** Every way in which a call breaks a rule of spec/06, with what it means. */
export const GAME_RULES = {
  unexpectedValue: 'this call takes no money',
  wrongBond: 'the value sent is not the bond of the tournament',
  tournamentExists: 'the tournament was opened before',
  unknownTournament: 'no such tournament',
  tournamentFinished: 'the tournament is finished',
  windowClosed: 'the join window has closed',
  windowOpen: 'the join window is still open',
  badOpening: 'the opened descendants have the wrong number or do not hash to their node',
  badLastLeaf: 'the last leaf is not proven',
  badEvidence: 'the evidence does not fit the kind of tournament, the root or the last leaf',
  leavesMismatch: 'the two leaves are not those of the match',
  originMismatch: 'the tournament is not the one below this match, about this model, from this state on',
  lastLeafNotDisputed: 'the last leaf is neither of the two leaves in dispute',
  claimUsed: 'this claim was made before in this tournament',
  unknownMatch: 'no such match',
  wrongPhase: 'the match is in another phase',
  wrongKind: 'the tournament is of another kind',
  expired: 'a clock that must still run has run out',
  notExpired: 'no clock has run out',
  badChildIndex: 'the child index is not below the number of descendants',
  equalChildren: 'the two children are the same',
  badPath: 'the path has the wrong number of words',
  pairMismatch: 'the recomputed nodes are not the two in dispute',
  badAgreedState: 'the agreed state is not proven',
  badWitness: 'the witness does not prove the step',
  badJudgement: 'the evidence does not prove what the leaf is',
  matchOpen: 'a match of the tournament is still open',
  wrongWinner: 'the named winner is not the survivor',
  noCommitment: 'the sender has made no such commitment',
  commitmentTooLate: 'the claim has been owned at least as long as the commitment stands',
  claimNotLive: 'the claim is not alive',
  nothingToWithdraw: 'the account has no credit',
} as const

/** Name of a rule of the game. */
export type GameRule = keyof typeof GAME_RULES

/** A call was refused by the rules of the game; nothing changed. */
export class GameRuleError extends OpmlError {
  override readonly name = 'GameRuleError'
  readonly rule: GameRule
  readonly detail: string

  /** @param detail - the values that failed, as `name=value` text. */
  constructor(rule: GameRule, detail = '') {
    super(`Refused: ${GAME_RULES[rule]}${detail === '' ? '' : ` (${detail})`}.`, {
      code: 'DISPUTE_RULE_BROKEN',
      suggestion: 'Rebuild the view from the latest events and plan again; see spec/06-dispute.md.',
    })
    this.rule = rule
    this.detail = detail
  }
}

/** The chain's record and the player's own trace or rules contradict each other: nothing may be signed from here. */
export class GameInvariantError extends OpmlError {
  override readonly name = 'GameInvariantError'
  readonly subject: Bytes32

  /** @param p.subject - id of the tournament, claim or match in question. */
  constructor(p: { subject: Bytes32; problem: string }) {
    super(`Dispute ${p.subject}: ${p.problem}.`, {
      code: 'DISPUTE_INVARIANT_BROKEN',
      suggestion:
        'Stop signing. Check that model, input and contract are the ones the dispute is about, then report it.',
    })
    this.subject = p.subject
  }
}
