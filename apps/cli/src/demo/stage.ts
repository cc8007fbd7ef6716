import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DEFAULT_FEE_POLICY,
  MemoryPendingStore,
  Transactor,
  accountFromPrivateKey,
  connectChain,
  deployContracts,
  developmentPrivateKey,
  httpRpc,
  readBlock,
} from 'opml/chain'
import type { ChainAccount, ChainConnection, ChainEnvironment, Deployment, DeploymentParameters } from 'opml/chain'
import type { Hex } from 'opml/core'
import { readModel, registerModelCall } from '@opml/node'
import type { KnownModel } from '@opml/node'
import { startAnvil } from '../anvil.ts'
import type { Anvil } from '../anvil.ts'
import { sendOrThrow } from '../sendOrThrow.ts'

/** What a scenario is about. */
export interface Subject {
  readonly model: KnownModel
  readonly input: Uint8Array
}

/** A local chain with contracts, one registered model and one input: where the scenarios are played. */
export interface Stage extends Subject {
  readonly anvil: Anvil
  readonly connection: ChainConnection
  readonly deployment: Deployment
  /** Folder for the actors' state; removed when the stage closes. */
  readonly folder: string
  /** A fresh account with {@link START_WEI}. */
  newAccount(): Promise<StageAccount>
  /** The same chain with another model, which is registered, and another input. */
  withSubject(subject: Subject): Promise<Stage>
  close(): Promise<void>
}

/** An account of the stage with its key, for processes of their own. */
export interface StageAccount {
  readonly account: ChainAccount
  readonly privateKey: Hex
}

/** What a stage is made of besides its subject. */
export interface StageSetting {
  readonly environment: ChainEnvironment
  readonly parameters: DeploymentParameters
  readonly signal?: AbortSignal
}

/** A stage whose subject is in files. */
export interface StageOptions extends StageSetting {
  readonly modelFile: string
  readonly inputFile: string
}

const ETHER = 10n ** 18n
/** Balance of a fresh account. */
export const START_WEI = 100n * ETHER
/** A realistic base fee, set again before each scenario: on an empty chain it falls to nothing. */
export const BASE_FEE_WEI = 20n * 10n ** 9n

/** Receipts come at once on a local chain: look often. */
export const LOCAL_FEES = { ...DEFAULT_FEE_POLICY, pollMs: 5, stuckAfterMs: 10_000 }

/** Starts the chain, deploys, registers the model. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const model = await readModel(options.modelFile)
  const input = new Uint8Array(await readFile(options.inputFile))
  return await openStageOf({ model, input }, options)
}

/** As {@link openStage}, about a model that was read. */
export async function openStageOf(subject: Subject, options: StageSetting): Promise<Stage> {
  const { environment } = options
  const anvil = await startAnvil({ baseFeeWei: BASE_FEE_WEI })
  try {
    const connection = await connectChain({
      endpoint: anvil.url,
      send: httpRpc(anvil.url),
      environment,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    const deployer = transactorFor(connection, accountFromPrivateKey(developmentPrivateKey(0)))
    const deployment = await deployContracts(connection, { transactor: deployer, parameters: options.parameters })
    const folder = await mkdtemp(join(tmpdir(), 'opml-stage-'))
    let numAccounts = 1
    const withSubject = async (other: Subject): Promise<Stage> => {
      await sendOrThrow(deployer, registerModelCall(deployment, other.model))
      return { ...setting, ...other }
    }
    const setting: Omit<Stage, keyof Subject> = {
      anvil,
      connection,
      deployment,
      folder,
      withSubject,
      newAccount: async () => {
        const privateKey = developmentPrivateKey(numAccounts++)
        const account = accountFromPrivateKey(privateKey)
        await connection.send({ method: 'anvil_setBalance', params: [account.address, `0x${START_WEI.toString(16)}`] })
        return { account, privateKey }
      },
      close: async () => {
        await anvil.stop()
        await rm(folder, { recursive: true, force: true })
      },
    }
    return await withSubject(subject)
  } catch (error) {
    await anvil.stop()
    throw error
  }
}

/** A sender for one-shot calls of an account. */
export function transactorFor(connection: ChainConnection, account: ChainAccount): Transactor {
  return new Transactor({ connection, account, pending: new MemoryPendingStore(), fees: LOCAL_FEES })
}

/** Lets the local chain's time pass until `seconds` (since the epoch): one empty block with that timestamp. */
export async function advanceTo(connection: ChainConnection, seconds: number): Promise<void> {
  await connection.send({ method: 'evm_setNextBlockTimestamp', params: [seconds] })
  await connection.send({ method: 'evm_mine', params: [] })
}

/** Timestamp of the latest block, in seconds. */
export async function chainTime(connection: ChainConnection): Promise<number> {
  return (await readBlock(connection, 'latest')).time
}

/** Mines a block whose base fee is back at {@link BASE_FEE_WEI}. */
export async function resetBaseFee(connection: ChainConnection): Promise<void> {
  await connection.send({
    method: 'anvil_setNextBlockBaseFeePerGas',
    params: [`0x${BASE_FEE_WEI.toString(16)}`],
  })
  await connection.send({ method: 'evm_mine', params: [] })
}
