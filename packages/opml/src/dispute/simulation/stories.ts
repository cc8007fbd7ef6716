import type { ToyHistory } from './toyTrace.ts'
import { ToyTrace, liesBetween, liesFrom, liesInUnusedState, liesOnce } from './toyTrace.ts'
import { hashText } from '../words.ts'
import * as habits from './habits.ts'
import { TOY_INPUT_ROOT } from './openDispute.ts'
import type { Role, Scenario } from './scenario.ts'

const HEIGHTS = [5, 3]
/** The honest player of most stories: twenty seconds for everything. */
const honest: Role = { name: 'honest', isHonest: true, latency: 20 }

function lie(from: number, seed: string): (truth: ToyHistory) => ToyHistory {
  return (truth) => liesOnce(truth, { from, seed })
}

function liar(name: string, from: number, rest: Partial<Role> = {}): Role {
  return { name, history: lie(from, name), latency: 5, ...rest }
}

/** Insides that end in the same leaf as the own ones and are false before it. */
function falseInsides(seed: string): (position: bigint, own: ToyTrace) => ToyTrace {
  return (_position, own) => insides(own, seed, 0)
}

/** Insides that do not even end in the own leaf. */
function foreignInsides(seed: string): (position: bigint, own: ToyTrace) => ToyTrace {
  return (_position, own) => insides(own, seed, 1)
}

function insides(own: ToyTrace, seed: string, beyond: number): ToyTrace {
  const states = own.states()
  const history = liesBetween(states, { from: 2, until: states.length - 1 + beyond, seed })
  return new ToyTrace({ inputRoot: TOY_INPUT_ROOT, history, heights: HEIGHTS, level: 1 })
}

function numbered(count: number, make: (i: number) => Role): Role[] {
  return Array.from({ length: count }, (_, i) => make(i))
}

/** The attacks on the game, one story each; in all of them the true claim survives. */
export const STORIES: readonly Scenario[] = [
  {
    name: 'lyingServer',
    tells: 'The posted result is false from step 97 on. The dispute narrows to that step.',
    heights: HEIGHTS,
    roles: [liar('server', 97), honest],
  },
  {
    name: 'lyingFromTheFirstStep',
    tells: 'The lie begins with the first step, so the contract derives the state before it at both levels.',
    heights: HEIGHTS,
    roles: [liar('server', 1), honest],
  },
  {
    name: 'lyingInTheLastStep',
    tells: 'Only the last state is false.',
    heights: HEIGHTS,
    roles: [liar('server', 256), honest],
  },
  {
    name: 'lyingChallenger',
    tells: 'The true result is challenged: the challenger opens the dispute with a lie, the submitter defends.',
    heights: [4, 4],
    roles: [liar('challenger', 40), honest],
  },
  {
    name: 'sameResultOtherInsides',
    tells: 'A claim with the true result and false insides fights the true one: a player defends its own root.',
    heights: HEIGHTS,
    roles: [
      { name: 'pretender', history: (truth) => liesBetween(truth, { from: 30, until: 90, seed: 'p' }), latency: 5 },
      honest,
    ],
  },
  {
    name: 'sameResultOtherLastState',
    tells: 'The last state differs in a part that the result does not show.',
    heights: HEIGHTS,
    roles: [{ name: 'pretender', history: (truth) => liesInUnusedState(truth, 'u'), latency: 5 }, honest],
  },
  {
    name: 'silentServer',
    tells: 'The liar joins and never moves: its clock runs out, and anyone may say so.',
    heights: HEIGHTS,
    roles: [liar('server', 97, { habit: () => habits.joinsOnly }), honest],
  },
  {
    name: 'fallsSilentInTheInnerGame',
    tells: 'The liar plays the upper level and leaves the inner game.',
    heights: HEIGHTS,
    roles: [liar('server', 97, { habit: () => habits.fallsSilentAfter(2) }), honest],
  },
  {
    name: 'lastSecondMove',
    tells: 'Every move and seal of the liar comes in the last second of its clock.',
    heights: HEIGHTS,
    roles: [liar('server', 97, { habit: () => habits.stalls, latency: 0 }), honest],
  },
  {
    name: 'joinsAtTheLastSecond',
    tells: 'A second lie joins when the window is about to close; its clock is charged from the start of the window.',
    heights: HEIGHTS,
    roles: [liar('server', 97), liar('late', 60, { habit: () => habits.joinsLate, latency: 0 }), honest],
  },
  {
    name: 'skipsToALaterDifference',
    tells:
      'The liar, false everywhere, points at a later difference to hide the first. The shared left sibling refuses it.',
    heights: [4, 2],
    roles: [
      {
        name: 'skipper',
        history: (truth) => liesFrom(truth, { from: 9, seed: 's' }),
        habit: (trace) => habits.skipsToALaterDifference(trace),
        latency: 0,
      },
      honest,
    ],
  },
  {
    name: 'pointsAtWhatAgrees',
    tells: 'The liar points at a descendant that is the same on both sides, left of the first difference.',
    heights: [4, 2],
    roles: [liar('pointer', 9, { habit: (trace) => habits.pointsAtWhatAgrees(trace), latency: 0 }), honest],
  },
  {
    name: 'opensAnotherSubtree',
    tells: 'The liar opens descendants that are not those of its claim.',
    heights: HEIGHTS,
    roles: [liar('server', 97, { habit: () => habits.opensAnother }), honest],
  },
  {
    name: 'garbageProofs',
    tells: 'The liar sends paths and agreed states that prove nothing.',
    heights: HEIGHTS,
    roles: [liar('server', 97, { habit: () => habits.garbage }), honest],
  },
  {
    name: 'contradictsItsOwnClaim',
    tells: 'Below the leaf in dispute the liar shows a history that does not end in its leaf; the join is refused.',
    heights: HEIGHTS,
    roles: [liar('server', 97, { innerOf: foreignInsides('f') }), honest],
  },
  {
    name: 'copiesTheJoin',
    tells:
      'A copier posts the true root first and owns the claim. The honest player defends it all the same, refunded.',
    heights: HEIGHTS,
    roles: [liar('server', 97), { name: 'copier', habit: () => habits.joinsOnly, latency: 0 }, honest],
  },
  {
    name: 'copiesTheJoinOfOneWhoCommitted',
    tells: 'The honest player committed before: it takes the copied claim over, in the middle of its match.',
    heights: HEIGHTS,
    roles: [
      liar('server', 97, { latency: 30 }),
      { name: 'copier', habit: () => habits.joinsOnly, latency: 25 },
      { ...honest, options: { commitSalt: hashText('salt') } },
    ],
  },
  {
    name: 'displacedByAnOlderCommitment',
    tells: 'Somebody with the true root had committed before the honest player joined, and takes its claim over.',
    heights: HEIGHTS,
    roles: [
      liar('server', 97, { latency: 30 }),
      { name: 'older', latency: 15, options: { commitSalt: hashText('older') } },
      honest,
    ],
  },
  {
    name: 'showsItsOlderCommitment',
    tells:
      'Somebody committed to the true root between the honest player’s commitment and join, and waits for the last second of the window to take the claim over. The honest player has shown its older commitment.',
    heights: HEIGHTS,
    roles: [
      liar('server', 97, { latency: 30 }),
      { name: 'younger', habit: () => habits.lastSecond, latency: 25, options: { commitSalt: hashText('younger') } },
      { ...honest, options: { commitSalt: hashText('salt') } },
    ],
  },
  {
    name: 'sybilLosesOnPurpose',
    tells:
      'A false result is challenged by the liar’s friend, who lets its clock run out. The lie still meets the truth.',
    heights: HEIGHTS,
    roles: [liar('server', 97), liar('friend', 33, { habit: () => habits.joinsOnly, latency: 0 }), honest],
  },
  {
    name: 'sybilLosesInsideOnPurpose',
    tells: 'A friend of the lie joins the inner game on the honest side, with false insides, and gives up there.',
    heights: HEIGHTS,
    roles: [
      liar('server', 97),
      honest,
      {
        name: 'friend',
        innerOf: falseInsides('friend'),
        habit: () => habits.joinsOnly,
        latency: 0,
        options: { joinRoot: false },
      },
    ],
  },
  {
    name: 'threeLiarsAtOnce',
    tells: 'One honest player against three different lies.',
    heights: HEIGHTS,
    roles: [liar('first', 97), liar('second', 12), liar('third', 200), honest],
  },
  {
    name: 'sixteenClaims',
    tells: 'One true claim among fifteen different lies: four rounds.',
    heights: HEIGHTS,
    roles: [...numbered(15, (i) => liar(`liar${i}`, 10 + 16 * i)), honest],
  },
  {
    name: 'sixteenInnerClaims',
    tells: 'Fourteen sybils crowd the inner game with false insides on both sides.',
    heights: HEIGHTS,
    roles: [
      liar('server', 97),
      honest,
      ...numbered(7, (i) => ({
        name: `truthSybil${i}`,
        innerOf: falseInsides(`t${i}`),
        latency: 5,
        options: { joinRoot: false },
      })),
      ...numbered(7, (i) =>
        liar(`lieSybil${i}`, 97, {
          history: lie(97, 'server'),
          innerOf: falseInsides(`l${i}`),
          options: { joinRoot: false },
        }),
      ),
    ],
  },
  {
    name: 'nobodyElseActs',
    tells: 'Alone: the honest player makes every call that ends the game, time-outs and finishes included.',
    heights: HEIGHTS,
    roles: [
      liar('server', 97, { habit: () => habits.joinsOnly }),
      liar('other', 50, { habit: () => habits.joinsOnly }),
      honest,
    ],
  },
  {
    name: 'twoHonestPlayers',
    tells: 'Two honest players share one claim; the second finds it there and plays for it.',
    heights: HEIGHTS,
    roles: [liar('server', 97), honest, { ...honest, name: 'second', latency: 25 }],
  },
  {
    name: 'treeOfOneLeaf',
    tells: 'A level of height 0 is sealed at once.',
    heights: [0, 3],
    roles: [liar('server', 5), honest],
  },
  {
    name: 'fineTreeOfOneLeaf',
    tells: 'The inner level has height 0: its match is decided without a move.',
    heights: [3, 0],
    roles: [liar('server', 5), honest],
  },
  {
    name: 'threeLevels',
    tells: 'Heights 2, 3 and 2: a coarse, a middle and a fine level.',
    heights: [2, 3, 2],
    roles: [liar('server', 77), liar('other', 30), honest],
  },
  {
    name: 'singleLevel',
    tells: 'One level: a leaf of the root tournament is one step.',
    heights: [6],
    roles: [liar('server', 33), honest],
  },
  {
    name: 'tallTrees',
    tells: 'Heights 8 and 4: descents of four levels each.',
    heights: [8, 4],
    roles: [liar('server', 3003), honest],
  },
]
