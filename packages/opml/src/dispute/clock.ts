/** Phases of a match as the contract numbers them (spec/06 §4). */
export const PHASE = { moveA: 1, moveB: 2, sealable: 3, inner: 4, over: 5 } as const

/** One of the two claims of a match. */
export type Side = 'a' | 'b'

/** The other side. */
export function opponentOf(side: Side): Side {
  return side === 'a' ? 'b' : 'a'
}

/** What the clock rules need to know of a match. Seconds. */
export interface MatchClocks {
  readonly phase: number
  /** Time of the last action. */
  readonly since: number
  /** Seconds left at `since`. */
  readonly clockA: number
  readonly clockB: number
}

/** Clock of a claim that joins at `time`: what is left of the initial clock, counted from the window's start (spec/06 §3). */
export function joinClock(p: { initialClock: number; windowStart: number; time: number }): number {
  return Math.max(0, p.initialClock - (p.time - p.windowStart))
}

/** The most a clock can be: initial clock and one allowance. */
export function clockCap(p: { initialClock: number; allowance: number }): number {
  return p.initialClock + p.allowance
}

/** Clock of a claim on entering a match: one allowance more, up to the cap (spec/06 §3). */
export function matchClock(p: { clock: number; initialClock: number; allowance: number }): number {
  return Math.min(p.clock + p.allowance, clockCap(p))
}

/** `clock` less the seconds gone by, never below 0. */
export function chargedClock(clock: number, elapsed: number): number {
  return Math.max(0, clock - elapsed)
}

/** Clock with which an inner tournament starts: the larger remainder, at least one allowance (spec/06 §6). */
export function innerInitialClock(p: { clockA: number; clockB: number; allowance: number }): number {
  return Math.max(p.clockA, p.clockB, p.allowance)
}

/** Whether the clock of `side` is running: its turn, or a seal is due. */
export function isRunning(phase: number, side: Side): boolean {
  return phase === PHASE.sealable || phase === (side === 'a' ? PHASE.moveA : PHASE.moveB)
}

/** Whether `side` has run out of time at `time`: from the second `since + clock` on (spec/06 §6). */
export function isExpired(match: MatchClocks, side: Side, time: number): boolean {
  const clock = side === 'a' ? match.clockA : match.clockB
  return isRunning(match.phase, side) && time >= match.since + clock
}

/** The side whose turn it is in a phase with turns, otherwise null. */
export function sideToMove(phase: number): Side | null {
  if (phase === PHASE.moveA) return 'a'
  return phase === PHASE.moveB ? 'b' : null
}
