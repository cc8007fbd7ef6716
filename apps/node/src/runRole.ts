import type { OpmlError } from 'opml/core'
import type { ChainEnvironment } from 'opml/chain'
import { isFatal } from './errors.ts'
import type { Role } from './role.ts'

/** How a role's loop breathes. */
export interface LoopOptions {
  readonly environment: ChainEnvironment
  readonly pollMs: number
  /** Wait after an error, before the next turn. */
  readonly errorDelayMs: number
  /** Ends the loop after the turn under way. */
  readonly signal: AbortSignal
  /** Asked after each turn: true when there is nothing more to do. */
  readonly isDone?: () => boolean
}

/**
 * Takes turns until the signal is aborted, or everything is done.
 *
 * Outages, nonce races, lack of funds and refusals are logged and waited out. A broken invariant and anything that is no error of this
 * project end the loop: nothing may be signed on a state that is not understood.
 * @throws {InvariantBrokenError} {@link GameInvariantError} or the unknown error.
 */
export async function runRole(role: Role, options: LoopOptions): Promise<void> {
  const { environment, signal } = options
  while (!signal.aborted) {
    try {
      await role.turn()
      if (options.isDone?.() === true) return
      await environment.sleep(options.pollMs, signal)
    } catch (error) {
      if (signal.aborted) return
      if (isFatal(error)) throw error
      const { message, code, suggestion } = error as OpmlError
      environment.log({ level: 'error', message, fields: { role: role.name, code, suggestion } })
      await environment.sleep(options.errorDelayMs, signal)
    }
  }
}
