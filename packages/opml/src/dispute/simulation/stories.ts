import type { ToyModel } from './toyModel.ts'
import { ToyTrace, liesBetween } from './toyTrace.ts'
import type { ToyInsides } from './toyTrace.ts'
import { hashText } from '../words.ts'
import * as habits from './habits.ts'
import type { Role, Scenario } from './scenario.ts'

/** What most stories are told of: 256 steps of a machine program, coarse and fine. */
const MACHINE: ToyModel = { coarseHeight: 5, fineHeight: 3 }

/** The honest player of most stories: twenty seconds for everything. */
const honest: Role = { name: 'honest', isHonest: true, latency: 20 }

function liar(name: string, from: number, rest: Partial<Role> = {}): Role {
  return { name, lie: { kind: 'once', from, seed: name }, latency: 5, ...rest }
}

/** Insides that end in the same leaf as the own ones and are false before it. */
function falseInsides(seed: string): ToyInsides {
  return (_position, own) => insides(own, seed, 0)
}

/** Insides that do not even end in the own leaf. */
function foreignInsides(seed: string): ToyInsides {
  return (_position, own) => insides(own, seed, 1)
}

function insides(own: ToyTrace, seed: string, beyond: number): ToyTrace {
  const { model, kind } = own
  const states = own.states()
  const history = liesBetween(states, { from: 2, until: states.length - 1 + beyond, seed })
  return new ToyTrace({ model, kind, history })
}

function numbered(count: number, make: (i: number) => Role): Role[] {
  return Array.from({ length: count }, (_, i) => make(i))
}

/** The attacks on the game, one story each; in all of them the true claim survives. */
export const STORIES: readonly Scenario[] = [
  {
    name: 'lyingServer',
    tells: 'The posted result is false from step 97 on. The dispute narrows to that step.',
    model: MACHINE,
    roles: [liar('server', 97), honest],
  },
  {
    name: 'lyingFromTheFirstStep',
    tells: 'The lie begins with the first step, so the contract derives the state before it in both tournaments.',
    model: MACHINE,
    roles: [liar('server', 1), honest],
  },
  {
    name: 'lyingInTheLastStep',
    tells: 'Only the last state is false.',
    model: MACHINE,
    roles: [liar('server', 256), honest],
  },
  {
    name: 'lyingChallenger',
    tells: 'The true result is challenged: the challenger opens the dispute with a lie, the submitter defends.',
    model: { coarseHeight: 4, fineHeight: 4 },
    roles: [liar('challenger', 40), honest],
  },
  {
    name: 'sameResultOtherInsides',
    tells: 'A claim with the true result and false insides fights the true one: a player defends its own root.',
    model: MACHINE,
    roles: [{ name: 'pretender', lie: { kind: 'between', from: 30, until: 90, seed: 'p' }, latency: 5 }, honest],
  },
  {
    name: 'sameResultOtherLastState',
    tells: 'The last state differs in a part that the result does not show.',
    model: MACHINE,
    roles: [{ name: 'pretender', lie: { kind: 'unused', seed: 'u' }, latency: 5 }, honest],
  },
  {
    name: 'silentServer',
    tells: 'The liar joins and never moves: its clock runs out, and anyone may say so.',
    model: MACHINE,
    roles: [liar('server', 97, { habit: () => habits.joinsOnly }), honest],
  },
  {
    name: 'fallsSilentInTheInnerGame',
    tells: 'The liar plays in the root tournament and leaves the inner game.',
    model: MACHINE,
    roles: [liar('server', 97, { habit: () => habits.fallsSilentAfter(2) }), honest],
  },
  {
    name: 'lastSecondMove',
    tells: 'Every move and seal of the liar comes in the last second of its clock.',
    model: MACHINE,
    roles: [liar('server', 97, { habit: () => habits.stalls, latency: 0 }), honest],
  },
  {
    name: 'joinsAtTheLastSecond',
    tells: 'A second lie joins when the window is about to close; its clock is charged from the start of the window.',
    model: MACHINE,
    roles: [liar('server', 97), liar('late', 60, { habit: () => habits.joinsLate, latency: 0 }), honest],
  },
  {
    name: 'skipsToALaterDifference',
    tells:
      'The liar, false everywhere, points at a later difference to hide the first. The shared left sibling refuses it.',
    model: { coarseHeight: 4, fineHeight: 2 },
    roles: [
      {
        name: 'skipper',
        lie: { kind: 'from', from: 9, seed: 's' },
        habit: (trace) => habits.skipsToALaterDifference(trace),
        latency: 0,
      },
      honest,
    ],
  },
  {
    name: 'pointsAtWhatAgrees',
    tells: 'The liar points at a descendant that is the same on both sides, left of the first difference.',
    model: { coarseHeight: 4, fineHeight: 2 },
    roles: [liar('pointer', 9, { habit: (trace) => habits.pointsAtWhatAgrees(trace), latency: 0 }), honest],
  },
  {
    name: 'opensAnotherSubtree',
    tells: 'The liar opens descendants that are not those of its claim.',
    model: MACHINE,
    roles: [liar('server', 97, { habit: () => habits.opensAnother }), honest],
  },
  {
    name: 'garbageProofs',
    tells: 'The liar sends paths and agreed states that prove nothing.',
    model: MACHINE,
    roles: [liar('server', 97, { habit: () => habits.garbage }), honest],
  },
  {
    name: 'contradictsItsOwnClaim',
    tells: 'Below the leaf in dispute the liar shows a history that does not end in its leaf; the join is refused.',
    model: MACHINE,
    roles: [liar('server', 97, { innerOf: foreignInsides('f') }), honest],
  },
  {
    name: 'copiesTheJoin',
    tells:
      'A copier posts the true root first and owns the claim. The honest player defends it all the same, refunded.',
    model: MACHINE,
    roles: [liar('server', 97), { name: 'copier', habit: () => habits.joinsOnly, latency: 0 }, honest],
  },
  {
    name: 'copiesTheJoinOfOneWhoCommitted',
    tells: 'The honest player committed before: it takes the copied claim over, in the middle of its match.',
    model: MACHINE,
    roles: [
      liar('server', 97, { latency: 30 }),
      { name: 'copier', habit: () => habits.joinsOnly, latency: 25 },
      { ...honest, options: { commitSalt: hashText('salt') } },
    ],
  },
  {
    name: 'displacedByAnOlderCommitment',
    tells: 'Somebody with the true root had committed before the honest player joined, and takes its claim over.',
    model: MACHINE,
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
    model: MACHINE,
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
    model: MACHINE,
    roles: [liar('server', 97), liar('friend', 33, { habit: () => habits.joinsOnly, latency: 0 }), honest],
  },
  {
    name: 'sybilLosesInsideOnPurpose',
    tells: 'A friend of the lie joins the inner game on the honest side, with false insides, and gives up there.',
    model: MACHINE,
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
    model: MACHINE,
    roles: [liar('first', 97), liar('second', 12), liar('third', 200), honest],
  },
  {
    name: 'sixteenClaims',
    tells: 'One true claim among fifteen different lies: four rounds.',
    model: MACHINE,
    roles: [...numbered(15, (i) => liar(`liar${i}`, 10 + 16 * i)), honest],
  },
  {
    name: 'sixteenInnerClaims',
    tells: 'Fourteen sybils crowd the inner game with false insides on both sides.',
    model: MACHINE,
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
          lie: { kind: 'once', from: 97, seed: 'server' },
          innerOf: falseInsides(`l${i}`),
          options: { joinRoot: false },
        }),
      ),
    ],
  },
  {
    name: 'nobodyElseActs',
    tells: 'Alone: the honest player makes every call that ends the game, time-outs and finishes included.',
    model: MACHINE,
    roles: [
      liar('server', 97, { habit: () => habits.joinsOnly }),
      liar('other', 50, { habit: () => habits.joinsOnly }),
      honest,
    ],
  },
  {
    name: 'twoHonestPlayers',
    tells: 'Two honest players share one claim; the second finds it there and plays for it.',
    model: MACHINE,
    roles: [liar('server', 97), honest, { ...honest, name: 'second', latency: 25 }],
  },
  {
    name: 'onePhase',
    tells: 'No fine tree: a leaf of the root tournament is one step.',
    model: { coarseHeight: 6, fineHeight: 0 },
    roles: [liar('server', 33), honest],
  },
  {
    name: 'tallTrees',
    tells: 'Heights 8 and 4: descents of four levels each.',
    model: { coarseHeight: 8, fineHeight: 4 },
    roles: [liar('server', 3003), honest],
  },
]
