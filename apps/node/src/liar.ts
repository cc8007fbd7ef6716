import { encodeSlot } from 'opml/core'
import { PAGE_BYTES, flipMemoryBits } from 'opml/vm'
import type { FaultTarget, Machine, MachineImage, TraceFault } from 'opml/vm'
import { FaultNotFoundError } from './errors.ts'
import { createMachine } from './machineTrace.ts'

/** A run to be lied about. */
export interface LiedRun {
  readonly image: MachineImage
  readonly input: Uint8Array
}

/**
 * A lie about a run: faults that change its output and leave it a run that ends well, so that the claim looks like any other. For tests
 * and the demonstration only.
 */
export interface Lie {
  /** What was changed, in a few words. */
  readonly description: string
  /** The faults for a run; the same ones every time. @throws {FaultNotFoundError} */
  faults(run: LiedRun): TraceFault[]
}

/** Steps to the end that a lie waits for. */
const MAX_STEPS = 2 ** 28
/** Candidates that are tried before giving up. */
const MAX_TRIES = 4_000
const EXIT_PC = 0xffffff00

/** A quarter into the run, one bit of the model region is flipped. `variant` chooses among the bits that matter. */
export function weightFlip(variant = 0): Lie {
  return {
    description: 'a bit flipped in a weight',
    faults: (run) => {
      const region = modelRegion(run.image)
      const quarter = Math.floor(start(run).run(MAX_STEPS) / 4)
      return [findFault(run, quarter, variant, spread(region.address, region.bytes.length))]
    },
  }
}

/** Halfway through the run, one bit of what it has computed so far is flipped. */
export function activationFlip(variant = 0): Lie {
  return {
    description: 'a bit flipped in an activation',
    faults: (run) => {
      const numSteps = start(run).run(MAX_STEPS)
      const halfway = Math.floor(numSteps / 2)
      return [findFault(run, halfway, variant, writtenBytes(run, halfway))]
    },
  }
}

/** The run is honest up to its end; then the first output byte (the digit) is another. */
export function outputLie(variant = 0): Lie {
  return {
    description: 'another output, nothing else',
    faults: (run) => {
      const numSteps = start(run).run(MAX_STEPS)
      const address = run.image.output.address + 4
      return [
        {
          afterStep: numSteps,
          apply: ({ memory }: FaultTarget) => {
            const [digit = 0] = memory.read(address, 1)
            memory.write(address, Uint8Array.of((digit + 1 + variant) % 10))
          },
        },
      ]
    },
  }
}

/** The first segment that is neither code nor zero: where a network's weights lie. */
function modelRegion(image: MachineImage): { address: number; bytes: Uint8Array } {
  const region = image.segments.find(
    (segment) => segment.address >= image.codeEnd && segment.bytes.some((b) => b !== 0),
  )
  if (region === undefined) throw new FaultNotFoundError({ what: 'data above the code' })
  return region
}

/** Addresses of a region in an order that visits all parts of it early. */
function* spread(address: number, length: number): Generator<number> {
  const stride = 769
  for (let start = 3; start < stride; start += 4)
    for (let offset = start; offset < length; offset += stride * 4) yield address + offset
}

/** Addresses of non-zero bytes that the run has written by step `step`, slots left out. */
function* writtenBytes(run: LiedRun, step: number): Generator<number> {
  const machine = start(run)
  machine.memory.takeDirtyPages()
  machine.run(step)
  const { input, output } = run.image
  for (const page of machine.memory.takeDirtyPages()) {
    const address = page * PAGE_BYTES
    if (address >= Math.min(input.address, output.address)) continue
    const bytes = machine.memory.read(address, PAGE_BYTES)
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) yield address + i
  }
}

/** The `variant`-th candidate whose flip changes the first output byte (the digit) and lets the run end well. */
function findFault(run: LiedRun, afterStep: number, variant: number, candidates: Iterable<number>): TraceFault {
  const honest = firstOutputByte(start(run), run.image)
  const [machine, reference] = [start(run), start(run)]
  for (const m of [machine, reference]) m.run(afterStep)
  machine.memory.takeDirtyPages()
  let numFound = 0
  let numTries = 0
  for (const address of candidates) {
    if (++numTries > MAX_TRIES) break
    const fault = flipMemoryBits({ afterStep, address, mask: 0x40 })
    fault.apply(machine)
    const lied = firstOutputByte(machine, run.image)
    rewind(machine, reference)
    if (lied !== null && lied !== honest && numFound++ === variant) return fault
  }
  throw new FaultNotFoundError({ what: `bit number ${variant} that changes the output` })
}

/** Takes `machine` back to the state of `reference`; both were in that state when the dirty pages were last taken. */
function rewind(machine: Machine, reference: Machine): void {
  for (const page of machine.memory.takeDirtyPages())
    machine.memory.write(page * PAGE_BYTES, reference.memory.read(page * PAGE_BYTES, PAGE_BYTES))
  machine.memory.takeDirtyPages()
  machine.registers.set(reference.registers)
}

/** A machine at the start of the run. */
function start(run: LiedRun): Machine {
  const machine = createMachine(run.image)
  machine.memory.write(run.image.input.address, encodeSlot(run.input, run.image.input.height))
  return machine
}

/** Runs to the end; null for a run that does not end well. */
function firstOutputByte(machine: Machine, image: MachineImage): number | null {
  machine.run(MAX_STEPS)
  const isExit = machine.registers[0] === EXIT_PC && machine.registers[10] === 0
  return isExit ? (machine.memory.read(image.output.address + 4, 1)[0] ?? null) : null
}
