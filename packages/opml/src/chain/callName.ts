import { decodeFunctionData } from 'viem'
import type { Hex } from '../core/bytes.ts'
import { inferenceMarketAbi, modelRegistryAbi, tournamentAbi } from './abis.ts'

/** Name of the contract function that calldata calls, of whichever contract of a deployment; null for another one. */
export function callName(data: Hex): string | null {
  for (const abi of [tournamentAbi, inferenceMarketAbi, modelRegistryAbi]) {
    try {
      return decodeFunctionData({ abi, data }).functionName
    } catch {
      // Another contract's function: the next ABI may know it.
    }
  }
  return null
}
