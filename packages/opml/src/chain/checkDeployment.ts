import type { Hex } from '../core/bytes.ts'
import { inferenceMarketAbi, refereeAbi, tournamentAbi } from './abis.ts'
import type { ChainConnection } from './connection.ts'
import type { Deployment } from './deployment.ts'
import { DeploymentMismatchError, MissingContractError, WrongChainError } from './errors.ts'

/**
 * Checks that every contract of the deployment is there, that they point at each other, and that they hold the parameters that the
 * deployment names: windows, clocks and bonds are what a role plans with.
 *
 * @throws {WrongChainError} @throws {MissingContractError} @throws {DeploymentMismatchError}
 */
export async function checkDeployment(connection: ChainConnection, deployment: Deployment): Promise<void> {
  if (connection.chainId !== deployment.chainId)
    throw new WrongChainError({
      expected: deployment.chainId,
      actual: connection.chainId,
      endpoint: connection.endpoint,
    })
  await checkCode(connection, deployment)
  await checkLinks(connection, deployment)
  const actual = await readParameters(connection, deployment)
  for (const [field, value] of Object.entries(actual)) {
    const expected = String(deployment.parameters[field as keyof typeof actual])
    if (String(value) !== expected) throw new DeploymentMismatchError({ field, expected, actual: String(value) })
  }
}

async function checkCode(connection: ChainConnection, deployment: Deployment): Promise<void> {
  const contracts: readonly [string, Hex][] = [
    ['ModelRegistry', deployment.registry],
    ['MachineTransition', deployment.machine],
    ['GraphTransition', deployment.graph],
    ['Referee', deployment.referee],
    ['Tournament', deployment.tournament],
    ['InferenceMarket', deployment.market],
  ]
  const codes = await Promise.all(
    contracts.map(([, address]) => connection.ask((client) => client.getCode({ address }))),
  )
  contracts.forEach(([contract, address], i) => {
    if (codes[i] === undefined || codes[i] === '0x')
      throw new MissingContractError({ contract, address, chainId: connection.chainId })
  })
}

/** Which address each contract names for the others. */
async function checkLinks(connection: ChainConnection, deployment: Deployment): Promise<void> {
  const { registry, machine, graph, referee, tournament, market } = deployment
  const links = await connection.ask(async (client) => {
    const ofReferee = (functionName: 'REGISTRY' | 'MACHINE' | 'GRAPH') =>
      client.readContract({ address: referee, abi: refereeAbi, functionName })
    const ofMarket = (functionName: 'REGISTRY' | 'REFEREE' | 'TOURNAMENT') =>
      client.readContract({ address: market, abi: inferenceMarketAbi, functionName })
    return await Promise.all([
      ofReferee('REGISTRY'),
      ofReferee('MACHINE'),
      ofReferee('GRAPH'),
      client.readContract({ address: tournament, abi: tournamentAbi, functionName: 'REFEREE' }),
      ofMarket('REGISTRY'),
      ofMarket('REFEREE'),
      ofMarket('TOURNAMENT'),
    ])
  })
  const expected: readonly [string, Hex][] = [
    ["the referee's registry", registry],
    ["the referee's machine", machine],
    ["the referee's graph", graph],
    ["the tournament's referee", referee],
    ["the market's registry", registry],
    ["the market's referee", referee],
    ["the market's tournament", tournament],
  ]
  expected.forEach(([field, address], i) => {
    const actual = (links[i] ?? '0x').toLowerCase()
    if (actual !== address) throw new DeploymentMismatchError({ field, expected: address, actual })
  })
}

async function readParameters(connection: ChainConnection, { tournament, market }: Deployment) {
  return await connection.ask(async (client) => {
    const [game, deliveryWindow, submitBondWei] = await Promise.all([
      client.readContract({ address: tournament, abi: tournamentAbi, functionName: 'parameters' }),
      client.readContract({ address: market, abi: inferenceMarketAbi, functionName: 'DELIVERY_WINDOW' }),
      client.readContract({ address: market, abi: inferenceMarketAbi, functionName: 'SUBMIT_BOND_WEI' }),
    ])
    const { challengeWindow, rootWindow, initialClock, allowance, priceCapWei, tipWei } = game
    return { challengeWindow, rootWindow, initialClock, allowance, priceCapWei, tipWei, deliveryWindow, submitBondWei }
  })
}
