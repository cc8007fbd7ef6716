import type { Hex } from '../core/bytes.ts'

/** One call of a contract, ready to be sent. */
export interface ContractCall {
  /** Null: the data is creation code. */
  readonly to: Hex | null
  readonly data: Hex
  readonly valueWei: bigint
  /** What it does, for logs and errors: `move`, `submit`, … */
  readonly label: string
}
