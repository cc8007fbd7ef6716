import { setTimeout as delay } from 'node:timers/promises'
import type { ChainEnvironment } from 'opml/chain'
import { destination, pino } from 'pino'

/** Clock, timers and log of this process; log lines are JSON on standard error. */
export function nodeEnvironment(level: string): ChainEnvironment {
  const logger = pino({ level, base: null }, destination({ dest: 2, sync: true }))
  return {
    nowMs: () => performance.now(),
    sleep: async (ms, signal) => {
      if (signal?.aborted === true) return
      await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
    },
    log: ({ level: entryLevel, message, fields }) => logger[entryLevel](fields ?? {}, message),
  }
}
