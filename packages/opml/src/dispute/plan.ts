import type { Bytes32 } from '../core/bytes.ts'
import type { GameView } from './gameView.ts'
import type { Kind, ModelLevels } from './kinds.ts'
import type { TraceProvider } from './traceProvider.ts'
import type { Address, GameParameters, PlannedAction } from './types.ts'

/** What a player is willing to do. */
export interface PlayerOptions {
  /** Join the root tournament when the own claim is missing there (default true). Inner ones are always joined. */
  readonly joinRoot?: boolean
  /** End what others let lie: their time-outs and finishes (default true); own matches are always ended. */
  readonly sweep?: boolean
  /** Seconds an action may take into a block; one that could come too late is not proposed (default 0). */
  readonly inclusionSeconds?: number
  /**
   * Commit before joining with this salt, and take the claim back from whoever copied it (default: join at once). 32 bytes, secret,
   * the same after a restart.
   */
  readonly commitSalt?: Bytes32
  /** False: take claims back with `commitSalt`, but join without committing (default true): the caller commits where that pays. */
  readonly commitFirst?: boolean
}

/** What the strategy looks at; nothing else is remembered from call to call. */
export interface NextActionsInput {
  readonly view: GameView
  /** The account that signs. */
  readonly me: Address
  /** The player's own history of the task: that of the root tournament. */
  readonly trace: TraceProvider
  readonly params: GameParameters
  readonly levels: ModelLevels
  /** Bonds as the contract's `bondWei(modelId, kind)` tells them (default: computed from the table of spec/06 §10). */
  readonly bondsWei?: Readonly<Partial<Record<Kind, bigint>>>
  /** The latest block's timestamp. Seconds. */
  readonly now: number
  readonly options?: PlayerOptions
}

/** The input with every default filled in, and the actions found so far. */
export interface Plan extends Omit<NextActionsInput, 'options'> {
  readonly options: Required<Omit<PlayerOptions, 'commitSalt'>> & { readonly commitSalt: Bytes32 | null }
  readonly actions: PlannedAction[]
}
