import type { GameParameters } from 'opml/dispute'
import { createTestClient, encodeDeployData, http, publicActions, walletActions } from 'viem'
import { foundry } from 'viem/chains'
import { startAnvil } from '../../apps/cli/src/anvil.ts'
import { tournamentAbi } from '../../packages/opml/src/chain/abis.ts'
import { tournamentBytecode } from '../../packages/opml/src/chain/bytecode/tournament.gen.ts'

type Hex = `0x${string}`

/** Before every game of the vectors. */
const GENESIS_TIME = 1_600_000_000
const DEPLOYER: Hex = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const NO_GAS_LIMIT = '--disable-block-gas-limit'

/** Any account may send; blocks come when they are asked for, with transactions in the order in which they were sent. */
function clientOf(url: string) {
  const transport = http(url, { batch: { wait: 1 } })
  return createTestClient({ mode: 'anvil', chain: foundry, transport, pollingInterval: 20 })
    .extend(publicActions)
    .extend(walletActions)
}

/** What sends to a local chain and reads it. */
export type GameClient = ReturnType<typeof clientOf>

/** A local chain with the real `Tournament`. */
export interface GameChain {
  readonly client: GameClient
  readonly tournament: Hex
  stop(): Promise<void>
}

/** Starts anvil and creates the tournament contract over the referee that `deployReferee` creates. */
export async function startGameChain(
  parameters: GameParameters,
  deployReferee: (client: GameClient) => Promise<Hex>,
): Promise<GameChain> {
  const anvil = await startAnvil({
    flags: ['--timestamp', `${GENESIS_TIME}`, '--order', 'fifo', '--no-mining', '--auto-impersonate', NO_GAS_LIMIT],
  })
  try {
    const client = clientOf(anvil.url)
    const args = [await deployReferee(client), parameters] as const
    const tournament = await deploy(
      client,
      encodeDeployData({ abi: tournamentAbi, bytecode: tournamentBytecode, args }),
    )
    return { client, tournament, stop: () => anvil.stop() }
  } catch (error) {
    await anvil.stop()
    throw error
  }
}

/** Creates a contract; its address in lower case. */
export async function deploy(client: GameClient, data: Hex): Promise<Hex> {
  const { contractAddress } = await mined(client, { data, to: null })
  if (contractAddress === null || contractAddress === undefined) throw new Error('Not deployed.')
  return contractAddress.toLowerCase() as Hex
}

/** Sends a transaction from the deployer in a block of its own. */
export async function mined(client: GameClient, p: { data: Hex; to: Hex | null }) {
  const hash = await client.sendTransaction({ account: DEPLOYER, ...p, gas: 20_000_000n })
  await client.mine({ blocks: 1 })
  const receipt = await client.getTransactionReceipt({ hash })
  if (receipt.status !== 'success') throw new Error('The transaction was reverted.')
  return receipt
}
