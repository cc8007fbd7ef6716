/** The part of a machine that a fault can change. */
export interface FaultTarget {
  /** 32 words: pc in the place of x0, then x1 … x31. */
  readonly registers: Uint32Array
  readonly memory: {
    read(address: number, length: number): Uint8Array
    write(address: number, bytes: Uint8Array): void
  }
}

/**
 * A lie: after that many steps from the start the state is changed, and the run goes on from the false state.
 *
 * Traces with faults stand for what a dishonest party commits to. They are for tests and demonstrations of disputes; an honest
 * trace has none.
 */
export interface TraceFault {
  /** The false state is the one after this many steps, 1 or more; a fault behind the halt changes the halted state. */
  readonly afterStep: number
  /** Changes the state; must do the same each time. Bytes below CODE_END can change as data, never as code. */
  apply(target: FaultTarget): void
}

/** A fault that flips the bits of `mask` (0 to 255) in the byte at `address`. */
export function flipMemoryBits(p: { afterStep: number; address: number; mask: number }): TraceFault {
  return {
    afterStep: p.afterStep,
    apply: ({ memory }) =>
      memory.write(
        p.address,
        memory.read(p.address, 1).map((byte) => byte ^ p.mask),
      ),
  }
}

/** A fault that puts `value` into register `register` (1 to 31; 0 is the pc). */
export function setRegister(p: { afterStep: number; register: number; value: number }): TraceFault {
  return {
    afterStep: p.afterStep,
    apply: ({ registers }) => {
      registers[p.register] = p.value
    },
  }
}
