/** What a file of `contracts/src` is compiled into, and the tests that are meant to see a change of it. */
export interface MutantGroup {
  readonly file: RegExp
  /** Contracts whose code contains the file, as `contracts/src` names them. */
  readonly contract: string
  /** Whether the contract compiles only by the intermediate representation; without it a mutant takes a quarter of the time. */
  readonly viaIR: boolean
  /** Patterns of `forge test --match-path`, one run each: the first run that is red ends the search. */
  readonly tests: readonly string[]
}

/** The contracts of program disputes. */
export const MUTANT_GROUPS: readonly MutantGroup[] = [
  {
    file: /^(market\/ModelRegistry|libraries\/(ProgramChecks|ModelChecks|CodeStore))\.sol$/,
    contract: 'market/ModelRegistry.sol',
    viaIR: false,
    tests: ['test/registry/*'],
  },
  {
    file: /^graph\/(GraphTransition|Descriptor)\.sol$/,
    contract: 'graph/GraphTransition.sol',
    viaIR: true,
    tests: ['test/graph/GraphTransition*', 'test/graph/R*'],
  },
  {
    file: /^dispute\/Referee\.sol$/,
    contract: 'dispute/Referee.sol',
    viaIR: false,
    tests: [
      'test/dispute/Referee.t.sol',
      'test/dispute/Graph.t.sol',
      'test/program/*',
      'test/market/*',
      'test/dispute/*',
    ],
  },
  {
    file: /^dispute\/TournamentKinds\.sol$/,
    contract: 'dispute/Tournament.sol',
    viaIR: true,
    tests: ['test/dispute/Graph.t.sol', 'test/dispute/handOver/*', 'test/dispute/*'],
  },
]
