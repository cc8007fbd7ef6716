import { decodeFunctionData, encodeFunctionData } from 'viem'
import type { Hex } from '../../core/bytes.ts'
import type { GameAction, SealFineAction, SealGraphAction } from '../../dispute/types.ts'
import { tournamentAbi } from '../abis.ts'
import type { ContractCall } from '../contractCall.ts'
import type { Deployment } from '../deployment.ts'

/** About twice the budgets of spec/06 §10 without their growth (an estimate counts where it is more): a limit is no cost, and an action that runs out of gas is not paid back. */
const MIN_GAS_LIMIT: Readonly<Record<GameAction['kind'], bigint>> = {
  joinRoot: 400_000n,
  joinInner: 400_000n,
  move: 150_000n,
  sealCoarse: 500_000n,
  sealFine: 400_000n,
  sealGraph: 600_000n,
  timeout: 300_000n,
  finishInner: 300_000n,
  finishRoot: 300_000n,
  commit: 100_000n,
  displace: 200_000n,
}

/** The call of the `Tournament` contract that makes one move of the game, with the wei it has to carry. */
export function playCall(deployment: Deployment, action: GameAction & { valueWei: bigint }): ContractCall {
  return {
    to: deployment.tournament,
    data: encodeAction(action),
    valueWei: action.valueWei,
    label: action.kind,
    minGasLimit: MIN_GAS_LIMIT[action.kind],
  }
}

function encodeAction(a: GameAction): Hex {
  const abi = tournamentAbi
  switch (a.kind) {
    case 'joinRoot':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.tournamentId, a.join] })
    case 'joinInner':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.origin, a.leafA, a.leafB, a.join] })
    case 'move': {
      const { childIndex, otherChild, path, opened } = a
      const rest = [BigInt(childIndex), otherChild, path, opened] as const
      return a.match === null
        ? encodeFunctionData({ abi, functionName: 'move', args: [a.matchId, ...rest] })
        : encodeFunctionData({ abi, functionName: 'firstMove', args: [a.match, ...rest] })
    }
    case 'sealCoarse':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.match, a.leafA, a.leafB, a.origin, a.prev] })
    case 'sealFine':
      return encodeFunctionData({
        abi,
        functionName: a.kind,
        args: [a.match, a.leafA, a.leafB, a.origin, a.prev, a.witness],
      })
    case 'sealGraph':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.match, a.leafA, a.leafB, a.inB, a.evidence] })
    case 'timeout':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.match] })
    case 'finishInner':
      return encodeFunctionData({
        abi,
        functionName: a.kind,
        args: [a.parent, a.leafA, a.leafB, a.modelId, a.prevState, a.winner],
      })
    case 'finishRoot':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.tournamentId, a.winner] })
    case 'commit':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.commitment] })
    case 'displace':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.tournamentId, a.claim, a.salt] })
  }
}

/** The one-step proof in a transaction's calldata; null where it is another call. */
export function decodeSealFine(data: Hex): SealFineAction | null {
  try {
    const { functionName, args } = decodeFunctionData({ abi: tournamentAbi, data })
    if (functionName !== 'sealFine') return null
    const [match, leafA, leafB, origin, prev, witness] = args
    return { kind: 'sealFine', match, leafA, leafB, origin, prev, witness }
  } catch {
    return null
  }
}

/** The judgement in a transaction's calldata; null where it is another call. */
export function decodeSealGraph(data: Hex): SealGraphAction | null {
  try {
    const { functionName, args } = decodeFunctionData({ abi: tournamentAbi, data })
    if (functionName !== 'sealGraph') return null
    const [match, leafA, leafB, inB, evidence] = args
    return { kind: 'sealGraph', match, leafA, leafB, inB, evidence }
  } catch {
    return null
  }
}
