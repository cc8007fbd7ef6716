import { encodeDeployData } from 'viem'
import type { Hex } from '../core/bytes.ts'
import { inferenceMarketAbi, modelRegistryAbi, refereeAbi, tournamentAbi } from './abis.ts'
import { graphTransitionAbi } from './abi/graphTransition.gen.ts'
import { machineTransitionAbi } from './abi/machineTransition.gen.ts'
import { graphTransitionBytecode } from './bytecode/graphTransition.gen.ts'
import { inferenceMarketBytecode } from './bytecode/inferenceMarket.gen.ts'
import { machineTransitionBytecode } from './bytecode/machineTransition.gen.ts'
import { modelRegistryBytecode } from './bytecode/modelRegistry.gen.ts'
import { refereeBytecode } from './bytecode/referee.gen.ts'
import { tournamentBytecode } from './bytecode/tournament.gen.ts'
import type { ChainConnection } from './connection.ts'
import type { Deployment, DeploymentParameters } from './deployment.ts'
import { DeploymentFailedError } from './errors.ts'
import type { Transactor } from './transactor.ts'

/**
 * Creates the six contracts in their order, one transaction each, and returns where they are.
 *
 * @throws {DeploymentFailedError} when a constructor refuses, for example a parameter below its minimum.
 */
export async function deployContracts(
  connection: ChainConnection,
  p: { transactor: Transactor; parameters: DeploymentParameters },
): Promise<Deployment> {
  const { transactor, parameters } = p
  const { challengeWindow, rootWindow, initialClock, allowance, priceCapWei, tipWei } = parameters
  const create = async (contract: string, data: Hex): Promise<{ address: Hex; blockNumber: bigint }> => {
    const outcome = await transactor.send({ to: null, data, valueWei: 0n, label: `deploy ${contract}` })
    if (outcome.kind === 'refused') throw new DeploymentFailedError({ contract, cause: outcome.error })
    const { contractAddress, blockNumber } = outcome.receipt
    if (contractAddress === null || contractAddress === undefined) throw new DeploymentFailedError({ contract })
    return { address: contractAddress.toLowerCase() as Hex, blockNumber }
  }
  const registry = await create(
    'ModelRegistry',
    encodeDeployData({ abi: modelRegistryAbi, bytecode: modelRegistryBytecode }),
  )
  const machine = await create(
    'MachineTransition',
    encodeDeployData({ abi: machineTransitionAbi, bytecode: machineTransitionBytecode }),
  )
  const graph = await create(
    'GraphTransition',
    encodeDeployData({ abi: graphTransitionAbi, bytecode: graphTransitionBytecode }),
  )
  const referee = await create(
    'Referee',
    encodeDeployData({
      abi: refereeAbi,
      bytecode: refereeBytecode,
      args: [registry.address, machine.address, graph.address],
    }),
  )
  const game = { challengeWindow, rootWindow, initialClock, allowance, priceCapWei, tipWei }
  const tournament = await create(
    'Tournament',
    encodeDeployData({ abi: tournamentAbi, bytecode: tournamentBytecode, args: [referee.address, game] }),
  )
  const market = await create(
    'InferenceMarket',
    encodeDeployData({
      abi: inferenceMarketAbi,
      bytecode: inferenceMarketBytecode,
      args: [referee.address, tournament.address, parameters.deliveryWindow, parameters.submitBondWei],
    }),
  )
  return {
    chainId: connection.chainId,
    startBlock: registry.blockNumber,
    registry: registry.address,
    machine: machine.address,
    graph: graph.address,
    referee: referee.address,
    tournament: tournament.address,
    market: market.address,
    parameters,
  }
}
