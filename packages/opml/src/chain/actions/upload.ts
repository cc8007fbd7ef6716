import { encodeFunctionData } from 'viem'
import type { Bytes32, Hex } from '../../core/bytes.ts'
import { inferenceMarketAbi } from '../abis.ts'
import type { ContractCall } from '../contractCall.ts'
import type { Deployment } from '../deployment.ts'
import type { RequestTerms } from './request.ts'

/** One chunk of an input's posted bytes and the upload that it belongs to (spec/03 §7, §8). */
export interface ChunkOfInput {
  /** Root of the whole input. */
  readonly inputRoot: Bytes32
  /** Posted bytes before the chunk. */
  readonly offset: number
  readonly chunk: Hex
}

/** Adds a chunk that is not the last one. */
export function appendInputCall(deployment: Deployment, p: ChunkOfInput & { modelId: Bytes32 }): ContractCall {
  return {
    to: deployment.market,
    data: encodeFunctionData({
      abi: inferenceMarketAbi,
      functionName: 'appendInput',
      args: [p.modelId, p.inputRoot, BigInt(p.offset), p.chunk],
    }),
    valueWei: 0n,
    label: 'appendInput',
  }
}

/** Adds the last chunk and opens the request. */
export function requestUploadedCall(deployment: Deployment, p: RequestTerms & ChunkOfInput): ContractCall {
  return {
    to: deployment.market,
    data: encodeFunctionData({
      abi: inferenceMarketAbi,
      functionName: 'requestUploaded',
      args: [p.modelId, p.inputRoot, BigInt(p.offset), p.chunk, p.deadline, p.callbackGas ?? 0],
    }),
    valueWei: p.feeWei,
    label: 'requestUploaded',
  }
}
