import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  type ExpectStatic,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect'

export { afterAll, describe, test } from '@vitest/runner'

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

/** Vitest's `expect`, in the page, without snapshots. */
// SAFETY: the functions that the interface adds to a call are assigned below.
export const expect = ((value: unknown, message?: string) => chai.expect(value, message)) as unknown as ExpectStatic
Object.assign(expect, chai.expect, (globalThis as unknown as Record<symbol, object>)[ASYMMETRIC_MATCHERS_OBJECT])
setState({ assertionCalls: 0 }, expect)
expect.getState = () => getState(expect)
