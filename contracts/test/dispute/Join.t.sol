// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {Deployer} from "./Deployer.sol";
import {GameTest} from "./GameTest.sol";
import {ToyMachine} from "./ToyMachine.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice Opening, joining, committing, displacing: one test a rule and a refusal (spec/06 §1 to §3).
contract Tournament_Join_Test is GameTest {
    using ToyTree for bytes32[];

    uint256 private _liar;
    uint256 private _other;

    function setUp() external {
        setUpGame(5, 4);
        _liar = addPlayer("liar", liesFrom(300, 1));
        _other = addPlayer("other", liesFrom(200, 2));
    }

    // Deployment

    function deploy(ITournament.Parameters memory _p) external {
        Deployer.tournament(address(_registry), address(_toy), _p);
    }

    function refusesParameters(ITournament.Parameters memory _p) private {
        vm.expectPartialRevert(ITournament.ParameterInvalid.selector);
        this.deploy(_p);
    }

    function test_constructor_eachParameterBelowItsMinimum_reverts() external {
        ITournament.Parameters memory p = defaultParameters();
        p.challengeWindow = 0;
        refusesParameters(p);
        p = defaultParameters();
        p.rootWindow = p.challengeWindow - 1;
        refusesParameters(p);
        p = defaultParameters();
        p.initialClock = uint32(p.rootWindow - 1);
        refusesParameters(p);
        p = defaultParameters();
        p.allowance = 59;
        refusesParameters(p);
        p.allowance = 60;
        this.deploy(p);
        p = defaultParameters();
        p.priceCapWei = 1 gwei - 1;
        refusesParameters(p);
        this.deploy(defaultParameters());
    }

    /// @dev Audit: a clock or a bond that is cut in a cast.
    function test_constructor_valuesThatWouldBeTruncated_reverts() external {
        ITournament.Parameters memory p = defaultParameters();
        p.initialClock = uint32(2 ** 24);
        refusesParameters(p);
        p = defaultParameters();
        p.rootWindow = 2 ** 24;
        vm.expectRevert(
            abi.encodeWithSelector(ITournament.ParameterInvalid.selector, bytes32("rootWindow"), 2 ** 24, 600, 2 ** 24 - 1)
        );
        this.deploy(p);
        p.challengeWindow = type(uint40).max;
        refusesParameters(p);
        p = defaultParameters();
        p.allowance = type(uint32).max;
        refusesParameters(p);
        p = defaultParameters();
        p.initialClock = uint32(2 ** 24 - 1 - 2 * p.allowance);
        this.deploy(p);
        p.priceCapWei = 100_000 gwei;
        refusesParameters(p);
    }

    function test_parameters_areThoseOfTheConstructor() external view {
        assertEq(keccak256(abi.encode(_game.parameters())), keccak256(abi.encode(defaultParameters())));
    }

    /// @dev Worked by hand from the table of spec/06 §10: H = 5 has 2 moves, H = 4 has one.
    function test_bondWei_isTheTableTimesThePriceCap() external view {
        uint256 coarseGas = 270_000 + 190_000 + 2 * 65_000 + 250_000 + 190_000 + 190_000 + 190_000;
        assertEq(bondOf(0), coarseGas * 200 gwei);
        uint256 fineGas = 190_000 + 190_000 + 65_000 + 210_000 + 190_000;
        assertEq(bondOf(1), fineGas * 200 gwei);
    }

    /// @dev Each level above 12: twice 700 gas at the root (challenge and join), once below (the seal).
    function test_bondWei_ofTallTrees_paysForLongerProofs() external {
        _registry.add("tall", 40, 20, 3);
        uint256 coarseGas = 270_000 + 190_000 + 10 * 65_000 + 250_000 + 190_000 + 190_000 + 190_000;
        assertEq(_game.bondWei("tall", 0), (coarseGas + 2 * 28 * 700) * 200 gwei);
        uint256 fineGas = 190_000 + 190_000 + 5 * 65_000 + 210_000 + 190_000;
        assertEq(_game.bondWei("tall", 1), (fineGas + 8 * 700) * 200 gwei);
    }

    // Names

    /// @dev Reorg-safe: an id says market, task, claims; another parent gives another id.
    function test_ids_nameWhatTheGameIsAbout() external view {
        bytes32 tag = keccak256("opml.tournament.root.1");
        assertEq(
            _game.rootTournamentId(address(7), "t"), keccak256(abi.encode(tag, address(7), bytes32("t")))
        );
        bytes32 inner = keccak256("opml.tournament.inner.1");
        assertEq(_game.innerTournamentId("m"), keccak256(abi.encode(inner, bytes32("m"))));
        ITournament.ClaimKey memory a = ITournament.ClaimKey("ra", "oa");
        ITournament.ClaimKey memory b = ITournament.ClaimKey("rb", "ob");
        bytes32 idA = keccak256(abi.encode(bytes32("t"), bytes32("ra"), bytes32("oa")));
        bytes32 idB = keccak256(abi.encode(bytes32("t"), bytes32("rb"), bytes32("ob")));
        assertEq(_game.claimIdOf("t", a), idA);
        assertEq(
            _game.matchIdOf(ITournament.MatchKey("t", a, b)), keccak256(abi.encode(bytes32("t"), idA, idB))
        );
    }

    // Opening

    function test_openRoot_firstClaim_waits() external {
        bytes32 id = open(_liar);
        ITournament.TournamentView memory t = _game.tournament(_rootId);
        assertEq(t.freeClaim, id);
        assertEq(t.numClaims, 1);
        assertEq(t.height, 5);
        assertEq(t.windowEnd, vm.getBlockTimestamp() + 600);
        assertEq(t.initialClock, 900);
        assertEq(t.rootId, _rootId);
        ITournament.ClaimView memory c = _game.claim(id);
        assertEq(c.owner, account(_liar));
        assertTrue(c.status == ITournament.ClaimStatus.Free);
        assertEq(c.clock, 900);
    }

    function test_openRoot_twice_reverts() external {
        open(_liar);
        refused(ITournament.TournamentExists.selector, address(this), bondOf(0), callOpen(_other));
    }

    /// @dev A front-runner who opens the same task from elsewhere opens another game.
    function test_openRoot_byAnotherMarket_isAnotherTournament() external {
        uint256 bond = bondOf(0);
        bytes memory call_ = callOpen(_other);
        vm.deal(address(99), bond);
        vm.prank(address(99));
        (bool success,) = address(_game).call{value: bond}(call_);
        assertTrue(success);
        assertFalse(_game.tournament(_rootId).windowEnd != 0);
        bytes32 elsewhere = _game.rootTournamentId(address(99), TASK);
        assertEq(_game.tournament(elsewhere).numClaims, 1);
        vm.prank(address(this));
        (success,) = address(_game).call{value: bond}(callOpen(_liar));
        assertTrue(success);
        assertEq(_game.tournament(_rootId).numClaims, 1);
    }

    function test_openRoot_wrongBond_reverts() external {
        refused(ITournament.WrongBond.selector, address(this), bondOf(0) - 1, callOpen(_liar));
        refused(ITournament.WrongBond.selector, address(this), bondOf(0) + 1, callOpen(_liar));
    }

    function test_openRoot_noOwner_reverts() external {
        bytes memory call_ = abi.encodeCall(
            ITournament.openRoot, (TASK, MODEL, INPUT, address(0), coarseTree(_liar).joinData(true))
        );
        refused(ITournament.OwnerMissing.selector, address(this), bondOf(0), call_);
    }

    // Joining

    function test_joinRoot_second_meetsTheWaitingOne() external {
        bytes32 a = open(_liar);
        skip(100);
        bytes32 b = join(HONEST);
        ITournament.MatchView memory m = _game.matchOf(keccak256(abi.encode(_rootId, a, b)));
        assertEq(m.phase, 1);
        assertEq(m.height, 5);
        assertEq(m.clockA, 1020, "initial clock and allowance");
        assertEq(m.clockB, 920, "late by 100 s");
        assertEq(m.pairHash, keccak256(abi.encode(coarseTree(_liar)[1], coarseTree(HONEST)[1])));
        assertEq(_game.tournament(_rootId).freeClaim, 0);
        assertEq(_game.tournament(_rootId).openMatches, 1);
        assertTrue(_game.claim(a).status == ITournament.ClaimStatus.InMatch);
    }

    function test_joinRoot_unknownTournament_reverts() external {
        refused(ITournament.UnknownTournament.selector, account(HONEST), bondOf(0), callJoin(HONEST));
    }

    function test_joinRoot_atWindowEnd_reverts() external {
        open(_liar);
        skip(599);
        uint256 snapshot = vm.snapshotState();
        join(HONEST);
        vm.revertToState(snapshot);
        skip(1);
        refused(ITournament.WindowClosed.selector, account(HONEST), bondOf(0), callJoin(HONEST));
    }

    function test_joinRoot_sameRootTwice_reverts() external {
        open(_liar);
        refused(ITournament.ClaimAlreadyUsed.selector, account(_other), bondOf(0), callJoin(_liar));
    }

    /// @dev Joining with a dead root: a claim that lost cannot come back, under any owner. (A root claim outlives its
    /// window: the initial clock is no shorter. So the story plays below.)
    function test_joinInner_deadRoot_reverts() external {
        bytes32 m = innerGame();
        joinInner(m, HONEST);
        bytes32 dead = joinInner(m, _liar);
        playFine(lastMatch());
        assertTrue(_game.claim(dead).status == ITournament.ClaimStatus.Dead);
        bytes memory call_ = callJoinInner(m, fineTree(_liar, _game.matchOf(m).index));
        refused(ITournament.ClaimAlreadyUsed.selector, account(_liar), bondOf(1), call_);
        refused(ITournament.ClaimAlreadyUsed.selector, account(_other), bondOf(1), call_);
    }

    function test_displace_deadClaim_reverts() external {
        bytes32 m = innerGame();
        bytes32 root = fineTree(_liar, _game.matchOf(m).index)[1];
        _game.commit(keccak256(abi.encode(innerOf(m), root, account(HONEST), bytes32("salt"))));
        skip(1);
        joinInner(m, HONEST);
        bytes32 dead = joinInner(m, _liar);
        playFine(lastMatch());
        ITournament.ClaimKey memory none;
        bytes memory call_ =
            abi.encodeCall(ITournament.displace, (innerOf(m), claimKey(dead), "salt", none, false));
        refused(ITournament.ClaimNotLive.selector, account(HONEST), bondOf(1), call_);
    }

    function test_joinRoot_wrongOpening_reverts() external {
        open(_liar);
        ITournament.JoinData memory data = coarseTree(HONEST).joinData(true);
        data.opened[0] = bytes32(uint256(data.opened[0]) ^ 1);
        bytes memory call_ = abi.encodeCall(ITournament.joinRoot, (_rootId, data));
        refused(ITournament.OpeningMismatch.selector, account(HONEST), bondOf(0), call_);
    }

    /// @dev Audit: data silently truncated. H = 5 opens 2 nodes; the right 32 of a deeper level are refused too.
    function test_joinRoot_openingOfAnotherDepth_reverts() external {
        open(_liar);
        bytes32[] memory nodes = coarseTree(HONEST);
        ITournament.JoinData memory data = nodes.joinData(true);
        data.opened = new bytes32[](4);
        for (uint256 i = 0; i < 4; ++i) data.opened[i] = nodes.at(3, i);
        bytes memory call_ = abi.encodeCall(ITournament.joinRoot, (_rootId, data));
        refused(ITournament.OpeningLengthMismatch.selector, account(HONEST), bondOf(0), call_);
        data.opened = new bytes32[](0);
        call_ = abi.encodeCall(ITournament.joinRoot, (_rootId, data));
        refused(ITournament.OpeningLengthMismatch.selector, account(HONEST), bondOf(0), call_);
    }

    function test_joinRoot_wrongLastLeafProof_reverts() external {
        open(_liar);
        ITournament.JoinData memory data = coarseTree(HONEST).joinData(true);
        data.lastLeafSiblings[2] = "other";
        bytes memory call_ = abi.encodeCall(ITournament.joinRoot, (_rootId, data));
        refused(ITournament.LastLeafMismatch.selector, account(HONEST), bondOf(0), call_);
        data.lastLeafSiblings = new bytes32[](5);
        call_ = abi.encodeCall(ITournament.joinRoot, (_rootId, data));
        refused(MerkleMemory.ProofLengthMismatch.selector, account(HONEST), bondOf(0), call_);
    }

    /// @dev A left leaf that stands elsewhere in the tree cannot pass for the last one.
    function test_joinRoot_innerLeafAsLast_reverts() external {
        open(_liar);
        bytes32[] memory nodes = coarseTree(HONEST);
        ITournament.JoinData memory data = nodes.joinData(true);
        data.lastLeaf = nodes.at(0, 30);
        data.evidence = abi.encode(data.lastLeaf);
        bytes memory call_ = abi.encodeCall(ITournament.joinRoot, (_rootId, data));
        refused(ITournament.LastLeafMismatch.selector, account(HONEST), bondOf(0), call_);
    }

    /// @dev Audit: the output is not bound to the final root. A wrong final state is refused.
    function test_joinRoot_wrongFinalState_reverts() external {
        open(_liar);
        ITournament.JoinData memory data = coarseTree(HONEST).joinData(true);
        data.evidence = abi.encode("another state");
        bytes memory call_ = abi.encodeCall(ITournament.joinRoot, (_rootId, data));
        refused(ToyMachine.WrongWitness.selector, account(HONEST), bondOf(0), call_);
        data.evidence = abi.encode(bytes32("another state"));
        call_ = abi.encodeCall(ITournament.joinRoot, (_rootId, data));
        refused(ITournament.FinalStateMismatch.selector, account(HONEST), bondOf(0), call_);
    }

    /// @dev Audit: richer attacker out-bids the honest party. There is one bond, whoever pays it.
    function test_joinRoot_moreThanTheBond_reverts() external {
        open(_liar);
        refused(ITournament.WrongBond.selector, account(HONEST), 10 * bondOf(0), callJoin(HONEST));
        refused(ITournament.WrongBond.selector, account(HONEST), 0, callJoin(HONEST));
    }

    // Joining below a match

    function innerGame() private returns (bytes32 matchId_) {
        open(_liar);
        join(HONEST);
        matchId_ = lastMatch();
        descend(matchId_);
        seal(matchId_);
    }

    function test_joinInner_bothSides_meet() external {
        bytes32 m = innerGame();
        bytes32 a = joinInner(m, HONEST);
        bytes32 b = joinInner(m, _liar);
        assertEq(lastMatch(), keccak256(abi.encode(innerOf(m), a, b)));
        ITournament.TournamentView memory t = _game.tournament(innerOf(m));
        assertEq(t.level, 1);
        assertEq(t.parentMatch, m);
        assertEq(t.rootId, _rootId);
    }

    /// @dev An inner join that names other parents finds no game.
    function test_joinInner_wrongParent_reverts() external {
        bytes32 m = innerGame();
        (bytes32 leafA, bytes32 leafB) = leavesOf(m);
        ITournament.MatchKey memory key = keyOf(m);
        (key.a, key.b) = (key.b, key.a);
        ITournament.JoinData memory data = fineTree(HONEST, _game.matchOf(m).index).joinData(false);
        bytes memory call_ = abi.encodeCall(ITournament.joinInner, (key, leafA, leafB, data));
        refused(ITournament.UnknownTournament.selector, account(HONEST), bondOf(1), call_);
    }

    /// @dev Audit: a phase's hand-over accepted from anyone, with any state.
    function test_joinInner_otherLeaves_reverts() external {
        bytes32 m = innerGame();
        (bytes32 leafA, bytes32 leafB) = leavesOf(m);
        ITournament.JoinData memory data = fineTree(_other, _game.matchOf(m).index).joinData(false);
        bytes memory call_ = abi.encodeCall(ITournament.joinInner, (keyOf(m), data.lastLeaf, leafB, data));
        refused(ITournament.LeavesMismatch.selector, account(_other), bondOf(1), call_);
        call_ = abi.encodeCall(ITournament.joinInner, (keyOf(m), leafA, leafB, data));
        refused(ITournament.OutcomeNotInDispute.selector, account(_other), bondOf(1), call_);
    }

    function test_joinInner_evidence_reverts() external {
        bytes32 m = innerGame();
        (bytes32 leafA, bytes32 leafB) = leavesOf(m);
        ITournament.JoinData memory data = fineTree(HONEST, _game.matchOf(m).index).joinData(false);
        data.evidence = "padding";
        bytes memory call_ = abi.encodeCall(ITournament.joinInner, (keyOf(m), leafA, leafB, data));
        refused(ITournament.EvidenceUnexpected.selector, account(HONEST), bondOf(1), call_);
    }

    /// @dev An inner game cannot be joined with the proof of a root game.
    function test_joinRoot_intoInnerGame_reverts() external {
        bytes32 m = innerGame();
        bytes memory call_ = abi.encodeCall(ITournament.joinRoot, (innerOf(m), coarseTree(HONEST).joinData(true)));
        refused(ITournament.WrongLevel.selector, account(HONEST), bondOf(0), call_);
    }

    function test_joinInner_beforeSeal_reverts() external {
        open(_liar);
        join(HONEST);
        bytes32 m = lastMatch();
        descend(m);
        bytes memory call_ = callJoinInner(m, fineTree(HONEST, _game.matchOf(m).index));
        refused(ITournament.UnknownTournament.selector, account(HONEST), bondOf(1), call_);
    }

    // Commitments

    function commitment(uint256 _player, uint256 _of, bytes32 _salt) private view returns (bytes32) {
        return keccak256(abi.encode(_rootId, coarseTree(_of)[1], account(_player), _salt));
    }

    function callDisplace(bytes32 _claimId, bytes32 _salt, bytes32 _opponent, bool _isA)
        private
        view
        returns (bytes memory)
    {
        ITournament.ClaimKey memory opponent = claimKey(_opponent);
        return abi.encodeCall(ITournament.displace, (_rootId, claimKey(_claimId), _salt, opponent, _isA));
    }

    function displace(uint256 _player, bytes memory _call) private {
        uint256 bond = bondOf(0);
        vm.prank(account(_player));
        (bool success,) = address(_game).call{value: bond}(_call);
        assertTrue(success, "displace");
        checkFunds();
    }

    function test_commit_again_keepsTheFirstTime() external {
        bytes32 c = commitment(HONEST, HONEST, "salt");
        uint256 time = vm.getBlockTimestamp();
        _game.commit(c);
        skip(50);
        _game.commit(c);
        assertEq(_game.commitmentTime(c), time);
    }

    /// @dev copiesTheJoin: a copier front-runs the honest join; the honest player had committed and takes the claim over.
    function test_copiesTheJoin_committedEarlier_displaces() external {
        open(_liar);
        _game.commit(commitment(HONEST, HONEST, "salt"));
        skip(10);
        uint256 copier = addPlayer("copier", honestStates());
        bytes32 id = join(copier);
        bytes32 opponent = _pairs[lastMatch()].a;
        descendFor(lastMatch(), 1);
        move(lastMatch());
        assertGt(_game.matchOf(lastMatch()).spentBWei, 0);
        ITournament.MatchView memory before = _game.matchOf(lastMatch());
        uint256 left = _game.claim(id).bondWei - before.spentBWei;
        displace(HONEST, callDisplace(id, "salt", opponent, false));
        assertEq(_game.claim(id).owner, account(HONEST));
        assertEq(_game.claim(id).bondWei, bondOf(0));
        assertEq(_game.creditWei(account(copier)), left, "the copier's bond returns");
        ITournament.MatchView memory m = _game.matchOf(lastMatch());
        assertEq(m.spentBWei, 0);
        assertEq(m.clockB, before.clockB, "clock and match stay");
        assertEq(m.pairHash, before.pairHash);
        assertEq(m.since, before.since);
    }

    function descendFor(bytes32 _matchId, uint256 _moves) private {
        for (uint256 i = 0; i < _moves; ++i) move(_matchId);
    }

    function test_displace_freeClaim_changesOwnerOnly() external {
        _game.commit(commitment(HONEST, HONEST, "salt"));
        skip(1);
        uint256 copier = addPlayer("copier", honestStates());
        bytes32 id = open(copier);
        displace(HONEST, callDisplace(id, "salt", 0, false));
        assertEq(_game.claim(id).owner, account(HONEST));
        assertEq(_game.tournament(_rootId).freeClaim, id);
    }

    /// @dev A commitment made in the same second as the join, or after, displaces nobody.
    function test_displace_commitmentNotOlder_reverts() external {
        bytes32 id = open(_liar);
        _game.commit(commitment(HONEST, _liar, "salt"));
        skip(1);
        bytes memory call_ = callDisplace(id, "salt", 0, false);
        refused(ITournament.CommitmentNotOlder.selector, account(HONEST), bondOf(0), call_);
    }

    /// @dev The earliest commitment wins: one displaced by an older one cannot come back with a younger.
    function test_displace_olderCommitment_cannotBeDisplacedByYounger() external {
        _game.commit(commitment(HONEST, HONEST, "old"));
        skip(1);
        uint256 copier = addPlayer("copier", honestStates());
        _game.commit(commitment(copier, HONEST, "young"));
        skip(1);
        bytes32 id = open(copier);
        displace(HONEST, callDisplace(id, "old", 0, false));
        bytes memory call_ = callDisplace(id, "young", 0, false);
        refused(ITournament.CommitmentNotOlder.selector, account(copier), bondOf(0), call_);
        // Nor can the owner be displaced by the same commitment again.
        call_ = callDisplace(id, "old", 0, false);
        refused(ITournament.CommitmentNotOlder.selector, account(HONEST), bondOf(0), call_);
    }

    function test_displace_anotherSendersCommitment_reverts() external {
        _game.commit(commitment(HONEST, _liar, "salt"));
        skip(1);
        bytes32 id = open(_liar);
        bytes memory call_ = callDisplace(id, "salt", 0, false);
        refused(ITournament.UnknownCommitment.selector, account(_other), bondOf(0), call_);
    }

    function test_displace_wrongOpponent_reverts() external {
        _game.commit(commitment(HONEST, _liar, "salt"));
        skip(1);
        bytes32 id = open(_liar);
        bytes32 b = join(_other);
        bytes memory call_ = callDisplace(id, "salt", b, false);
        refused(ITournament.UnknownMatch.selector, account(HONEST), bondOf(0), call_);
        call_ = callDisplace(id, "salt", 0, true);
        refused(ITournament.UnknownMatch.selector, account(HONEST), bondOf(0), call_);
        displace(HONEST, callDisplace(id, "salt", b, true));
    }

    function test_displace_afterWindow_reverts() external {
        _game.commit(commitment(HONEST, _liar, "salt"));
        skip(1);
        bytes32 id = open(_liar);
        skip(600);
        bytes memory call_ = callDisplace(id, "salt", 0, false);
        refused(ITournament.WindowClosed.selector, account(HONEST), bondOf(0), call_);
    }

    function test_displace_wrongBond_reverts() external {
        _game.commit(commitment(HONEST, _liar, "salt"));
        skip(1);
        bytes32 id = open(_liar);
        bytes memory call_ = callDisplace(id, "salt", 0, false);
        refused(ITournament.WrongBond.selector, account(HONEST), bondOf(0) - 1 gwei, call_);
    }

    function test_displace_claimThatNeverWas_reverts() external {
        _game.commit(commitment(HONEST, HONEST, "salt"));
        skip(1);
        open(_liar);
        ITournament.ClaimKey memory none;
        ITournament.ClaimKey memory key = ITournament.ClaimKey(coarseTree(HONEST)[1], "outcome");
        bytes memory call_ = abi.encodeCall(ITournament.displace, (_rootId, key, "salt", none, false));
        refused(ITournament.ClaimNotLive.selector, account(HONEST), bondOf(0), call_);
    }
}
