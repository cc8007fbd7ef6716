import fc from 'fast-check'
import { habits } from 'opml/dispute/simulation'
import type { LiarSpec, ProgramGameSpec } from './programGame.ts'
import { MACHINE_LIES } from './machineLies.ts'
import { FAULTS } from './programLies.ts'

const HABITS = Object.keys(habits.HABITS) as habits.HabitName[]
const seed = fc.nat(2 ** 31 - 1)

const liar: fc.Arbitrary<LiarSpec> = fc.record({
  fault: fc.constantFrom(...FAULTS),
  machine: fc.constantFrom(...MACHINE_LIES),
  seed,
  habit: fc.oneof(
    { weight: 2, arbitrary: fc.constant('plays' as const) },
    { weight: 3, arbitrary: fc.constantFrom(...HABITS) },
  ),
})

/** Games about random programs. Shrinking takes liars away, lets the rest play on, and makes the program smaller. */
export const arbitraryGame: fc.Arbitrary<ProgramGameSpec> = fc.record({
  programSeed: seed,
  size: fc.integer({ min: 1, max: 4 }),
  liars: fc.array(liar, { minLength: 1, maxLength: 5, size: 'max' }),
  numHonest: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(2) }),
  orderSeed: seed,
})
