import { FaultSpecError } from './errors.ts'

/**
 * An instruction of the run of the machine that computes the block in dispute: its number from 0, or how far into the run it is, in
 * percent.
 */
export type FaultInstruction = { readonly number: number } | { readonly percent: number }

/** A fault that a liar builds into the history of a tensor program. Nodes count over all sections, steps inside their section. */
export type FaultSpec = FaultKind & {
  /** Where the run of the machine below the fault goes wrong; in the middle by default. */
  readonly at?: FaultInstruction
}

type FaultKind =
  /** One bit of a constant is another one in every run. */
  | { readonly kind: 'weight'; readonly constant?: number; readonly bit?: number }
  /** One block of a node's output is another one at one step; the run goes on from there. */
  | { readonly kind: 'block'; readonly node: number; readonly block: number; readonly step: number }
  /** A node reads zeros in the place of an operand. */
  | { readonly kind: 'operand'; readonly node: number; readonly slot: number }
  /** The history is right, the posted output is not. */
  | { readonly kind: 'output' }
  /** Bytes behind the end of an output of the program. */
  | { readonly kind: 'garbage'; readonly output: number }
  /** A section stops a step before or after the one where it halts. */
  | { readonly kind: 'halt'; readonly when: 'early' | 'late' }
  /** A wrong block; besides, a stranger defends the right one with a wrong run of the machine. */
  | { readonly kind: 'vm-bad' }
  /** A wrong block, with the right run of the machine below it. */
  | { readonly kind: 'vm-right' }

/** What the text form looks like, for help. */
export const FAULT_SPEC_HELP =
  'weight[:CONSTANT[:BIT]], block:NODE[:BLOCK[:STEP]], operand:NODE[:a|b|c], output, garbage[:OUTPUT], halt:early, halt:late, vm:bad or vm:right; behind it @NUMBER or @PERCENT%: the instruction of the machine at which its run goes wrong (default @50%)'

const SLOTS = ['a', 'b', 'c']

/**
 * Reads the text form of a fault, {@link FAULT_SPEC_HELP}.
 *
 * @throws {FaultSpecError}
 */
export function parseFaultSpec(text: string): FaultSpec {
  const refuse = (): never => {
    throw new FaultSpecError({ spec: text, expected: FAULT_SPEC_HELP })
  }
  const [what = '', place, ...more] = text.split('@')
  const fault = faultKindOf(what, refuse)
  if (place === undefined) return fault
  if (more.length > 0 || !HAS_MACHINE_RUN[fault.kind]) return refuse()
  return { ...fault, at: instructionOf(place, refuse) }
}

/** Faults that a run of the machine can be wrong about: no machine runs for the others, or none that lies. */
const HAS_MACHINE_RUN: Readonly<Record<FaultKind['kind'], boolean>> = {
  weight: true,
  block: true,
  operand: true,
  output: false,
  garbage: false,
  halt: true,
  'vm-bad': true,
  'vm-right': false,
}

function instructionOf(text: string, refuse: () => never): FaultInstruction {
  if (/^\d{1,15}$/.test(text)) return { number: Number(text) }
  const percent = /^\d{1,3}(?:\.\d{1,9})?%$/.test(text) ? Number(text.slice(0, -1)) : refuse()
  return percent <= 100 ? { percent } : refuse()
}

function faultKindOf(text: string, refuse: () => never): FaultKind {
  const [kind = '', ...parts] = text.split(':')
  const count = (part: string): number => (/^\d{1,10}$/.test(part) ? Number(part) : refuse())
  const optional = (part: string | undefined): number | undefined => (part === undefined ? undefined : count(part))
  const [first, second, third, ...rest] = parts
  if (rest.length > 0) return refuse()
  switch (kind) {
    case 'weight': {
      if (third !== undefined) return refuse()
      const [constant, bit] = [optional(first), optional(second)]
      return { kind, ...(constant !== undefined && { constant }), ...(bit !== undefined && { bit }) }
    }
    case 'block':
      return { kind, node: count(first ?? ''), block: optional(second) ?? 0, step: optional(third) ?? 0 }
    case 'operand': {
      const slot = SLOTS.indexOf(second ?? 'a')
      return third === undefined && slot >= 0 ? { kind, node: count(first ?? ''), slot } : refuse()
    }
    case 'output':
      return first === undefined ? { kind } : refuse()
    case 'garbage':
      return second === undefined ? { kind, output: optional(first) ?? 0 } : refuse()
    case 'halt':
      return second === undefined && (first === 'early' || first === 'late') ? { kind, when: first } : refuse()
    case 'vm':
      if (second !== undefined || (first !== 'bad' && first !== 'right')) return refuse()
      return { kind: first === 'bad' ? 'vm-bad' : 'vm-right' }
    default:
      return refuse()
  }
}
