import { describeProgram, registerProgramCall } from 'opml/chain'
import type { Deployment } from 'opml/chain'
import type { GameParameters } from 'opml/dispute'
import { encodeDeployData } from 'viem'
import { graphTransitionAbi } from '../../../packages/opml/src/chain/abi/graphTransition.gen.ts'
import { machineTransitionAbi } from '../../../packages/opml/src/chain/abi/machineTransition.gen.ts'
import { modelRegistryAbi, refereeAbi } from '../../../packages/opml/src/chain/abis.ts'
import { graphTransitionBytecode } from '../../../packages/opml/src/chain/bytecode/graphTransition.gen.ts'
import { machineTransitionBytecode } from '../../../packages/opml/src/chain/bytecode/machineTransition.gen.ts'
import { modelRegistryBytecode } from '../../../packages/opml/src/chain/bytecode/modelRegistry.gen.ts'
import { refereeBytecode } from '../../../packages/opml/src/chain/bytecode/referee.gen.ts'
import { deploy, mined, startGameChain } from '../gameChain.ts'
import type { GameChain, GameClient } from '../gameChain.ts'
import { GUEST } from './programWorld.ts'
import type { ProgramWorld } from './programWorld.ts'

/** Starts anvil with the contracts of games, in which the program of `world` is registered. */
export async function startProgramChain(world: ProgramWorld, parameters: GameParameters): Promise<GameChain> {
  return await startGameChain(parameters, (client) => deployReferee(client, world))
}

async function deployReferee(client: GameClient, { program, model }: ProgramWorld): Promise<`0x${string}`> {
  const registry = await deploy(client, encodeDeployData({ abi: modelRegistryAbi, bytecode: modelRegistryBytecode }))
  const machine = await deploy(
    client,
    encodeDeployData({ abi: machineTransitionAbi, bytecode: machineTransitionBytecode }),
  )
  const graph = await deploy(client, encodeDeployData({ abi: graphTransitionAbi, bytecode: graphTransitionBytecode }))
  // Only the address is read.
  const { to, data } = registerProgramCall(
    { registry } as Deployment,
    describeProgram({ program, model, guest: GUEST }),
  )
  await mined(client, { to, data })
  const args = [registry, machine, graph] as const
  return await deploy(client, encodeDeployData({ abi: refereeAbi, bytecode: refereeBytecode, args }))
}
