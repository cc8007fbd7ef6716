import { bytesEqual } from '../../packages/opml/src/core/bytes.ts'
import { type Machine, PAGE_BYTES } from '../../packages/opml/src/vm/machine.ts'
import { wordGenerator } from '../../scripts/isa/case.ts'

/** Strides of a lockstep run: mostly short, so that stops fall everywhere. */
const STRIDES = [0, 1, 1, 2, 3, 5, 17, 60, 61, 250, 1000, 5000]

/** A lockstep run of two machines. */
export interface Lockstep {
  /** Trusted; its dirty pages must be among those of `actual`. */
  readonly expected: Machine
  readonly actual: Machine
  /** Chooses where both are stopped. */
  readonly seed: number
  readonly maxSteps: number
}

/** Every difference found at one stop; empty when the states agree. */
function differences({ expected, actual }: Lockstep): string[] {
  const found: string[] = []
  expected.registers.forEach((word, i) => {
    const other = actual.registers[i]
    if (word !== other) found.push(`${i === 0 ? 'pc' : `x${i}`} is ${other.toString(16)}, not ${word.toString(16)}`)
  })
  if (expected.isHalted !== actual.isHalted) found.push('only one is halted')
  const pages = expected.memory.takeDirtyPages()
  const others = new Set(actual.memory.takeDirtyPages())
  for (const page of pages) if (!others.has(page)) found.push(`page ${page.toString(16)} is not dirty`)
  for (const page of new Set([...pages, ...others])) {
    const address = page * PAGE_BYTES
    if (!bytesEqual(expected.memory.read(address, PAGE_BYTES), actual.memory.read(address, PAGE_BYTES)))
      found.push(`page ${page.toString(16)} differs`)
  }
  return found
}

/**
 * Runs both machines with the same stops until they halt or `maxSteps` are done; returns the number of steps.
 *
 * @throws {Error} at the first stop where the step counts, registers, memories or dirty pages disagree.
 */
export function runLockstep(run: Lockstep): number {
  const next = wordGenerator(run.seed)
  let total = 0
  for (;;) {
    const stride = STRIDES[next() % STRIDES.length]
    const pc = run.expected.registers[0]
    const expected = run.expected.run(stride)
    const actual = run.actual.run(stride)
    const found = differences(run)
    if (expected !== actual) found.unshift(`${actual} steps, not ${expected}`)
    if (found.length > 0)
      throw new Error(
        `Seed ${run.seed}, ${stride} steps from step ${total}, pc ${pc.toString(16)}: ${found.join('; ')}`,
      )
    total += expected
    if (run.expected.isHalted || total >= run.maxSteps) return total
  }
}
