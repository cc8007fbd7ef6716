import type { Bytes32, Hex } from '../core/bytes.ts'
import { KIND } from '../dispute/kinds.ts'
import type { Kind } from '../dispute/kinds.ts'
import { inferenceMarketAbi, modelRegistryAbi, tournamentAbi } from './abis.ts'
import type { ChainConnection } from './connection.ts'
import type { Deployment } from './deployment.ts'
import type { InputForm } from './inputForm.ts'

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

/** The bonds of a registered model by kind, in wei: those of the kinds of tournaments that a game over it can have. */
export async function readBonds(
  connection: ChainConnection,
  p: { deployment: Deployment; modelId: Bytes32 },
): Promise<Readonly<Partial<Record<Kind, bigint>>>> {
  const { tournament, registry } = p.deployment
  return await connection.ask(async (client) => {
    const terms = await client.readContract({
      address: registry,
      abi: modelRegistryAbi,
      functionName: 'termsOf',
      args: [p.modelId],
    })
    const kinds: Kind[] = terms.kind === KIND.graph ? [KIND.graph, KIND.block] : [KIND.coarse]
    if (terms.fineHeight > 0) kinds.push(KIND.fine)
    const bonds = await Promise.all(
      kinds.map((kind) =>
        client.readContract({
          address: tournament,
          abi: tournamentAbi,
          functionName: 'bondWei',
          args: [p.modelId, kind],
        }),
      ),
    )
    return Object.fromEntries(kinds.map((kind, i) => [kind, bonds[i]]))
  })
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

/** How the bytes of an input of a registered model are committed. */
export async function readInputForm(
  connection: ChainConnection,
  p: { deployment: Deployment; modelId: Bytes32 },
): Promise<InputForm> {
  const registry = { address: p.deployment.registry, abi: modelRegistryAbi, args: [p.modelId] } as const
  return await connection.ask(async (client) => {
    if (await client.readContract({ ...registry, functionName: 'isProgram' })) {
      const words = await client.readContract({ ...registry, functionName: 'inputsOf' })
      return { kind: 'tensors', lengths: words.map(Number) }
    }
    const { inputHeight } = await client.readContract({ ...registry, functionName: 'model' })
    return { kind: 'slot', height: inputHeight }
  })
}

/** How far the upload of an input is (spec/03 §7, §8): posted bytes in the end and so far. Both 0: there is none. */
export async function readUpload(
  connection: ChainConnection,
  p: { deployment: Deployment; account: Hex; modelId: Bytes32; inputRoot: Bytes32 },
): Promise<{ totalBytes: number; arrivedBytes: number }> {
  const [totalBytes, arrivedBytes] = await connection.ask((client) =>
    client.readContract({
      address: p.deployment.market,
      abi: inferenceMarketAbi,
      functionName: 'uploadOf',
      args: [p.account, p.modelId, p.inputRoot],
    }),
  )
  return { totalBytes: Number(totalBytes), arrivedBytes: Number(arrivedBytes) }
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
