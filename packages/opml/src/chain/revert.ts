import { BaseError, decodeErrorResult } from 'viem'
import type { Hex } from '../core/bytes.ts'
import { contractErrorsAbi, inferenceMarketAbi, modelRegistryAbi, tournamentAbi } from './abis.ts'
import { ContractRevertError } from './errors.ts'

/** Every custom error that a call can end with: a revert may come from a contract behind the one that was called. */
const ERRORS = [...contractErrorsAbi, ...tournamentAbi, ...inferenceMarketAbi, ...modelRegistryAbi].filter(
  (entry) => (entry.type as string) === 'error',
)

/** What to do after the refusals that users meet; the others explain themselves. */
const SUGGESTIONS: Readonly<Record<string, string>> = {
  UnknownModel: 'Register the model first: "opml register FILE".',
  SlotOverflow: "The bytes do not fit the model's input slot; send fewer.",
  InputRootMismatch: 'Other bytes were uploaded under this root: begin again with "opml request … --restart".',
}
const DEFAULT_SUGGESTION =
  'The state of the chain has changed, or the call was never allowed: compare with "opml status".'

/**
 * The contract's refusal inside an error of viem, or null when the error is of another kind (outage, lack of funds).
 *
 * Knows the custom errors of all contracts, `Error(string)` and `Panic(uint256)`.
 */
export function revertFrom(error: unknown, label: string): ContractRevertError | null {
  const data = revertData(error)
  if (data === null) return null
  const { reason, args } = decodeRevert(data)
  return new ContractRevertError({
    label,
    reason,
    args,
    suggestion: SUGGESTIONS[reason] ?? DEFAULT_SUGGESTION,
    cause: error,
  })
}

/** Name and values of the custom error in revert data; unknown data is shown as it is. */
export function decodeRevert(data: Hex): { reason: string; args: readonly string[] } {
  if (data === '0x') return { reason: 'revert without data', args: [] }
  try {
    const decoded = decodeErrorResult({ abi: ERRORS, data })
    return { reason: decoded.errorName, args: ((decoded.args ?? []) as readonly unknown[]).map(String) }
  } catch {
    return { reason: 'unknown error', args: [data.slice(0, 74)] }
  }
}

/** The revert data somewhere in the chain of causes; `0x` for a revert without data; null for no revert. */
function revertData(error: unknown): Hex | null {
  let isRevert = false
  for (let e: unknown = error, depth = 0; e instanceof Error && depth < 10; e = e.cause, depth++) {
    const data = 'data' in e ? dataOf(e.data) : null
    if (data !== null) return data
    if (/execution reverted/i.test(e instanceof BaseError ? e.details || e.message : e.message)) isRevert = true
    if ('code' in e && e.code === 3) isRevert = true
  }
  return isRevert ? '0x' : null
}

/** Nodes give the data as text, or inside an object. */
function dataOf(data: unknown): Hex | null {
  if (typeof data === 'string' && /^0x([0-9a-f]{2})*$/i.test(data)) return data.toLowerCase() as Hex
  if (typeof data === 'object' && data !== null && 'data' in data) return dataOf(data.data)
  return null
}
