import { describe, expect, test } from 'vitest'
import type { ChainEnvironment } from './environment.ts'
import { ChainUnreachableError } from './errors.ts'
import { isOutage, withRetry } from './rpc.ts'

/** An environment whose sleeps are written down and take no time. */
function recordingEnvironment(): ChainEnvironment & { readonly slept: number[] } {
  const slept: number[] = []
  return {
    slept,
    nowMs: () => 0,
    sleep: async (ms) => {
      slept.push(ms)
    },
    log: () => undefined,
  }
}

const POLICY = { attempts: 5, firstDelayMs: 100, maxDelayMs: 250 }

describe('withRetry', () => {
  test('default: waits with doubling delays up to the maximum, then answers', async () => {
    const environment = recordingEnvironment()
    let numCalls = 0
    const send = withRetry(
      async () => {
        if (++numCalls < 5) throw new TypeError('fetch failed')
        return '0x1'
      },
      { endpoint: 'node', environment, policy: POLICY },
    )
    expect(await send({ method: 'eth_chainId' })).toBe('0x1')
    expect(environment.slept).toEqual([100, 200, 250, 250])
  })

  test('error: after the last attempt the endpoint and the method are named', async () => {
    const environment = recordingEnvironment()
    const send = withRetry(() => Promise.reject(new TypeError('fetch failed')), {
      endpoint: 'http://node',
      environment,
      policy: POLICY,
    })
    const error = await send({ method: 'eth_call' }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ChainUnreachableError)
    expect(error).toMatchObject({ method: 'eth_call', retryable: true })
    expect(environment.slept.length).toBe(4)
  })

  test('error: a refusal of the node is passed on at once', async () => {
    const environment = recordingEnvironment()
    const refusal = Object.assign(new Error('execution reverted'), { code: 3 })
    const send = withRetry(() => Promise.reject(refusal), { endpoint: 'node', environment, policy: POLICY })
    await expect(send({ method: 'eth_call' })).rejects.toBe(refusal)
    expect(environment.slept).toEqual([])
  })

  test('edge: an aborted caller does not wait', async () => {
    const environment = recordingEnvironment()
    const controller = new AbortController()
    controller.abort()
    const send = withRetry(() => Promise.reject(new TypeError('fetch failed')), {
      endpoint: 'node',
      environment,
      policy: POLICY,
      signal: controller.signal,
    })
    await expect(send({ method: 'eth_call' })).rejects.toBeInstanceOf(ChainUnreachableError)
    expect(environment.slept).toEqual([])
  })
})

describe('isOutage', () => {
  test.each([
    ['connection refused', new Error('connect ECONNREFUSED 127.0.0.1:1'), true],
    ['server error', Object.assign(new Error('HTTP'), { name: 'HttpRequestError', status: 503 }), true],
    ['too many requests', Object.assign(new Error('HTTP'), { name: 'HttpRequestError', status: 429 }), true],
    ['bad request', Object.assign(new Error('HTTP'), { name: 'HttpRequestError', status: 400 }), false],
    ['limit exceeded', Object.assign(new Error('limit'), { code: -32005 }), true],
    ['wrapped outage', new Error('outer', { cause: new TypeError('fetch failed') }), true],
    ['revert', new Error('execution reverted'), false],
    ['no error', 'text', false],
  ])('default: %s', (_, error, expected) => {
    expect(isOutage(error)).toBe(expected)
  })
})
