/** What files of `contracts/src` are compiled into, and the tests that are meant to see a change of them. */
export interface MutantGroup {
  readonly file: RegExp
  /** Contract whose code contains the files, as `contracts/src` names it. */
  readonly contract: string
  /** Patterns of `forge test --match-path`, one run each: the first run that is red ends the search. */
  readonly tests: readonly string[]
}

/**
 * The contracts that decide something. What the machine computes is not among them: `vm/` and `libraries/MerkleMemory.sol` are held
 * against `vectors/isa` and `vectors/merkle`, which the TypeScript machine replays too.
 */
export const MUTANT_GROUPS: readonly MutantGroup[] = [
  {
    file: /^dispute\/Referee\.sol$/,
    contract: 'dispute/Referee.sol',
    tests: [
      'test/dispute/Referee.t.sol',
      'test/dispute/Graph.t.sol',
      'test/program/*',
      'test/market/*',
      'test/dispute/*',
    ],
  },
  {
    file: /^(dispute\/Tournament\w*|libraries\/(Bond|Claim|Clock|Commitment|Game|Kinds|Match))\.sol$/,
    contract: 'dispute/Tournament.sol',
    tests: ['test/dispute/*', 'test/program/*', 'test/market/*', 'test/invariant/*'],
  },
  {
    file: /^(graph\/\w+|libraries\/Evidence|types\/Program)\.sol$/,
    contract: 'graph/GraphTransition.sol',
    tests: ['test/graph/*', 'test/dispute/Graph.t.sol', 'test/program/*'],
  },
  {
    file: /^(market\/ModelRegistry|libraries\/(ProgramChecks|ModelChecks|CodeStore)|types\/Machine)\.sol$/,
    contract: 'market/ModelRegistry.sol',
    tests: ['test/registry/*'],
  },
  {
    file: /^(market\/(InferenceMarket|InputUploads)|libraries\/InputFrontier)\.sol$/,
    contract: 'market/InferenceMarket.sol',
    tests: ['test/market/*', 'test/program/*'],
  },
]
