/** Words of a `struct command` (kernels/engine/engine.h). */
export const COMMAND = {
  node: 0,
  operand: 1,
  out: 4,
  packed: 5,
  constants: 6,
  packedBytes: 7,
  packedOperand: 8,
  hasStrips: 9,
  numFollowers: 10,
  /** A byte an operand. */
  chained: 11,
  strips: 12,
} as const
/** Words of a `struct plan` (kernels/engine/plan.h). */
export const PLAN = { commands: 0, numCommands: 1, stages: 2, claims: 3, numThreads: 4, minSharedCost: 5 } as const
