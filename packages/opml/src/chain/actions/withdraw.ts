import { encodeFunctionData } from 'viem'
import type { Hex } from '../../core/bytes.ts'
import { inferenceMarketAbi, tournamentAbi } from '../abis.ts'
import type { ContractCall } from '../contractCall.ts'
import type { Deployment } from '../deployment.ts'

/** Pays `to` what the market or the tournament contract owes it. */
export function withdrawCall(deployment: Deployment, p: { from: 'market' | 'tournament'; to: Hex }): ContractCall {
  const abi = p.from === 'market' ? inferenceMarketAbi : tournamentAbi
  return {
    to: p.from === 'market' ? deployment.market : deployment.tournament,
    data: encodeFunctionData({ abi, functionName: 'withdraw', args: [p.to] }),
    valueWei: 0n,
    label: `withdraw from ${p.from}`,
  }
}
