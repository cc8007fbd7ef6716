import { encodeFunctionData } from 'viem'
import type { Hex } from '../../core/bytes.ts'
import type { GameAction } from '../../dispute/types.ts'
import { tournamentAbi } from '../abis.ts'
import type { ContractCall } from '../contractCall.ts'
import type { Deployment } from '../deployment.ts'

/** The call of the `Tournament` contract that makes one move of the game, with the wei it has to carry. */
export function playCall(deployment: Deployment, action: GameAction & { valueWei: bigint }): ContractCall {
  return {
    to: deployment.tournament,
    data: encodeAction(action),
    valueWei: action.valueWei,
    label: action.kind,
  }
}

function encodeAction(a: GameAction): Hex {
  const abi = tournamentAbi
  switch (a.kind) {
    case 'joinRoot':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.tournamentId, a.join] })
    case 'joinInner':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.parent, a.leafA, a.leafB, a.join] })
    case 'move':
      return encodeFunctionData({
        abi,
        functionName: a.kind,
        args: [a.matchId, BigInt(a.childIndex), a.otherChild, a.path, a.opened],
      })
    case 'sealCoarse':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.match, a.leafA, a.leafB, a.prev] })
    case 'sealFine':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.match, a.leafA, a.leafB, a.prev, a.witness] })
    case 'timeout':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.match] })
    case 'finishInner':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.parent, a.leafA, a.leafB, a.winner] })
    case 'finishRoot':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.tournamentId, a.winner] })
    case 'commit':
      return encodeFunctionData({ abi, functionName: a.kind, args: [a.commitment] })
    case 'displace':
      return encodeFunctionData({
        abi,
        functionName: a.kind,
        args: [a.tournamentId, a.claim, a.salt, a.opponent, a.claimIsA],
      })
  }
}
