import { bondWei } from '../bond.ts'
import { kindsOf } from '../kinds.ts'
import type { Kind, ModelLevels } from '../kinds.ts'
import { joinDataOf } from '../planJoin.ts'
import type { Task } from '../rules/state.ts'
import type { Address } from '../types.ts'
import type { TraceProvider } from '../traceProvider.ts'
import { hashText } from '../words.ts'
import type { Arena } from './arena.ts'
import { TOY_INPUT_ROOT } from './toyWorld.ts'

/** The model that all simulated games are about; its heights are the arena's. */
export const TOY_MODEL_ID = hashText('toy model')

/** The market opens the root tournament, about the toy model unless told, with the first claim, which `opener` owns and pays for. */
export async function openDispute(
  arena: Arena,
  p: { trace: TraceProvider; opener: Address; task?: Task },
): Promise<void> {
  const { parameters, machine } = arena.game
  const { modelId, inputRoot } = p.task ?? { modelId: TOY_MODEL_ID, inputRoot: TOY_INPUT_ROOT }
  const levels = machine.levels(modelId)
  const valueWei = bondWei({ levels, kind: levels.rootKind, priceCapWei: parameters.priceCapWei })
  const join = await joinDataOf(p.trace)
  const taskId = arena.taskId
  const call = {
    kind: 'openRoot' as const,
    taskId,
    modelId,
    inputRoot,
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

/** The largest number of claims in one tournament, for each kind that the model has, outermost first. */
export function claimsByKind(arena: Arena, levels: ModelLevels): number[] {
  const most = new Map<Kind, number>()
  for (const { kind, claimIds } of arena.view.tournaments.values())
    most.set(kind, Math.max(most.get(kind) ?? 1, claimIds.length))
  return kindsOf(levels).map((kind) => most.get(kind) ?? 1)
}
