import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { GameParameters } from 'opml/dispute'
import { toyLevels } from 'opml/dispute/simulation'
import type { ToyModel } from 'opml/dispute/simulation'
import { encodeDeployData } from 'viem'
import { deploy, startGameChain } from './gameChain.ts'
import type { GameChain, GameClient } from './gameChain.ts'

type Hex = `0x${string}`

const require = createRequire(import.meta.url)

/** Starts anvil with the real `Tournament` over the toy machine, for games about a model. */
export async function startToyChain(p: { model: ToyModel; parameters: GameParameters }): Promise<GameChain> {
  return await startGameChain(p.parameters, (client) => deployReferee(client, p.model))
}

async function deployReferee(client: GameClient, model: ToyModel): Promise<Hex> {
  const { coarseHeight, fineHeight, program } = model
  const { stepHeight = 0, nodeHeight = 0, blockHeight = 0, sections = [] } = program ?? {}
  const list = sections.map(({ nodes, steps, haltNode }) => ({
    nodes: BigInt(nodes),
    steps: BigInt(steps),
    haltNodePlus1: haltNode === undefined ? 0n : BigInt(haltNode) + 1n,
  }))
  return await deploy(
    client,
    encodeDeployData({
      abi: [{ type: 'constructor', stateMutability: 'nonpayable', inputs: REFEREE_INPUTS }],
      bytecode: refereeBytecode(),
      args: [[coarseHeight, fineHeight, stepHeight, nodeHeight, blockHeight], toyLevels(model).words, list],
    }),
  )
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
