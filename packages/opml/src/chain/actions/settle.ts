import { encodeFunctionData } from 'viem'
import type { Bytes32, Hex } from '../../core/bytes.ts'
import type { ClaimKey } from '../../dispute/types.ts'
import { inferenceMarketAbi } from '../abis.ts'
import type { ContractCall } from '../contractCall.ts'
import type { Deployment } from '../deployment.ts'

/** Fixes the result of an unchallenged task after its window, or of a disputed one after `finishRoot`. */
export function resolveCall(deployment: Deployment, taskId: Bytes32): ContractCall {
  return {
    to: deployment.market,
    data: encodeFunctionData({ abi: inferenceMarketAbi, functionName: 'resolve', args: [taskId] }),
    valueWei: 0n,
    label: 'resolve',
  }
}

/**
 * Ends a dispute that another result than the posted one has won: finishes the root tournament, fixes the result, delivers its bytes and
 * pays the winner, in one transaction.
 */
export function settleCall(
  deployment: Deployment,
  p: { taskId: Bytes32; winner: ClaimKey; output: Hex },
): ContractCall {
  return {
    to: deployment.market,
    data: encodeFunctionData({
      abi: inferenceMarketAbi,
      functionName: 'settle',
      args: [p.taskId, p.winner, p.output],
    }),
    valueWei: 0n,
    label: 'settle',
    minGasLimit: 500_000n,
  }
}

/** Gives the bytes of a disputed result that won against the posted one. */
export function deliverCall(deployment: Deployment, p: { taskId: Bytes32; output: Hex }): ContractCall {
  return {
    to: deployment.market,
    data: encodeFunctionData({ abi: inferenceMarketAbi, functionName: 'deliver', args: [p.taskId, p.output] }),
    valueWei: 0n,
    label: 'deliver',
  }
}

/** Refunds the requester of a task that nobody answered or delivered in time. */
export function refundCall(deployment: Deployment, taskId: Bytes32): ContractCall {
  return {
    to: deployment.market,
    data: encodeFunctionData({ abi: inferenceMarketAbi, functionName: 'refund', args: [taskId] }),
    valueWei: 0n,
    label: 'refund',
  }
}
