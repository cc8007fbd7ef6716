import { bondWei } from '../bond.ts'
import { joinDataOf } from '../planJoin.ts'
import type { ToyTrace } from './toyTrace.ts'
import type { Address } from '../types.ts'
import { hashText } from '../words.ts'
import type { Arena } from './arena.ts'

/** The toy input that all simulated games are about. */
export const TOY_INPUT_ROOT = hashText('toy input')

/** The market opens the root tournament with the first claim, which `opener` owns and pays for. */
export async function openDispute(
  arena: Arena,
  p: { trace: ToyTrace; opener: Address; heights: readonly number[] },
): Promise<void> {
  const { priceCapWei } = arena.game.parameters
  const valueWei = bondWei({ level: 0, height: p.heights[0] ?? 0, hasInner: p.heights.length > 1, priceCapWei })
  const join = await joinDataOf(p.trace)
  const taskId = arena.taskId
  const call = {
    kind: 'openRoot' as const,
    taskId,
    modelId: hashText('toy model'),
    inputRoot: TOY_INPUT_ROOT,
    owner: p.opener,
    join,
  }
  const refused = arena.send({ payer: p.opener, sender: arena.market, call, valueWei })
  if (refused !== null) throw refused
}

/** An account made of its number. */
export function addressOf(index: number): Address {
  return `0x${(0xa0000 + index).toString(16).padStart(40, '0')}`
}

/** The largest number of claims in one tournament, for each level, outermost first. */
export function claimsByLevel(arena: Arena, numLevels: number): number[] {
  const most = new Array<number>(numLevels).fill(1)
  for (const { level, claimIds } of arena.view.tournaments.values()) {
    most[level] = Math.max(most[level] ?? 1, claimIds.length)
  }
  return most
}
