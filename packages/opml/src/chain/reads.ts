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

/** Height of a registered model's input slot. */
export async function readInputHeight(
  connection: ChainConnection,
  p: { deployment: Deployment; modelId: Bytes32 },
): Promise<number> {
  const { inputHeight } = await connection.ask((client) =>
    client.readContract({
      address: p.deployment.registry,
      abi: modelRegistryAbi,
      functionName: 'model',
      args: [p.modelId],
    }),
  )
  return inputHeight
}

/** How far the upload of an input is (spec/03 §7): bytes of the encoded slot in the end and so far. Both 0: there is none. */
export async function readUpload(
  connection: ChainConnection,
  p: { deployment: Deployment; account: Hex; modelId: Bytes32; inputRoot: Bytes32 },
): Promise<{ slotBytes: number; arrivedBytes: number }> {
  const [slotBytes, arrivedBytes] = await connection.ask((client) =>
    client.readContract({
      address: p.deployment.market,
      abi: inferenceMarketAbi,
      functionName: 'uploadOf',
      args: [p.account, p.modelId, p.inputRoot],
    }),
  )
  return { slotBytes: Number(slotBytes), arrivedBytes: Number(arrivedBytes) }
}

/** `TaskStatus.Requested` of the contract. */
const STATUS_REQUESTED = 1

/** The last request of `account`, if it asks this model about this input and nobody has answered yet; else null. */
export async function readOpenRequest(
  connection: ChainConnection,
  p: { deployment: Deployment; account: Hex; modelId: Bytes32; inputRoot: Bytes32 },
): Promise<Bytes32 | null> {
  const nonce = await readRequestNonce(connection, { deployment: p.deployment, requester: p.account })
  if (nonce === 0n) return null
  const market = { address: p.deployment.market, abi: inferenceMarketAbi } as const
  return await connection.ask(async (client) => {
    const args = [p.account, nonce - 1n, p.modelId, p.inputRoot] as const
    const taskId = await client.readContract({ ...market, functionName: 'taskIdOf', args })
    const { status } = await client.readContract({ ...market, functionName: 'task', args: [taskId] })
    return status === STATUS_REQUESTED ? taskId : null
  })
}

/** Base fee of the latest block, in wei a gas. */
export async function readBaseFeeWei(connection: ChainConnection): Promise<bigint> {
  const block = await connection.ask((client) => client.getBlock({ blockTag: 'latest' }))
  return block.baseFeePerGas ?? 0n
}
