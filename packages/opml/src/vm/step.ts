import { HALT_BASE, HaltPc, type StateAccess } from './state.ts'

/** The pc after the instruction at `pc`; its other effects are made through `state`. The order of the checks is spec/04 §3. */
function nextPc(state: StateAccess, pc: number): number {
  if (pc >= HALT_BASE) return pc
  if ((pc & 3) !== 0) return HaltPc.instructionAddressMisaligned
  if (pc >= state.codeEnd) return HaltPc.instructionAccessFault
  const instruction = state.fetch(pc)
  if (instruction === undefined) return HaltPc.illegalInstruction
  return instruction.execute(state, instruction, pc)
}

/**
 * One step of the machine. Total: every state has a next state, and a halted state steps to itself. A trap changes pc alone.
 *
 * @see spec/04-machine.md §3
 */
export function step(state: StateAccess): void {
  const pc = state.registers[0]
  state.registers[0] = nextPc(state, pc)
}
