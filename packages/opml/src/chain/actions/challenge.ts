import { encodeFunctionData } from 'viem'
import type { Bytes32 } from '../../core/bytes.ts'
import type { JoinData } from '../../dispute/types.ts'
import { inferenceMarketAbi } from '../abis.ts'
import type { ContractCall } from '../contractCall.ts'
import type { Deployment } from '../deployment.ts'

/** Challenges a posted result with a claim that stands for another one. `bondWei` is the bond of the model's root kind. */
export function challengeCall(
  deployment: Deployment,
  p: { taskId: Bytes32; join: JoinData; bondWei: bigint },
): ContractCall {
  return {
    to: deployment.market,
    data: encodeFunctionData({ abi: inferenceMarketAbi, functionName: 'challenge', args: [p.taskId, p.join] }),
    valueWei: p.bondWei,
    label: 'challenge',
    minGasLimit: 600_000n,
  }
}
