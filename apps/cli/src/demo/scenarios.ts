import { activationFlip, outputLie, weightFlip } from '@opml/node'
import type { Lie, Policy, Work } from '@opml/node'
import type { ActorSpec } from './actors.ts'
import { killedVerifier } from './killedVerifier.ts'
import type { Scenario } from './scenario.ts'

const SERVER: ActorSpec = { label: 'server', kind: 'submitter' }
const VERIFIER: ActorSpec = { label: 'verifier', kind: 'verifier' }

function lyingServer(lie: Lie): ActorSpec {
  return { label: 'liar', kind: 'submitter', lie }
}

function lyingVerifier(label: string, lie: Lie): ActorSpec {
  return { label, kind: 'verifier', lie }
}

/** Keeps only work of the given kinds. */
function only(...kinds: readonly Work['kind'][]): (usual: Policy) => Policy {
  return (usual) => (picture) => usual(picture).filter((work) => kinds.includes(work.kind))
}

/** Challenges, then falls silent: it never plays, and never joins anything a second time. */
function thenSilent(usual: Policy): Policy {
  return (picture) => usual(picture).filter((work) => work.kind === 'check' && work.task.status === 'submitted')
}

/** The stories of the demonstration; names are stable. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'honest-server',
    title: 'honest server, watched by a verifier',
    honest: 'server',
    actors: [SERVER, VERIFIER],
  },
  {
    name: 'lying-server-weight',
    title: 'lying server: a bit flipped in a weight',
    honest: 'verifier',
    actors: [lyingServer(weightFlip()), VERIFIER],
  },
  {
    name: 'lying-server-activation',
    title: 'lying server: a bit flipped in an activation',
    honest: 'verifier',
    actors: [lyingServer(activationFlip()), VERIFIER],
  },
  {
    name: 'lying-server-output',
    title: 'lying server: another output, all else honest',
    honest: 'verifier',
    actors: [lyingServer(outputLie()), VERIFIER],
  },
  {
    name: 'lying-challenger',
    title: 'lying challenger of a right result',
    honest: 'server',
    actors: [SERVER, lyingVerifier('liar', activationFlip())],
  },
  {
    name: 'server-silent',
    title: 'lying server, silent after the challenge',
    honest: 'verifier',
    actors: [{ ...lyingServer(weightFlip()), policy: only('answer') }, VERIFIER],
  },
  {
    name: 'challenger-silent',
    title: 'lying challenger, silent after the challenge',
    honest: 'server',
    actors: [SERVER, { ...lyingVerifier('liar', weightFlip()), policy: thenSilent }],
  },
  {
    name: 'three-liars',
    title: 'one honest verifier against three different liars at once',
    honest: 'verifier',
    actors: [
      lyingServer(weightFlip()),
      VERIFIER,
      lyingVerifier('liar 2', activationFlip()),
      lyingVerifier('liar 3', outputLie()),
    ],
  },
  {
    name: 'verifier-killed',
    title: 'verifier process killed in the middle of the descent and restarted',
    honest: 'verifier',
    actors: [lyingServer(activationFlip())],
    play: killedVerifier,
  },
  {
    name: 'sybil-loses-on-purpose',
    title: 'right result challenged by a liar whose sybil loses to it on purpose',
    honest: 'server',
    actors: [
      lyingVerifier('liar', weightFlip()),
      // Meets the liar in a match, and lets its clock run out, so that the liar comes out as a winner.
      { ...lyingVerifier('sybil', weightFlip(1)), isWilling: (action) => action.kind === 'joinRoot' },
      SERVER,
    ],
  },
]
