import { STORIES, playScenario } from 'opml/dispute/simulation'
import { bytesToHex, keccak256 } from 'opml/core'

/** How a story of the toy machine went. */
export interface StoryLog {
  readonly name: string
  readonly isTrueClaimAlive: boolean
  /** keccak of everything that was called and that happened, money and times included. */
  readonly logHash: string
}

const toText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value)

/** Plays every story. @throws {AuditError} when a check of the rules fails. */
export async function storyLogs(): Promise<StoryLog[]> {
  const logs: StoryLog[] = []
  for (const scenario of STORIES) {
    const { arena, gainsWei, seconds, survivorId, trueClaimId } = await playScenario(scenario)
    const text = JSON.stringify({ played: arena.played, gainsWei, seconds, survivorId }, toText)
    const logHash = bytesToHex(keccak256(new TextEncoder().encode(text)))
    logs.push({ name: scenario.name, isTrueClaimAlive: survivorId === trueClaimId, logHash })
  }
  return logs
}
