import { BaseError, createPublicClient, custom } from 'viem'
import type { PublicClient } from 'viem'
import type { Hex } from '../core/bytes.ts'
import { OpmlError } from '../core/errors.ts'
import type { ChainEnvironment } from './environment.ts'
import { InsufficientFundsError, RpcRequestError, WrongChainError } from './errors.ts'
import { withRetry } from './rpc.ts'
import type { RetryPolicy, RpcSend } from './rpc.ts'

/** A chain that answered and has the expected id. Every request waits out outages. */
export interface ChainConnection {
  readonly endpoint: string
  readonly chainId: number
  readonly environment: ChainEnvironment
  readonly send: RpcSend
  /** Runs a read of viem's client; errors of this library come out as they are, not wrapped in viem's. */
  ask<T>(call: (client: PublicClient) => Promise<T>): Promise<T>
}

/** What {@link connectChain} needs. */
export interface ConnectOptions {
  /** Shown in errors; carries no credentials. */
  readonly endpoint: string
  readonly send: RpcSend
  readonly environment: ChainEnvironment
  /** Refuse another chain than this one. */
  readonly expectedChainId?: number
  readonly retry?: RetryPolicy
  /** Ends waiting for an outage early. */
  readonly signal?: AbortSignal
}

/**
 * Opens a connection and checks that the endpoint answers and serves the expected chain.
 *
 * @throws {ChainUnreachableError} when nothing answers.
 * @throws {WrongChainError} when the chain id differs.
 */
export async function connectChain(options: ConnectOptions): Promise<ChainConnection> {
  const { endpoint, environment } = options
  const send = withRetry(options.send, {
    endpoint,
    environment,
    ...(options.retry === undefined ? {} : { policy: options.retry }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const client = createPublicClient({ transport: custom({ request: send }, { retryCount: 0 }), cacheTime: 0 })
  const ask = async <T>(call: (client: PublicClient) => Promise<T>): Promise<T> => {
    try {
      return await call(client)
    } catch (error) {
      throw ownErrorWithin(error) ?? readFailure(error)
    }
  }
  const chainId = await ask((c) => c.getChainId())
  if (options.expectedChainId !== undefined && chainId !== options.expectedChainId)
    throw new WrongChainError({ expected: options.expectedChainId, actual: chainId, endpoint })
  return { endpoint, chainId, environment, send, ask }
}

/** Where a fault of the language lies at the bottom, the answer could not be read: the node itself said nothing against it. */
function readFailure(error: unknown): RpcRequestError {
  let root = error
  while (root instanceof Error && root.cause !== undefined) root = root.cause
  const isNonsense = [TypeError, SyntaxError, RangeError].some((kind) => root instanceof kind)
  const details = error instanceof BaseError && !isNonsense ? ` (${error.details})` : ''
  const detail = `${firstLine(isNonsense ? root : error)}${details}`
  return new RpcRequestError({ method: 'read', detail, isNonsense, cause: error })
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}

/** True when an error of that name (as viem names them) is in the chain of causes. */
export function isCausedBy(error: unknown, name: string): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause) if (e.name === name) return true
  return false
}

/** The first error of this library in the chain of causes. */
function ownErrorWithin(error: unknown): OpmlError | null {
  for (let e: unknown = error; e instanceof Error; e = e.cause) if (e instanceof OpmlError) return e
  return null
}

/**
 * Checks that `address` holds at least `neededWei`.
 *
 * @param p.purpose - what the money is for, as it reads in "… needs 5 wei".
 * @throws {InsufficientFundsError}
 */
export async function checkBalance(
  connection: ChainConnection,
  p: { address: Hex; neededWei: bigint; purpose: string },
): Promise<void> {
  const balanceWei = await connection.ask((client) => client.getBalance({ address: p.address }))
  if (balanceWei < p.neededWei) throw new InsufficientFundsError({ ...p, balanceWei })
}
