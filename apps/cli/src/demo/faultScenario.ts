import type { FaultSpec, Policy } from '@opml/node'
import type { ActorSpec } from './actors.ts'
import type { Scenario } from './scenario.ts'

/** A dispute about a tensor program with one fault: who holds it follows from what it is. */
export function faultScenario(fault: FaultSpec, name: string): Scenario {
  const title = faultTitle(fault)
  const verifier: ActorSpec = { label: 'verifier', kind: 'verifier' }
  const liar: ActorSpec = { label: 'liar', kind: 'submitter', lie: fault }
  switch (fault.kind) {
    case 'weight':
    case 'block':
    case 'operand':
    case 'halt':
    case 'vm-right':
      return { name, title, honest: 'verifier', actors: [liar, verifier] }
    case 'output':
      return { name, title, honest: 'verifier', actors: [{ ...liar, policy: answersOnly }, verifier] }
    case 'garbage':
      // No bytes have such a result: it can be claimed, not posted.
      return {
        name,
        title,
        honest: 'server',
        actors: [
          { label: 'server', kind: 'submitter' },
          { label: 'liar', kind: 'verifier', lie: fault },
        ],
      }
    case 'vm-bad': {
      const lie = { kind: 'stranger', ...(fault.at && { at: fault.at }) } as const
      const stranger: ActorSpec = { label: 'stranger', kind: 'verifier', lie, policy: inDisputes }
      return { name, title, honest: 'verifier', actors: [liar, verifier, stranger] }
    }
  }
}

/** Posts answers and plays for none. */
export const answersOnly = (usual: Policy): Policy => {
  return (picture) => usual(picture).filter(({ kind }) => kind === 'answer')
}

const inDisputes = (usual: Policy): Policy => {
  return (picture) => usual({ ...picture, tasks: [...picture.tasks].filter(({ status }) => status === 'disputed') })
}

function faultTitle(fault: FaultSpec): string {
  switch (fault.kind) {
    case 'weight':
      return 'lying server: a bit flipped in a weight'
    case 'block':
      return `lying server: block ${fault.block} of node ${fault.node} at step ${fault.step} is another`
    case 'operand':
      return `lying server: zeros in the place of operand ${'abc'[fault.slot] ?? '?'} of node ${fault.node}`
    case 'output':
      return 'lying server: a right history, and another answer'
    case 'garbage':
      return `lying challenger: bytes behind the end of output ${fault.output}`
    case 'halt':
      return `lying server: it halts ${fault.when === 'early' ? 'a step early' : 'a step late'}`
    case 'vm-bad':
      return 'lying server, and a stranger who defends the right block with a wrong run of the machine'
    case 'vm-right':
      return 'lying server: a wrong block, and the right run of the machine below it'
  }
}
