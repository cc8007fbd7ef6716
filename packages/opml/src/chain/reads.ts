import type { Bytes32, Hex } from '../core/bytes.ts'
import { inferenceMarketAbi, modelRegistryAbi, tournamentAbi } from './abis.ts'
import type { ChainConnection } from './connection.ts'
import type { Deployment } from './deployment.ts'

/** Wei that `account` may withdraw from each of the two contracts that hold money. */
export async function readCredits(
  connection: ChainConnection,
  p: { deployment: Deployment; account: Hex },
): Promise<{ marketWei: bigint; tournamentWei: bigint }> {
  const [marketWei, tournamentWei] = await connection.ask((client) =>
    Promise.all([
      client.readContract({
        address: p.deployment.market,
        abi: inferenceMarketAbi,
        functionName: 'creditWei',
        args: [p.account],
      }),
      client.readContract({
        address: p.deployment.tournament,
        abi: tournamentAbi,
        functionName: 'creditWei',
        args: [p.account],
      }),
    ]),
  )
  return { marketWei, tournamentWei }
}

/** Bonds of a registered model: `[level 0, level 1]`, in wei. */
export async function readBonds(
  connection: ChainConnection,
  p: { deployment: Deployment; modelId: Bytes32 },
): Promise<readonly [bigint, bigint]> {
  const read = (level: number): Promise<bigint> =>
    connection.ask((client) =>
      client.readContract({
        address: p.deployment.tournament,
        abi: tournamentAbi,
        functionName: 'bondWei',
        args: [p.modelId, level],
      }),
    )
  return await Promise.all([read(0), read(1)])
}

/** True when the registry knows the model. */
export async function readIsRegistered(
  connection: ChainConnection,
  p: { deployment: Deployment; modelId: Bytes32 },
): Promise<boolean> {
  return await connection.ask((client) =>
    client.readContract({
      address: p.deployment.registry,
      abi: modelRegistryAbi,
      functionName: 'isRegistered',
      args: [p.modelId],
    }),
  )
}

/** The number of requests that `requester` has made: the nonce of its next one. */
export async function readRequestNonce(
  connection: ChainConnection,
  p: { deployment: Deployment; requester: Hex },
): Promise<bigint> {
  return await connection.ask((client) =>
    client.readContract({
      address: p.deployment.market,
      abi: inferenceMarketAbi,
      functionName: 'nonceOf',
      args: [p.requester],
    }),
  )
}
