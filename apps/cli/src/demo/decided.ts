import { decodeSealFine } from 'opml/chain'
import type { Hex } from 'opml/core'
import { hexToBytes } from 'opml/core'
import { matchIdOf } from 'opml/dispute'
import type { GameView } from 'opml/dispute'
import { disassemble } from 'opml/vm'

/** What ended the dispute. */
export interface DecidedBy {
  /** `VM fine`: one instruction. `clock`: time-outs or windows alone. `none`: there was no dispute. */
  readonly level: 'VM fine' | 'clock' | 'none'
  /** Number of the instruction in the whole run, from 0. */
  readonly step: number | null
  /** Its address and text. */
  readonly instruction: string | null
}

/**
 * The instruction that a one-step proof executed: its number in the run and its text, read from the transaction.
 *
 * Null when `calldata` is no such proof, or not of this game.
 */
export function decisiveInstruction(calldata: Hex, view: GameView, fineHeight: number): DecidedBy | null {
  const action = decodeSealFine(calldata)
  if (action === null) return null
  const match = view.matches.get(matchIdOf(action.match))
  const tournament = match === undefined ? undefined : view.tournaments.get(match.tournamentId)
  const parentId = tournament?.parentMatch ?? null
  const parent = parentId === null ? undefined : view.matches.get(parentId)
  if (match === undefined || parent === undefined) return null
  const stepNumber = Number(parent.index) * 2 ** fineHeight + Number(match.index)
  return { level: 'VM fine', step: stepNumber, instruction: instructionOf(hexToBytes(action.witness)) }
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
