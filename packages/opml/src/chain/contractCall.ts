import type { Hex } from '../core/bytes.ts'

/** One call of a contract, ready to be sent. */
export interface ContractCall {
  /** Null: the data is creation code. */
  readonly to: Hex | null
  readonly data: Hex
  readonly valueWei: bigint
  /** What it does, for logs and errors: `move`, `submit`, … */
  readonly label: string
  /**
   * Gas that the call may need if others act between its simulation and its block (a join that meets an opponent makes a match too). The
   * limit is at least this; what is not used costs nothing.
   */
  readonly minGasLimit?: bigint
}
