import { encodeFunctionData } from 'viem'
import type { Bytes32, Hex } from '../../core/bytes.ts'
import { inferenceMarketAbi } from '../abis.ts'
import type { ContractCall } from '../contractCall.ts'
import type { Deployment } from '../deployment.ts'

/** Answers a task with output bytes, or with FAILED (`output` null), under the deployment's submit bond. */
export function submitCall(deployment: Deployment, p: { taskId: Bytes32; output: Hex | null }): ContractCall {
  return {
    to: deployment.market,
    data: encodeFunctionData({
      abi: inferenceMarketAbi,
      functionName: 'submit',
      args: [p.taskId, p.output ?? '0x', p.output === null],
    }),
    valueWei: deployment.parameters.submitBondWei,
    label: 'submit',
  }
}
