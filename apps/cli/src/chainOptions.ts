import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { Transactor, checkDeployment, connectChain, deploymentFromJson, httpRpc } from 'opml/chain'
import type { ChainConnection, Deployment, PendingStore, RetryPolicy } from 'opml/chain'
import { DEFAULT_FEE_POLICY, MemoryPendingStore } from 'opml/chain'
import { FileAccessError, readKeyFile } from '@opml/node'
import { baseCommand } from './baseCommand.ts'
import type { CliContext } from './context.ts'
import { UsageError } from './exitCodes.ts'
import { nodeEnvironment } from './nodeEnvironment.ts'

/** Options that every command with a chain has. */
export interface ChainOptions {
  readonly rpc: string
  readonly deployment: string
  readonly json?: boolean
  readonly logLevel: string
}

/** Options of commands that sign. */
export interface SigningOptions extends ChainOptions {
  readonly key: string
}

/** Default place of the deployment file, relative to the working directory. */
const DEPLOYMENT_FILE = '.opml/deployment.json'

/** A command that talks to a chain: adds `--rpc` and `--deployment`. */
export function chainCommand(context: CliContext, name: string, p: { summary: string; example: string }): Command {
  const { environment } = context
  return baseCommand(name, p)
    .option('--rpc <url>', 'JSON-RPC endpoint', environment['OPML_RPC'] ?? 'http://127.0.0.1:8545')
    .option('--deployment <file>', 'where the contracts are', environment['OPML_DEPLOYMENT'] ?? DEPLOYMENT_FILE)
}

/** Adds `--key`. */
export function withKey(context: CliContext, command: Command): Command {
  return command.option(
    '--key <file>',
    'file with the private key (one line, mode 600)',
    context.environment['OPML_KEY'] ?? '.opml/key',
  )
}

/** What a command works with after its chain was checked. */
export interface OpenChain {
  readonly connection: ChainConnection
  readonly deployment: Deployment
}

/**
 * Reads the deployment file, connects, and checks chain id and contracts.
 *
 * @throws {FileAccessError} {@link DeploymentFormatError} {@link ChainUnreachableError} {@link WrongChainError} {@link MissingContractError}
 */
export async function openChain(
  context: CliContext,
  options: ChainOptions,
  retry: RetryPolicy = COMMAND_RETRY,
): Promise<OpenChain> {
  const deployment = await readDeployment(options.deployment)
  const connection = await openConnection(context, options, { expectedChainId: deployment.chainId, retry })
  await checkDeployment(connection, deployment)
  return { connection, deployment }
}

/** One-shot commands give up on an outage after about three seconds. */
const COMMAND_RETRY: RetryPolicy = { attempts: 4, firstDelayMs: 300, maxDelayMs: 2_000 }

/** Connects without a deployment. @throws {UsageError} when `--rpc` is no URL that can be called. */
export async function openConnection(
  context: CliContext,
  options: Pick<ChainOptions, 'rpc' | 'logLevel'>,
  p: { expectedChainId?: number; retry?: RetryPolicy } = {},
): Promise<ChainConnection> {
  return await connectChain({
    endpoint: shownEndpoint(options.rpc),
    send: httpRpc(options.rpc),
    environment: nodeEnvironment(options.logLevel),
    signal: context.signal,
    retry: COMMAND_RETRY,
    ...p,
  })
}

/** Reads a deployment file. @throws {FileAccessError} {@link DeploymentFormatError} */
async function readDeployment(path: string): Promise<Deployment> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new FileAccessError({ path, purpose: 'the deployment', cause })
  })
  return deploymentFromJson(parseJson(text))
}

/** Text that is no JSON becomes null, which no deployment is. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The sender of a command's transactions, with the tip that the contracts refund. */
export async function openTransactor(
  context: CliContext,
  p: { connection: ChainConnection; keyFile: string; tipWei?: bigint; pending?: PendingStore },
): Promise<Transactor> {
  const account = await readKeyFile(p.keyFile)
  return new Transactor({
    connection: p.connection,
    account,
    pending: p.pending ?? new MemoryPendingStore(),
    fees: { ...DEFAULT_FEE_POLICY, pollMs: 200, ...(p.tipWei === undefined ? {} : { tipWei: p.tipWei }) },
    signal: context.signal,
  })
}

/** The endpoint as it may be shown: scheme and host alone, for a key may stand in all the rest. @throws {UsageError} */
function shownEndpoint(url: string): string {
  const { protocol, host } = URL.canParse(url) ? new URL(url) : { protocol: '', host: '' }
  if (protocol === 'http:' || protocol === 'https:') return `${protocol}//${host}`
  const value = url.replace(/\/\/.*@/, '//').replace(/\?.*/, '')
  throw new UsageError({ flag: '--rpc', value, expected: 'a URL like http://127.0.0.1:8545' })
}
