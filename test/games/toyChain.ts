import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { GameParameters } from 'opml/dispute'
import { toyLevels } from 'opml/dispute/simulation'
import type { ToyModel } from 'opml/dispute/simulation'
import { createTestClient, encodeDeployData, http, publicActions, walletActions } from 'viem'
import { foundry } from 'viem/chains'
import { startAnvil } from '../../apps/cli/src/anvil.ts'
import { tournamentAbi } from '../../packages/opml/src/chain/abis.ts'
import { tournamentBytecode } from '../../packages/opml/src/chain/bytecode/tournament.gen.ts'

type Hex = `0x${string}`

const require = createRequire(import.meta.url)
/** Before every game of the vectors. */
const GENESIS_TIME = 1_600_000_000
const DEPLOYER: Hex = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'

/** Any account may send; blocks come when they are asked for, with transactions in the order in which they were sent. */
function clientOf(url: string) {
  return createTestClient({ mode: 'anvil', chain: foundry, transport: http(url), pollingInterval: 20 })
    .extend(publicActions)
    .extend(walletActions)
}

/** A local chain with the real `Tournament` over the toy machine. */
export interface ToyChain {
  readonly client: ReturnType<typeof clientOf>
  readonly tournament: Hex
  stop(): Promise<void>
}

/** Starts anvil and deploys the contract for games about a model. */
export async function startToyChain(p: { model: ToyModel; parameters: GameParameters }): Promise<ToyChain> {
  const anvil = await startAnvil({
    flags: ['--timestamp', `${GENESIS_TIME}`, '--order', 'fifo', '--no-mining', '--auto-impersonate', NO_GAS_LIMIT],
  })
  try {
    const client = clientOf(anvil.url)
    return { client, tournament: await deployTournament(client, p), stop: () => anvil.stop() }
  } catch (error) {
    await anvil.stop()
    throw error
  }
}

const NO_GAS_LIMIT = '--disable-block-gas-limit'

async function deployTournament(
  client: ToyChain['client'],
  p: { model: ToyModel; parameters: GameParameters },
): Promise<Hex> {
  const { coarseHeight, fineHeight, program } = p.model
  const { stepHeight = 0, nodeHeight = 0, blockHeight = 0, sections = [] } = program ?? {}
  const list = sections.map(({ nodes, steps, haltNode }) => ({
    nodes: BigInt(nodes),
    steps: BigInt(steps),
    haltNodePlus1: haltNode === undefined ? 0n : BigInt(haltNode) + 1n,
  }))
  const referee = await deploy(
    client,
    encodeDeployData({
      abi: [{ type: 'constructor', stateMutability: 'nonpayable', inputs: REFEREE_INPUTS }],
      bytecode: refereeBytecode(),
      args: [[coarseHeight, fineHeight, stepHeight, nodeHeight, blockHeight], toyLevels(p.model).words, list],
    }),
  )
  const args = [referee, p.parameters] as const
  return await deploy(client, encodeDeployData({ abi: tournamentAbi, bytecode: tournamentBytecode, args }))
}

const REFEREE_INPUTS = [
  { type: 'uint8[5]', name: 'heights' },
  { type: 'uint16', name: 'words' },
  {
    type: 'tuple[]',
    name: 'sections',
    components: [
      { type: 'uint256', name: 'nodes' },
      { type: 'uint256', name: 'steps' },
      { type: 'uint256', name: 'haltNodePlus1' },
    ],
  },
] as const

async function deploy(client: ToyChain['client'], data: Hex): Promise<Hex> {
  const hash = await client.sendTransaction({ account: DEPLOYER, data, to: null, gas: 20_000_000n })
  await client.mine({ blocks: 1 })
  const { contractAddress } = await client.getTransactionReceipt({ hash })
  if (contractAddress === null || contractAddress === undefined) throw new Error('Not deployed.')
  return contractAddress.toLowerCase() as Hex
}

/** What of solc's standard output the tests read. */
interface CompilerOutput {
  readonly errors?: readonly { severity: string; formattedMessage: string }[]
  readonly contracts?: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>
}

let compiled: Hex | undefined

function refereeBytecode(): Hex {
  compiled ??= compileReferee()
  return compiled
}

function compileReferee(): Hex {
  const solc = require('solc') as { compile(input: string): string }
  const name = 'ToyReferee.sol'
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: 'Solidity',
        sources: { [name]: { content: readFileSync(`test/games/${name}`, 'utf8') } },
        settings: { evmVersion: 'prague', outputSelection: { '*': { '*': ['evm.bytecode.object'] } } },
      }),
    ),
  ) as CompilerOutput
  const object = output.contracts?.[name]?.['ToyReferee']?.evm.bytecode.object
  if (object === undefined) throw new Error(output.errors?.map((error) => error.formattedMessage).join('\n'))
  return `0x${object}`
}
