import { http } from 'viem'
import type { ChainEnvironment } from './environment.ts'
import { ChainUnreachableError } from './errors.ts'

/** One JSON-RPC request (EIP-1193). */
export interface RpcRequest {
  readonly method: string
  readonly params?: unknown
}

/** Sends one JSON-RPC request and returns its result; throws what the transport or the node says. */
export type RpcSend = (request: RpcRequest) => Promise<unknown>

/** JSON-RPC over HTTP, one attempt a call. */
export function httpRpc(url: string, options: { timeoutMs?: number } = {}): RpcSend {
  const transport = http(url, { retryCount: 0, timeout: options.timeoutMs ?? 20_000 })({})
  // SAFETY: viem types the requests it knows; the transport itself passes any method through.
  return (request) => transport.request(request as Parameters<typeof transport.request>[0])
}

/** How often and how long an outage is waited out. */
export interface RetryPolicy {
  readonly attempts: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
}

/** Six attempts over about six seconds. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = { attempts: 6, firstDelayMs: 200, maxDelayMs: 5_000 }

/** Names by which viem reports that no answer came back at all. */
const OUTAGE_NAMES = new Set(['HttpRequestError', 'TimeoutError', 'WebSocketRequestError', 'SocketClosedError'])
/** JSON-RPC codes for "not now": resource unavailable, limit exceeded, and the common rate-limit code. */
const OUTAGE_CODES = new Set([-32002, -32005, 429])
const OUTAGE_TEXT = /fetch failed|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|socket hang up|network/i

/** True when `error` says that the node could not be reached or cannot serve now, so that the same request may succeed later. */
export function isOutage(error: unknown): boolean {
  for (let e: unknown = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++) {
    if (OUTAGE_NAMES.has(e.name)) return !isClientStatus(e)
    if ('code' in e && typeof e.code === 'number' && OUTAGE_CODES.has(e.code)) return true
    if (OUTAGE_TEXT.test(e.message)) return true
  }
  return false
}

/** HTTP 4xx other than 408 and 429: the request itself is refused. */
function isClientStatus(error: Error): boolean {
  const status = 'status' in error && typeof error.status === 'number' ? error.status : 0
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}

/**
 * Wraps `send` so that outages are waited out with doubling delays.
 *
 * @throws {ChainUnreachableError} after the policy's last attempt. Every other error passes unchanged.
 */
export function withRetry(
  send: RpcSend,
  p: { endpoint: string; environment: ChainEnvironment; policy?: RetryPolicy; signal?: AbortSignal },
): RpcSend {
  const policy = p.policy ?? DEFAULT_RETRY_POLICY
  return async (request) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await send(request)
      } catch (cause) {
        if (!isOutage(cause)) throw cause
        if (attempt >= policy.attempts || p.signal?.aborted === true)
          throw new ChainUnreachableError({
            method: request.method,
            endpoint: p.endpoint,
            attempts: attempt,
            cause,
          })
        const delayMs = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1))
        p.environment.log({
          level: 'warn',
          message: 'RPC endpoint does not answer; waiting',
          fields: { method: request.method, attempt, delayMs },
        })
        await p.environment.sleep(delayMs, p.signal)
      }
    }
  }
}
