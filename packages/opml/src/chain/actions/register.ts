import { encodeFunctionData } from 'viem'
import { modelRegistryAbi } from '../abis.ts'
import type { ContractCall } from '../contractCall.ts'
import type { Deployment } from '../deployment.ts'
import type { ModelDescription } from '../machineModel.ts'
import type { ProgramDescription } from '../programModel.ts'

/** Registers a machine program; registering it again changes nothing. */
export function registerCall(deployment: Deployment, description: ModelDescription): ContractCall {
  const { model, codeSiblings, inputSlotSiblings } = description
  return {
    to: deployment.registry,
    data: encodeFunctionData({
      abi: modelRegistryAbi,
      functionName: 'register',
      args: [model, codeSiblings, inputSlotSiblings],
    }),
    valueWei: 0n,
    label: 'register',
  }
}

/** Registers a tensor program with its words; registering it again changes nothing. */
export function registerProgramCall(deployment: Deployment, description: ProgramDescription): ContractCall {
  const { model, sections, outputs, inputs, codeSiblings } = description
  return {
    to: deployment.registry,
    data: encodeFunctionData({
      abi: modelRegistryAbi,
      functionName: 'registerProgram',
      args: [model, sections, outputs, inputs, codeSiblings],
    }),
    valueWei: 0n,
    label: 'registerProgram',
  }
}
