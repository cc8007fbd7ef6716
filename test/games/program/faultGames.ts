import { seededRandom } from 'opml/core'
import type { LiarSpec, ProgramGameSpec } from './programGame.ts'
import type { MachineLie } from './machineLies.ts'
import type { Fault } from './programLies.ts'
import { programLie } from './programLies.ts'
import { ProgramWorld } from './programWorld.ts'

/** What a game is about: the fault of its first liar, how that liar runs the machine, and how all liars play. */
export interface FaultGame {
  readonly fault: Fault
  readonly machine: MachineLie
  readonly habits: readonly [LiarSpec['habit'], ...LiarSpec['habit'][]]
}

/** Each fault of a history and each of a run of the machine, with all habits among the liars. */
export const FAULT_GAMES: readonly FaultGame[] = [
  { fault: 'weight', machine: 'lastWrite', habits: ['plays'] },
  { fault: 'block', machine: 'lastWrite', habits: ['plays', 'silent'] },
  { fault: 'shown', machine: 'halts', habits: ['plays', 'lastSecond'] },
  { fault: 'operand', machine: 'halts', habits: ['plays', 'stalls'] },
  { fault: 'tail', machine: 'lastWrite', habits: ['plays', 'garbage'] },
  { fault: 'behind', machine: 'lastWrite', habits: ['plays', 'joinsLate'] },
  { fault: 'haltEarly', machine: 'halts', habits: ['plays', 'opensAnother'] },
  { fault: 'haltLate', machine: 'lastWrite', habits: ['plays', 'fallsSilent'] },
  { fault: 'repeat', machine: 'lastWrite', habits: ['plays', 'skips'] },
  { fault: 'padding', machine: 'lastWrite', habits: ['plays', 'pointsAtWhatAgrees'] },
  { fault: 'block', machine: 'rightRun', habits: ['plays', 'joinsOnly'] },
  { fault: 'block', machine: 'wild', habits: ['plays', 'plays', 'plays'] },
  { fault: 'none', machine: 'detour', habits: ['plays', 'plays'] },
  { fault: 'none', machine: 'afterHalt', habits: ['plays', 'plays'] },
  { fault: 'none', machine: 'halts', habits: ['plays', 'plays', 'lastSecond'] },
]

/** Games in which every word of evidence is tried as another, too: blocks that the machine decides, and ones after a halt. */
export const TAMPERED_GAMES: readonly FaultGame[] = [
  { fault: 'block', machine: 'lastWrite', habits: ['plays'] },
  { fault: 'operand', machine: 'halts', habits: ['plays'] },
  { fault: 'haltLate', machine: 'lastWrite', habits: ['plays'] },
  { fault: 'behind', machine: 'lastWrite', habits: ['plays'] },
]

/** The game with the first program that has a place for the fault; liars behind the first hold another wrong block. */
export async function faultGame({ fault, machine, habits }: FaultGame): Promise<ProgramGameSpec> {
  const [habit, ...others] = habits
  const first: LiarSpec = { fault, machine, seed: 1, habit }
  const liars = [
    first,
    ...others.map((one, i): LiarSpec => ({ fault: 'block', machine: 'lastWrite', seed: 2 + i, habit: one })),
  ]
  const size = 3
  for (let programSeed = 1; ; programSeed++) {
    const world = new ProgramWorld({ seed: programSeed, size })
    const lie = await programLie(world, { ...first, random: seededRandom(first.seed) })
    world.close()
    if (lie.fault === fault) return { programSeed, size, liars, numHonest: 1, orderSeed: programSeed }
  }
}
