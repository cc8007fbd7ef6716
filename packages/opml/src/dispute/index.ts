export * from './bond.ts'
export * from './buildGameView.ts'
export * from './clock.ts'
export * from './errors.ts'
export * from './gameView.ts'
export * from './names.ts'
export * from './planJoin.ts'
export { nextActions } from './player.ts'
export type { NextActionsInput, PlayerOptions } from './plan.ts'
export * from './position.ts'
export { applyCall } from './rules/applyCall.ts'
export type { CallResult } from './rules/applyCall.ts'
export { newGame } from './rules/state.ts'
export type {
  CallContext,
  Claim,
  Game,
  GameCall,
  Match,
  OpenRootCall,
  RefereeMachine,
  Task,
  Tournament,
  WithdrawCall,
} from './rules/state.ts'
export * from './subtree.ts'
export * from './toyTrace.ts'
export * from './traceProvider.ts'
export * from './types.ts'
export * from './words.ts'
export { playerAgent } from './simulation/agent.ts'
export type { Agent, Choice, Decision, Habit } from './simulation/agent.ts'
export { Arena } from './simulation/arena.ts'
export type { PlayedCall, Purse } from './simulation/arena.ts'
export * from './simulation/audit.ts'
export * from './simulation/delayBound.ts'
export * as habits from './simulation/habits.ts'
export { nextDeadline, playGame } from './simulation/playGame.ts'
export * from './simulation/openDispute.ts'
export * from './simulation/randomGame.ts'
export * from './simulation/scenario.ts'
export * from './simulation/stories.ts'
export * from './simulation/tamper.ts'
export * from './simulation/measureDelay.ts'
