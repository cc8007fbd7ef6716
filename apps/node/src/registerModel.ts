import { describeProgram, registerCall, registerProgramCall } from 'opml/chain'
import type { ContractCall, Deployment } from 'opml/chain'
import type { KnownModel } from './modelLibrary.ts'

/** Makes a model known to the chain; doing it again changes nothing. */
export function registerModelCall(deployment: Deployment, known: KnownModel): ContractCall {
  if (known.kind === 'machine') return registerCall(deployment, known.description)
  return registerProgramCall(deployment, describeProgram(known))
}
