import type { ToyModel } from './toyModel.ts'
import { toySteps } from './toyModel.ts'
import type { ToyLie } from './toyWorld.ts'
import { leafAt, toyWorld } from './toyWorld.ts'
import type { Role, Scenario } from './scenario.ts'
import { STORIES } from './stories.ts'

/** Three sections: a start, a body that runs at most 5 steps and halts after its third, an end. Block outputs of 1 and 2 blocks. */
const PROGRAM = {
  stepHeight: 3,
  nodeHeight: 2,
  blockHeight: 1,
  sections: [
    { nodes: 2, steps: 1 },
    { nodes: 3, steps: 5, haltNode: 2 },
    { nodes: 2, steps: 1 },
  ],
}

/** Graph, block, fine. */
export const THREE_PHASES: ToyModel = { coarseHeight: 4, fineHeight: 2, program: PROGRAM }
/** Graph, block. */
export const TWO_PHASES: ToyModel = { coarseHeight: 4, fineHeight: 0, program: PROGRAM }
/** Coarse alone. */
const ONE_PHASE: ToyModel = { coarseHeight: 8, fineHeight: 0 }
/** A graph tree of height 0: one step, one node, one block. */
const ONE_LEAF: ToyModel = {
  coarseHeight: 2,
  fineHeight: 3,
  program: { stepHeight: 0, nodeHeight: 0, blockHeight: 0, sections: [{ nodes: 1, steps: 1 }] },
}

/** Step positions of the story program: the body's first, the one whose halt word is set, the first after it, its last. */
export const STORY_POSITIONS = {
  start: 0,
  bodyFirst: 1,
  halting: 3,
  afterHalt: 4,
  bodyLast: 5,
  end: 6,
  none: 7,
} as const

/** A story that only programs have, with the leaf at which it must end. */
export interface ProgramStory {
  readonly name: string
  readonly tells: string
  readonly lie: ToyLie
  readonly leaf: number
  /** What must decide that leaf. */
  readonly decidedBy: 'rule' | 'machine'
}

const at = (position: number, node: number, block = 0): number => leafAt(THREE_PHASES, position, node, block)
const { start, bodyFirst, halting, afterHalt, bodyLast, end, none } = STORY_POSITIONS

/** A false leaf; `seed` chooses whether it would halt, at the halt node. */
function falseLeaf(index: number, seed: string): ToyLie {
  return { kind: 'leaf', index, seed }
}

/** Lies about sections, halts, recurrence and padding: where each is found, and what decides it. */
export const PROGRAM_STORIES: readonly ProgramStory[] = [
  {
    name: 'liesInTheFirstSection',
    tells: 'The last block of the first section is false; the whole body is computed from it.',
    lie: falseLeaf(at(start, 1, 1), 's'),
    leaf: at(start, 1, 1),
    decidedBy: 'machine',
  },
  {
    name: 'liesInTheRecurrentBody',
    tells: 'A block of the second step of the body is false, computed from the step before.',
    lie: falseLeaf(at(bodyFirst + 1, 0), 's'),
    leaf: at(bodyFirst + 1, 0),
    decidedBy: 'machine',
  },
  {
    name: 'haltsTooEarly',
    tells: 'The body repeats its first step although its halt word was not set.',
    lie: { kind: 'halt', position: bodyFirst + 1, isHalted: true },
    leaf: at(bodyFirst + 1, 0),
    decidedBy: 'machine',
  },
  {
    name: 'setsTheHaltWordTooEarly',
    tells: 'The halt word of the first step is false, so that the body seems to halt there.',
    lie: falseLeaf(at(bodyFirst, 2), 'halts 2'),
    leaf: at(bodyFirst, 2),
    decidedBy: 'machine',
  },
  {
    name: 'hidesTheHalt',
    tells: 'The halt word of the halting step is false, so that the body goes on.',
    lie: falseLeaf(at(halting, 2), 'goes on 1'),
    leaf: at(halting, 2),
    decidedBy: 'machine',
  },
  {
    name: 'haltsTooLate',
    tells: 'The body computes one more step after its halt.',
    lie: { kind: 'halt', position: afterHalt, isHalted: false },
    leaf: at(afterHalt, 0),
    decidedBy: 'rule',
  },
  {
    name: 'goesOnLongAfterTheHalt',
    tells: 'The body repeats its halted step once, then computes again.',
    lie: { kind: 'halt', position: bodyLast, isHalted: false },
    leaf: at(bodyLast, 0),
    decidedBy: 'rule',
  },
  {
    name: 'repeatsSomethingElse',
    tells: 'After the halt a block is not the one of the step before.',
    lie: falseLeaf(at(afterHalt, 1, 1), 's'),
    leaf: at(afterHalt, 1, 1),
    decidedBy: 'rule',
  },
  {
    name: 'liesAfterTheHalt',
    tells: 'The section behind the halted one is false.',
    lie: falseLeaf(at(end, 1), 's'),
    leaf: at(end, 1),
    decidedBy: 'machine',
  },
  {
    name: 'writesPastTheLastBlock',
    tells: 'A block behind the end of an output is not zero.',
    lie: falseLeaf(at(bodyFirst, 0, 1), 's'),
    leaf: at(bodyFirst, 0, 1),
    decidedBy: 'rule',
  },
  {
    name: 'writesPastTheLastNode',
    tells: 'A block of a node that the section does not have is not zero.',
    lie: falseLeaf(at(start, 3), 's'),
    leaf: at(start, 3),
    decidedBy: 'rule',
  },
  {
    name: 'writesPastTheLastStep',
    tells: 'A block behind the last step position is not zero.',
    lie: falseLeaf(at(none, 1), 's'),
    leaf: at(none, 1),
    decidedBy: 'rule',
  },
]

const honest: Role = { name: 'honest', isHonest: true, latency: 20 }

/** A program story as a game: the lie is posted, the truth defends itself. */
export function playable(story: ProgramStory, model: ToyModel = THREE_PHASES): Scenario {
  const { name, tells, lie } = story
  return { name, tells, model, roles: [{ name: 'server', lie, latency: 5 }, honest] }
}

/** The stories of machine programs, told of another model: lies keep their place in the run. */
export function storiesOn(model: ToyModel, prefix: string): Scenario[] {
  const isFlat = model.program === undefined && model.fineHeight === 0
  const { numSteps } = toyWorld(model)
  const told = STORIES.filter(
    ({ roles, name }) => !isFlat || (!name.includes('Inner') && roles.every(({ innerOf }) => !innerOf)),
  )
  return told.map((story) => {
    const scale = (step: number): number => 1 + Math.floor(((step - 1) * numSteps) / toySteps(story.model))
    const roles = story.roles.map((role) => ({
      ...role,
      ...(role.lie === undefined ? {} : { lie: scaled(role.lie, scale) }),
    }))
    return { ...story, name: `${prefix}.${story.name}`, model, roles }
  })
}

function scaled(lie: ToyLie, scale: (step: number) => number): ToyLie {
  if (lie.kind === 'between') return { ...lie, from: scale(lie.from), until: scale(lie.until) }
  return lie.kind === 'once' || lie.kind === 'from' ? { ...lie, from: scale(lie.from) } : lie
}

/** Every story at every kind of game where it makes sense. */
export const ALL_STORIES: readonly Scenario[] = [
  ...STORIES,
  {
    ...playable({
      name: 'treeOfOneLeaf',
      tells: 'A tree of height 0 is sealed at once.',
      lie: { kind: 'once', from: 5, seed: 's' },
      leaf: 0,
      decidedBy: 'machine',
    }),
    model: ONE_LEAF,
  },
  ...PROGRAM_STORIES.map((story) => playable(story)),
  ...PROGRAM_STORIES.map((story) => ({ ...playable(story, TWO_PHASES), name: `twoPhases.${story.name}` })),
  ...storiesOn(ONE_PHASE, 'onePhase'),
  ...storiesOn(TWO_PHASES, 'twoPhases'),
  ...storiesOn(THREE_PHASES, 'threePhases'),
]
