import type { CallOutcome, ContractCall, Transactor } from 'opml/chain'

/** The receipt of a call that a person asked for; a refusal is an error. @throws {ContractRevertError} */
export async function sendOrThrow(
  transactor: Transactor,
  call: ContractCall,
): Promise<Extract<CallOutcome, { kind: 'mined' }>['receipt']> {
  const outcome = await transactor.send(call)
  if (outcome.kind === 'refused') throw outcome.error
  return outcome.receipt
}
