import type { KnownProgramModel, ProgramPlace } from '@opml/node'
import { programPlace } from '@opml/node'
import { decodeSealFine } from 'opml/chain'
import type { Hex } from 'opml/core'
import { hexToBytes } from 'opml/core'
import { KIND, matchIdOf } from 'opml/dispute'
import type { GameView } from 'opml/dispute'
import { disassemble } from 'opml/vm'

/** What ended the dispute. */
export interface DecidedBy {
  /** `instruction`: one was executed. `rule`: one of spec/06 §5. `clock`: time-outs or windows alone. `none`: there was no dispute. */
  readonly level: 'instruction' | 'rule' | 'clock' | 'none'
  /** Number of the instruction in the whole run, or in the run that computes the block in dispute, from 0. */
  readonly step: number | null
  /** Its address and text. */
  readonly instruction: string | null
}

/**
 * The instruction that a one-step proof executed: its number in the run and its text, read from the transaction.
 *
 * Null when `calldata` is no such proof, or not of this game.
 */
export function decisiveInstruction(calldata: Hex, view: GameView): DecidedBy | null {
  const action = decodeSealFine(calldata)
  if (action === null) return null
  const match = view.matches.get(matchIdOf(action.match))
  const tournament = match === undefined ? undefined : view.tournaments.get(match.tournamentId)
  if (match === undefined || tournament === undefined) return null
  const parentId = tournament.kind === KIND.fine ? tournament.parentMatch : null
  const parent = parentId === null ? undefined : view.matches.get(parentId)
  const before = parent === undefined ? 0 : Number(parent.index) * 2 ** tournament.height
  return {
    level: 'instruction',
    step: before + Number(match.index),
    instruction: instructionOf(hexToBytes(action.witness)),
  }
}

/** The leaf of a program's history that a dispute came down to, and where it is in the program; null where it came to none. */
export function locatedBlock(
  view: GameView,
  known: KnownProgramModel,
): { readonly index: bigint; readonly place: ProgramPlace } | null {
  const root = view.tournaments.get(view.rootId)
  const matches = (root?.matchIds ?? []).map((id) => view.matches.get(id)).filter((match) => match !== undefined)
  const [match] = matches.filter(({ height }) => height === 0)
  return match === undefined ? null : { index: match.index, place: programPlace(known, match.index) }
}

const CODE_BLOCK_AT = 160

/** Address and text of the instruction that a witness is about (spec/07 §1). */
function instructionOf(witness: Uint8Array): string {
  const view = new DataView(witness.buffer, witness.byteOffset, witness.byteLength)
  const pc = view.getUint32(0, false)
  const address = `0x${pc.toString(16).padStart(8, '0')}`
  if (witness.length < CODE_BLOCK_AT + 128) return `${address}: (halted)`
  const word = view.getUint32(CODE_BLOCK_AT + (pc & 127), true)
  return `${address}: ${disassemble(word, pc)}`
}
