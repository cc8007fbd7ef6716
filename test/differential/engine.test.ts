import { afterAll, describe, expect, test } from 'vitest'
import { testEngine } from './engineProgram.ts'
import { ENGINE_CHECKS, ENGINE_WAYS } from './samples/engineChecks.ts'

describe.each(ENGINE_WAYS)(
  'with $numThreads threads, micro-ops compiled: $compilesStrips,',
  ({ numThreads, compilesStrips }) => {
    const engine = testEngine(numThreads, { compilesStrips })
    afterAll(() => engine.close())

    test.each(ENGINE_CHECKS)('$title', async ({ differences }) => {
      expect(await differences(engine)).toEqual([])
    })
  },
)
