import { encodeFunctionData } from 'viem'
import type { Bytes32, Hex } from '../../core/bytes.ts'
import { inferenceMarketAbi } from '../abis.ts'
import type { ContractCall } from '../contractCall.ts'
import type { Deployment } from '../deployment.ts'

/** What both kinds of request say. */
export interface RequestTerms {
  readonly modelId: Bytes32
  readonly feeWei: bigint
  /** Seconds since the epoch: answers after it are refused. */
  readonly deadline: number
  /** Gas for the callback to the requester's contract; 0: none. */
  readonly callbackGas?: number
}

/** Asks a model for its answer to `input`; the bytes go on chain, which hashes them. */
export function requestCall(deployment: Deployment, p: RequestTerms & { input: Hex }): ContractCall {
  return {
    to: deployment.market,
    data: encodeFunctionData({
      abi: inferenceMarketAbi,
      functionName: 'request',
      args: [p.modelId, p.input, p.deadline, p.callbackGas ?? 0],
    }),
    valueWei: p.feeWei,
    label: 'request',
  }
}

/** As {@link requestCall} with the input's root alone: the bytes are elsewhere, at the requester's risk. */
export function requestWithRootCall(deployment: Deployment, p: RequestTerms & { inputRoot: Bytes32 }): ContractCall {
  return {
    to: deployment.market,
    data: encodeFunctionData({
      abi: inferenceMarketAbi,
      functionName: 'requestWithRoot',
      args: [p.modelId, p.inputRoot, p.deadline, p.callbackGas ?? 0],
    }),
    valueWei: p.feeWei,
    label: 'requestWithRoot',
  }
}
