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
        refused(ITournament.ClaimNotLive.selector, account(HONEST), bondOf(1), callDisplace(dead, "salt"));
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

    function callDisplace(bytes32 _claimId, bytes32 _salt) private view returns (bytes memory) {
        return abi.encodeCall(ITournament.displace, (_known[_claimId].tournamentId, claimKey(_claimId), _salt));
    }

    /// @dev A displacement that must be allowed. It moves money between two accounts and changes owner and time; nothing else.
    function displace(uint256 _player, bytes32 _claimId, bytes32 _salt, uint256 _valueWei, uint40 _ownedSince) private {
        ITournament.ClaimView memory before = _game.claim(_claimId);
        bytes32 restBefore = everythingBut(_claimId);
        uint256 credit = _game.creditWei(before.owner);
        bytes memory call_ = callDisplace(_claimId, _salt);
        vm.expectEmit(address(_game));
        emit ITournament.Displaced(
            _known[_claimId].tournamentId, _claimId, account(_player), before.owner, _ownedSince
        );
        vm.prank(account(_player));
        (bool success,) = address(_game).call{value: _valueWei}(call_);
        assertTrue(success, "displace");
        assertEq(_game.creditWei(before.owner), credit + _valueWei, "the former owner is credited the whole value");
        (before.owner, before.ownedSince) = (account(_player), _ownedSince);
        assertEq(keccak256(abi.encode(_game.claim(_claimId))), keccak256(abi.encode(before)), "bond, clock, status stay");
        assertEq(everythingBut(_claimId), restBefore, "matches, tournaments, other claims stay");
        checkFunds();
    }

    function everythingBut(bytes32 _claimId) private view returns (bytes32 hash_) {
        for (uint256 i = 0; i < _claimIds.length; ++i) {
            if (_claimIds[i] != _claimId) hash_ = keccak256(abi.encode(hash_, _game.claim(_claimIds[i])));
        }
        for (uint256 i = 0; i < _matchIds.length; ++i) {
            hash_ = keccak256(abi.encode(hash_, _game.matchOf(_matchIds[i])));
        }
        for (uint256 i = 0; i < _tournamentIds.length; ++i) {
            hash_ = keccak256(abi.encode(hash_, _game.tournament(_tournamentIds[i])));
        }
    }

    function test_commit_again_keepsTheFirstTime() external {
        bytes32 c = commitment(HONEST, HONEST, "salt");
        uint256 time = vm.getBlockTimestamp();
        _game.commit(c);
        skip(50);
        _game.commit(c);
        assertEq(_game.commitmentTime(c), time);
    }

    /// @dev copiesTheJoin: a copier front-runs the honest join; the honest player had committed and takes the claim over,
    /// in the middle of its match. Then the game is played to its end.
    function test_copiesTheJoin_committedEarlier_displaces() external {
        open(_liar);
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(HONEST, HONEST, "salt"));
        skip(10);
        uint256 copier = addPlayer("copier", honestStates());
        bytes32 id = join(copier);
        bytes32 m = lastMatch();
        move(m);
        move(m);
        assertGt(_game.matchOf(m).spentBWei, 0);
        assertTrue(_game.claim(id).bondWei < bondOf(0), "its join was refunded");
        displace(HONEST, id, "salt", bondOf(0), time);
        _known[id].owner = account(HONEST);
        assertEq(_game.creditWei(account(copier)), bondOf(0));
        playMatch(m);
        closeWindow(_rootId);
        finishRoot();
        assertWinner(HONEST);
        assertNotPoorer(HONEST);
        // A bond in, a bond out; the refunds stand for gas that it paid.
        assertEq(gainOf(copier), int256(_refundedWei[account(copier)]));
        emptyAll();
    }

    /// @dev The reverse: an honest player that did not commit loses the prize, and nothing else.
    function test_displace_honestOwner_isNoPoorer() external {
        open(_liar);
        uint256 copier = addPlayer("copier", honestStates());
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(copier, HONEST, "salt"));
        skip(10);
        bytes32 id = join(HONEST);
        displace(copier, id, "salt", bondOf(0), time);
        _known[id].owner = account(copier);
        playMatch(lastMatch());
        closeWindow(_rootId);
        finishRoot();
        assertEq(_game.outcomeOf(_rootId).winner, account(copier));
        assertNotPoorer(HONEST);
        assertNotPoorer(copier);
        emptyAll();
    }

    function test_displace_freeClaim_changesOwnerOnly() external {
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(HONEST, HONEST, "salt"));
        skip(1);
        uint256 copier = addPlayer("copier", honestStates());
        bytes32 id = open(copier);
        displace(HONEST, id, "salt", bondOf(0), time);
        assertEq(_game.tournament(_rootId).freeClaim, id);
    }

    /// @dev A claim that has won a match below is free again: the match that is over holds no money and stays as it is.
    function test_displace_afterItsMatchIsOver() external {
        bytes32 m = innerGame();
        bytes32 inner = innerOf(m);
        uint256 index = _game.matchOf(m).index;
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(keccak256(abi.encode(inner, fineTree(HONEST, index)[1], account(_other), bytes32("salt"))));
        skip(1);
        bytes32 id = joinInner(m, HONEST);
        joinInner(m, _liar);
        playFine(lastMatch());
        assertEq(_game.matchOf(lastMatch()).phase, 5);
        assertEq(_game.tournament(inner).freeClaim, id);
        refused(ITournament.WrongBond.selector, account(_other), bondOf(0), callDisplace(id, "salt"));
        displace(_other, id, "salt", bondOf(1), time);
        assertEq(_game.creditWei(account(HONEST)), bondOf(1));
        closeWindow(inner);
        finishInner(m);
        assertEq(_game.creditWei(account(_other)), bondOf(1), "the survivor's owner has its bond back");
    }

    /// @dev A finished tournament and a claim that won it: refused like everything else there.
    function test_displace_inFinishedInnerGame_reverts() external {
        bytes32 m = innerGame();
        bytes32 inner = innerOf(m);
        bytes32 root = fineTree(HONEST, _game.matchOf(m).index)[1];
        _game.commit(keccak256(abi.encode(inner, root, account(_other), bytes32("salt"))));
        skip(1);
        bytes32 id = joinInner(m, HONEST);
        closeWindow(inner);
        refused(ITournament.WindowClosed.selector, account(_other), bondOf(1), callDisplace(id, "salt"));
        finishInner(m);
        refused(ITournament.TournamentIsFinished.selector, account(_other), bondOf(1), callDisplace(id, "salt"));
    }

    /// @dev An owner that had committed shows it for nothing. Else a younger commitment, older than the join, could take the
    /// claim over in the last second of the window.
    function test_displace_ownClaim_showsTheOlderCommitment() external {
        open(_liar);
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(HONEST, HONEST, "salt"));
        skip(1);
        _game.commit(commitment(_other, HONEST, "young"));
        skip(1);
        bytes32 id = join(HONEST);
        move(lastMatch());
        bytes memory call_ = callDisplace(id, "salt");
        refused(ITournament.WrongBond.selector, account(HONEST), bondOf(0), call_);
        refused(ITournament.WrongBond.selector, account(HONEST), 1, call_);
        displace(HONEST, id, "salt", 0, time);
        assertEq(_game.creditWei(account(HONEST)), 0);
        refused(ITournament.CommitmentNotOlder.selector, account(HONEST), 0, call_);
        skip(597);
        assertEq(_game.tournament(_rootId).windowEnd, vm.getBlockTimestamp() + 1);
        refused(ITournament.CommitmentNotOlder.selector, account(_other), bondOf(0), callDisplace(id, "young"));
    }

    /// @dev What happens to one that does not show it.
    function test_displace_youngerCommitmentInTheLastSecond() external {
        open(_liar);
        _game.commit(commitment(HONEST, HONEST, "salt"));
        skip(1);
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(_other, HONEST, "young"));
        skip(1);
        bytes32 id = join(HONEST);
        skip(597);
        displace(_other, id, "young", bondOf(0), time);
    }

    /// @dev A commitment made in the same second as the join, or after, displaces nobody; nor does the owner's own count.
    function test_displace_commitmentNotOlder_reverts() external {
        bytes32 id = open(_liar);
        _game.commit(commitment(HONEST, _liar, "salt"));
        _game.commit(commitment(_liar, _liar, "salt"));
        skip(1);
        bytes memory call_ = callDisplace(id, "salt");
        refused(ITournament.CommitmentNotOlder.selector, account(HONEST), bondOf(0), call_);
        refused(ITournament.CommitmentNotOlder.selector, account(_liar), 0, call_);
    }

    /// @dev The earliest commitment wins: one displaced by an older one cannot come back with a younger.
    function test_displace_olderCommitment_cannotBeDisplacedByYounger() external {
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(HONEST, HONEST, "old"));
        skip(1);
        uint256 copier = addPlayer("copier", honestStates());
        _game.commit(commitment(copier, HONEST, "young"));
        skip(1);
        bytes32 id = open(copier);
        displace(HONEST, id, "old", bondOf(0), time);
        refused(ITournament.CommitmentNotOlder.selector, account(copier), bondOf(0), callDisplace(id, "young"));
        // Nor does the same commitment count twice.
        refused(ITournament.CommitmentNotOlder.selector, account(HONEST), 0, callDisplace(id, "old"));
    }

    /// @dev Displaced in turn: each former owner is credited the bond that it paid.
    function test_displace_twice_creditsEach() external {
        uint40 time = uint40(vm.getBlockTimestamp());
        _game.commit(commitment(HONEST, _liar, "old"));
        skip(1);
        _game.commit(commitment(_other, _liar, "young"));
        skip(1);
        bytes32 id = open(_liar);
        displace(_other, id, "young", bondOf(0), time + 1);
        displace(HONEST, id, "old", bondOf(0), time);
        assertEq(_game.creditWei(account(_liar)), bondOf(0));
        assertEq(_game.creditWei(account(_other)), bondOf(0));
    }

    function test_displace_anotherSendersCommitment_reverts() external {
        _game.commit(commitment(HONEST, _liar, "salt"));
        skip(1);
        bytes32 id = open(_liar);
        refused(ITournament.UnknownCommitment.selector, account(_other), bondOf(0), callDisplace(id, "salt"));
    }

    function test_displace_afterWindow_reverts() external {
        _game.commit(commitment(HONEST, _liar, "salt"));
        _game.commit(commitment(_liar, _liar, "salt"));
        skip(1);
        bytes32 id = open(_liar);
        skip(600);
        refused(ITournament.WindowClosed.selector, account(HONEST), bondOf(0), callDisplace(id, "salt"));
        refused(ITournament.WindowClosed.selector, account(_liar), 0, callDisplace(id, "salt"));
    }

    function test_displace_wrongBond_reverts() external {
        _game.commit(commitment(HONEST, _liar, "salt"));
        skip(1);
        bytes32 id = open(_liar);
        bytes memory call_ = callDisplace(id, "salt");
        refused(ITournament.WrongBond.selector, account(HONEST), bondOf(0) - 1 gwei, call_);
        refused(ITournament.WrongBond.selector, account(HONEST), bondOf(0) + 1, call_);
        refused(ITournament.WrongBond.selector, account(HONEST), 0, call_);
    }

    function test_displace_claimThatNeverWas_reverts() external {
        _game.commit(commitment(HONEST, HONEST, "salt"));
        skip(1);
        open(_liar);
        ITournament.ClaimKey memory key = ITournament.ClaimKey(coarseTree(HONEST)[1], "outcome");
        bytes memory call_ = abi.encodeCall(ITournament.displace, (_rootId, key, "salt"));
        refused(ITournament.ClaimNotLive.selector, account(HONEST), bondOf(0), call_);
    }
}
