export * from './bond.ts'
export * from './buildGameView.ts'
export * from './clock.ts'
export * from './errors.ts'
export * from './gameView.ts'
export * from './kinds.ts'
export * from './names.ts'
export * from './planJoin.ts'
export { nextActions } from './player.ts'
export type { NextActionsInput, PlayerOptions } from './plan.ts'
export * from './position.ts'
export { delayBound } from './simulation/delayBound.ts'
export { applyCall } from './rules/applyCall.ts'
export type { CallResult } from './rules/applyCall.ts'
export { newGame } from './rules/state.ts'
export type {
  CallContext,
  Claim,
  Game,
  GameCall,
  Judgement,
  Match,
  OpenRootCall,
  RefereeMachine,
  Task,
  Tournament,
  WithdrawCall,
} from './rules/state.ts'
export * from './subtree.ts'
export * from './traceProvider.ts'
export * from './types.ts'
export * from './words.ts'
