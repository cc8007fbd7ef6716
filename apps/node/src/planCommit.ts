import { readBaseFeeWei } from 'opml/chain'
import type { ChainAccount, ChainConnection, Deployment, TaskView } from 'opml/chain'
import { commitmentOf } from 'opml/dispute'
import type { GameView, PlannedAction, TraceProvider } from 'opml/dispute'
import { isCommitWorthIt, prizeWei } from './commitChoice.ts'
import type { CommitMode } from './commitChoice.ts'

/** What stays the same for a role's every commitment. */
export interface Committer {
  readonly connection: ChainConnection
  readonly deployment: Deployment
  readonly account: ChainAccount
  readonly mode: CommitMode
  readonly inclusionSeconds: number
}

/**
 * The commitment that goes before a join with the root of `trace` at level 0, or null: it is already on the chain, or is not worth it.
 *
 * @param p.view - the game about the task; empty before the challenge.
 * @param p.windowEnd - seconds; when the join is refused.
 * @param p.bondWei - bond of level 0.
 */
export async function planCommit(
  committer: Committer,
  p: { task: TaskView; trace: TraceProvider; view: GameView; windowEnd: number; now: number; bondWei: bigint },
): Promise<PlannedAction | null> {
  const { connection, deployment, account, mode, inclusionSeconds } = committer
  const { task, view, now, windowEnd, bondWei } = p
  const root = await p.trace.root()
  const tournamentId = view.rootId
  const salt = account.commitSalt({ tournamentId, root })
  const commitment = commitmentOf({ tournamentId, root, sender: account.address, salt })
  if (mode === 'never' || view.commitments.has(commitment)) return null
  const { parameters } = deployment
  const priceWei = (await readBaseFeeWei(connection)) + parameters.tipWei
  const isPostedRight = task.posted?.result === (await p.trace.outcome())
  const prize = prizeWei({ isPostedRight, feeWei: task.feeWei, bondWei, priceWei, parameters })
  if (!isCommitWorthIt({ mode, now, windowEnd, inclusionSeconds, prizeWei: prize, priceWei })) return null
  return { kind: 'commit', commitment, valueWei: 0n, reason: 'before our join becomes visible' }
}
