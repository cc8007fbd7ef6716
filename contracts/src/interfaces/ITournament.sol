// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The verification game
/// @notice Any number of claims about one computation meet in matches until one is left. Rules: spec/06-dispute.md.
interface ITournament {
    /// @notice One claim, opened so that the first move against it can be made.
    struct JoinData {
        /// Root of the claim's trace tree.
        bytes32 root;
        /// The root's descendants `d = H mod 4 or 4` levels down, left to right; they hash to `root`.
        bytes32[] opened;
        /// The last leaf of the tree. Graph: zero.
        bytes32 lastLeaf;
        /// Siblings of the last leaf up to the last opened descendant, bottom up (`H − d` words). Graph: empty.
        bytes32[] lastLeafSiblings;
        /// What proves what the root stands for: a final state proof (coarse, spec/07 §2), the result of a claim (graph), a block's final
        /// state (block, spec/07 §5). Fine: empty.
        bytes evidence;
    }

    /// @notice Names a claim inside a tournament (spec/06 §1).
    struct ClaimKey {
        bytes32 root;
        bytes32 outcome;
    }

    /// @notice Names a match by its tournament and its two claims, A first.
    struct MatchKey {
        bytes32 tournamentId;
        ClaimKey a;
        ClaimKey b;
    }

    /// @notice What an inner tournament is about; its id is the hash of it. A root tournament stores what it is about: there it is
    /// ignored (all zero).
    struct Origin {
        /// The match whose leaf is in dispute.
        bytes32 parentMatch;
        /// The model that the root tournament is about.
        bytes32 modelId;
        /// The agreed state before leaf 0.
        bytes32 prevState;
    }

    /// @notice The agreed state before the leaf in dispute.
    struct AgreedState {
        /// State hash at leaf `index − 1`; ignored when `index` is 0.
        bytes32 stateHash;
        /// Whether `siblings` belong to claim B's tree (else to claim A's).
        bool inB;
        /// Index > 0: the siblings of leaf `index − 1`, bottom up. Index 0: `slotSiblings` (coarse), else empty.
        bytes32[] siblings;
    }

    /// @notice Deployment parameters (spec/07 §3).
    struct Parameters {
        uint40 challengeWindow;
        uint40 rootWindow;
        uint32 initialClock;
        uint32 allowance;
        uint128 priceCapWei;
        uint128 tipWei;
    }

    enum ClaimStatus {
        None,
        /// Waits for an opponent, or is in a match.
        Live,
        Dead,
        Won
    }

    struct ClaimView {
        address owner;
        ClaimStatus status;
        /// Seconds; while in a match the match's own clocks count.
        uint32 clock;
        uint40 ownedSince;
        /// Wei, before what the current match has spent.
        uint256 bondWei;
    }

    struct MatchView {
        /// Zero before the first move: the pair are the claims' roots.
        bytes32 pairHash;
        uint64 index;
        uint8 height;
        uint8 phase;
        uint40 since;
        uint32 clockA;
        uint32 clockB;
        uint256 spentAWei;
        uint256 spentBWei;
    }

    struct TournamentView {
        /// `Kinds`: 0 coarse, 1 fine, 2 graph, 3 block.
        uint8 kind;
        uint8 height;
        bool finished;
        uint40 windowStart;
        uint40 windowEnd;
        uint32 initialClock;
        uint32 openMatches;
        uint32 numClaims;
        bytes32 freeClaim;
        uint256 potWei;
    }

    /// @notice What a finished root tournament says.
    struct Outcome {
        bool finished;
        /// Zero when void.
        address winner;
        bytes32 result;
        /// Wei that the winner's bond lacks and no loser covered.
        uint256 uncoveredWei;
        /// Void: wei that the market has not collected yet (`collectVoid`). Else zero.
        uint256 potWei;
    }

    /// @notice A deployment parameter outside its bounds (spec/07 §3).
    error ParameterInvalid(bytes32 name, uint256 value, uint256 minimum, uint256 maximum);
    /// @notice No tournament has this id.
    error UnknownTournament(bytes32 tournamentId);
    /// @notice This market has opened a tournament about the task before.
    error TournamentExists(bytes32 tournamentId);
    /// @notice The tournament is over; nothing in it moves any more.
    error TournamentIsFinished(bytes32 tournamentId);
    /// @notice The action belongs to tournaments of another kind.
    error WrongKind(uint8 expected, uint8 actual);
    /// @notice Leaves of such a tournament are decided by another seal.
    /// @param kind The tournament's kind.
    /// @param fineHeight Height of the model's fine tree: with 0 there is none, and states are one instruction apart.
    error WrongSeal(uint8 kind, uint8 fineHeight);
    /// @notice The join window is over.
    error WindowClosed(uint40 windowEnd, uint256 time);
    /// @notice The window is still open, or matches are.
    error NotFinishable(uint40 windowEnd, uint256 time, uint256 openMatches);
    /// @notice The named survivor is not the one.
    error WrongWinner(bytes32 expected, bytes32 actual);
    /// @notice The value sent is not the bond.
    error WrongBond(uint256 expectedWei, uint256 sentWei);
    /// @notice A bond needs an owner.
    error OwnerMissing();
    /// @notice More claims than a tournament counts.
    error TooManyClaims(bytes32 tournamentId);
    /// @notice The tournament is not over, or has a survivor.
    error NotVoid(bytes32 tournamentId);
    /// @notice One root is one claim, dead or alive.
    error ClaimAlreadyUsed(bytes32 claimId);
    /// @notice The claim is unknown, lost or finished.
    error ClaimNotLive(bytes32 claimId);
    /// @notice An opening lists another number of nodes than its place in the tree asks for.
    error OpeningLengthMismatch(uint256 expected, uint256 actual);
    /// @notice The opened descendants hash to something else than the root.
    error OpeningMismatch(bytes32 expected, bytes32 actual);
    /// @notice The last leaf does not stand at the end of the opened tree.
    error LastLeafMismatch(bytes32 expected, bytes32 actual);
    /// @notice The tournament is not the one below this match, about this model, from this state on.
    error OriginMismatch(bytes32 expected, bytes32 actual);
    /// @notice An inner claim must stand for one of the two leaves in dispute.
    error OutcomeNotInDispute(bytes32 outcome);
    /// @notice A join of single instructions carries no evidence.
    error EvidenceUnexpected(uint256 numBytes);
    /// @notice The two leaves given are not those that the match stands at.
    error LeavesMismatch(bytes32 expected, bytes32 actual);
    /// @notice No match has this id.
    error UnknownMatch(bytes32 matchId);
    /// @notice The match is in another phase (spec/06 §4).
    error WrongPhase(bytes32 matchId, uint8 phase);
    /// @notice The side that acts, or one of two whose clocks run, has no time left.
    error ClockExpired(bytes32 matchId);
    /// @notice No clock of this match has run out.
    error ClockNotExpired(bytes32 matchId);
    /// @notice A child index past the node's descendants.
    error ChildIndexInvalid(uint256 childIndex, uint256 numChildren);
    /// @notice The two children are equal: nothing is in dispute below them.
    error NoDifference(bytes32 child);
    /// @notice A path has another number of words than its child index asks for.
    error PathLengthMismatch(uint256 expected, uint256 actual);
    /// @notice The path does not lead to the two nodes in dispute.
    error PairMismatch(bytes32 expected, bytes32 actual);
    /// @notice The agreed state is not proven under the root of the named claim.
    error AgreedStateMismatch(bytes32 expected, bytes32 actual);
    /// @notice Nobody has committed to this root with this salt.
    error UnknownCommitment(bytes32 commitment);
    /// @notice The commitment is not older than the ownership that it wants to displace.
    error CommitmentNotOlder(uint40 committedAt, uint40 ownedSince);
    /// @notice The account has no credit.
    error NothingToWithdraw(address account);
    /// @notice The account did not take its credit; it stays.
    error WithdrawFailed(address account);

    /// @notice A tournament began; its window starts now.
    event TournamentOpened(
        bytes32 indexed tournamentId, bytes32 indexed modelId, bytes32 indexed parentMatch, uint8 kind, uint8 height, bytes32 prevState, uint40 windowEnd, uint32 initialClock
    );
    /// @notice A claim joined; `opened` are its root's descendants.
    event Joined(
        bytes32 indexed tournamentId, bytes32 indexed claimId, address indexed owner, bytes32 root, bytes32 outcome, bytes32[] opened
    );
    /// @notice A commitment was stored.
    event Committed(bytes32 indexed commitment, uint40 time);
    /// @notice A claim has a new owner, or its owner (`newOwner` = `formerOwner`) has shown an older commitment.
    /// @dev `ownedSince` is the time of the commitment: only an older one displaces again.
    event Displaced(
        bytes32 indexed tournamentId, bytes32 indexed claimId, address indexed newOwner, address formerOwner, uint40 ownedSince
    );
    /// @notice Two free claims met; A moves first.
    event MatchStarted(bytes32 indexed tournamentId, bytes32 indexed matchId, bytes32 claimIdA, bytes32 claimIdB);
    /// @notice A descent.
    /// @dev `index` and `height` are those after the move; `opened` are the mover's descendants of its new node (or its leaf).
    event Moved(bytes32 indexed matchId, uint64 index, uint8 height, bytes32 otherChild, bytes32[] opened);
    /// @notice A match opened an inner tournament.
    event InnerOpened(bytes32 indexed matchId, bytes32 indexed tournamentId, bytes32 prevState, bytes32 leafA, bytes32 leafB);
    /// @notice The decisive instruction: `next` is the state the contract computed after `prevState`.
    event Stepped(bytes32 indexed matchId, bytes32 prevState, bytes32 next);
    /// @notice A rule told the leaf of a tensor program's trace: `answer` is what is true there.
    event Judged(bytes32 indexed matchId, bytes32 answer);
    /// @notice What ended a match.
    enum MatchEnd {
        Step,
        Timeout,
        Inner,
        Rule
    }
    /// @notice A match is over. `winner` zero: both lost.
    event MatchEnded(bytes32 indexed matchId, bytes32 indexed winner, MatchEnd reason);
    /// @notice A tournament is over; `winner` is the survivor's claim id, zero if there is none.
    event TournamentFinished(bytes32 indexed tournamentId, bytes32 indexed winner, bytes32 outcome);
    /// @notice The sender of an action got its gas back.
    event Refunded(address indexed to, uint256 amountWei);
    /// @notice An account may withdraw more.
    event Credited(address indexed to, uint256 amountWei);
    /// @notice What a claim that was left is worth, paid to its owner, a plain account, at once.
    event Paid(address indexed to, uint256 amountWei);
    /// @notice Wei left the contract.
    event Withdrawn(address indexed to, uint256 amountWei);

    /// @notice Opens the root tournament of `_taskId` under the caller (a market) with its first claim, owned by `_owner`,
    /// who also gets the refund of this join.
    /// @return result_ What that claim stands for.
    function openRoot(bytes32 _taskId, bytes32 _modelId, bytes32 _inputRoot, address _owner, JoinData calldata _join)
        external
        payable
        returns (bytes32 result_);

    /// @notice Joins a root tournament. Value: its bond.
    function joinRoot(bytes32 _tournamentId, JoinData calldata _join) external payable;
    /// @notice Joins the tournament of `_origin`, whose parent match stands at `_leafA` and `_leafB`. Value: the bond of its kind.
    function joinInner(Origin calldata _origin, bytes32 _leafA, bytes32 _leafB, JoinData calldata _join) external payable;

    /// @notice Stores the time of `keccak256(abi.encode(tournamentId, root, sender, salt))`, once.
    function commit(bytes32 _commitment) external;
    /// @notice Takes over a live claim to whose root the caller committed before its owner did. Value: a full bond, which the
    /// former owner is credited; the claim keeps its bond, what it has spent, its clock and its match. An owner shows its own
    /// older commitment with value 0.
    function displace(bytes32 _tournamentId, ClaimKey calldata _claim, bytes32 _salt) external payable;

    /// @notice The first move of a match. It names both claims: a match stores its pair of nodes from its first move on. Else as `move`.
    function firstMove(MatchKey calldata _match, uint256 _childIndex, bytes32 _otherChild, bytes32[] calldata _path, bytes32[] calldata _opened) external;
    /// @notice One descent for the side whose turn it is, after the first one; anyone may send it.
    /// @param _childIndex First descendant in which the two nodes differ.
    /// @param _otherChild The opponent's descendant there.
    /// @param _path Bottom up: one left sibling for both trees, or the mover's and the opponent's right siblings.
    /// @param _opened The mover's own descendants of that child; at height 0 the leaf alone.
    function move(bytes32 _matchId, uint256 _childIndex, bytes32 _otherChild, bytes32[] calldata _path, bytes32[] calldata _opened) external;
    /// @notice Opens the tournament of single instructions below a match that stands at a state of a machine.
    /// @param _origin Of the tournament that the match is in.
    /// @param _prev The agreed state before that leaf.
    function sealCoarse(MatchKey calldata _match, bytes32 _leafA, bytes32 _leafB, Origin calldata _origin, AgreedState calldata _prev) external;
    /// @notice Decides a match by one instruction. Its leaves are states after one instruction each: of a fine tree, or of any machine's
    /// if the model's `fineHeight` is 0.
    /// @param _witness Step witness of the agreed state (spec/07 §1).
    function sealFine(MatchKey calldata _match, bytes32 _leafA, bytes32 _leafB, Origin calldata _origin, AgreedState calldata _prev, bytes calldata _witness) external;
    /// @notice Judges a match that stands at a leaf of a tensor program's trace: a rule ends it, or the tournament opens in which the machine
    /// that computes the block is disputed.
    /// @param _inB Whether `_evidence` proves things in claim B's tree (else in claim A's).
    /// @param _evidence A leaf's evidence (spec/07 §5).
    function sealGraph(MatchKey calldata _match, bytes32 _leafA, bytes32 _leafB, bool _inB, bytes calldata _evidence) external;
    /// @notice Ends a match in which a clock ran out; at any later time, by anyone.
    function timeout(MatchKey calldata _match) external;
    /// @notice Ends the tournament below `_parent`, and with it that match.
    /// @param _leafA The parent match's leaves; `_modelId` and `_prevState` as in the tournament's `Origin`; `_winner` the survivor's key,
    /// zero if none.
    function finishInner(MatchKey calldata _parent, bytes32 _leafA, bytes32 _leafB, bytes32 _modelId, bytes32 _prevState, ClaimKey calldata _winner) external;
    /// @notice Ends a root tournament. `_winner`: the survivor's key, zero if none.
    function finishRoot(bytes32 _tournamentId, ClaimKey calldata _winner) external;
    /// @notice Pays the caller, a market, the pot of its void tournament about `_taskId`. Zero after the first time.
    function collectVoid(bytes32 _taskId) external returns (uint256 amountWei_);
    /// @notice Pays `_to` its credit; anyone may call.
    function withdraw(address payable _to) external;

    /// @notice Id of the root tournament of a market about a task (spec/06 §1).
    function rootTournamentId(address _market, bytes32 _taskId) external pure returns (bytes32);
    /// @notice Id of an inner tournament.
    function innerTournamentId(Origin calldata _origin) external pure returns (bytes32);
    /// @notice Id of a claim inside a tournament.
    function claimIdOf(bytes32 _tournamentId, ClaimKey calldata _claim) external pure returns (bytes32);
    /// @notice Id of a match.
    function matchIdOf(MatchKey calldata _match) external pure returns (bytes32);
    /// @notice The bond of a kind of tournament for a model, wei. Reverts for a kind that no game over the model has.
    function bondWei(bytes32 _modelId, uint8 _kind) external view returns (uint256);
    /// @notice The deployment parameters.
    function parameters() external view returns (Parameters memory);
    /// @notice A tournament; all zero if there is none.
    function tournament(bytes32 _tournamentId) external view returns (TournamentView memory);
    /// @notice A claim; all zero if there is none.
    function claim(bytes32 _claimId) external view returns (ClaimView memory);
    /// @notice A match; all zero if there is none.
    function matchOf(bytes32 _matchId) external view returns (MatchView memory);
    /// @notice What a root tournament says; all zero until it is finished.
    function outcomeOf(bytes32 _tournamentId) external view returns (Outcome memory);
    /// @notice Time of a commitment; zero if there is none.
    function commitmentTime(bytes32 _commitment) external view returns (uint40);
    /// @notice Wei that an account may withdraw.
    function creditWei(address _account) external view returns (uint256);
}
