// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReferee} from "../../src/interfaces/IReferee.sol";
import {ITournament} from "../../src/interfaces/ITournament.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {JoinTest} from "./JoinTest.sol";
import {ToyMachine} from "./ToyMachine.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice Opening and joining: one test a rule and a refusal (spec/06 §1 to §3).
contract Tournament_Join_Test is JoinTest {
    using ToyTree for bytes32[];

    // Opening

    function test_openRoot_firstClaim_waits() external {
        bytes32 id = open(_liar);
        ITournament.TournamentView memory t = _game.tournament(_rootId);
        assertEq(t.freeClaim, id);
        assertEq(t.numClaims, 1);
        assertEq(t.height, 5);
        assertEq(t.windowEnd, vm.getBlockTimestamp() + 600);
        assertEq(t.initialClock, 900);
        ITournament.ClaimView memory c = _game.claim(id);
        assertEq(c.owner, account(_liar));
        assertTrue(c.status == ITournament.ClaimStatus.Live);
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
        assertEq(m.pairHash, 0, "the claims' roots");
        assertEq(_game.tournament(_rootId).freeClaim, 0);
        assertEq(_game.tournament(_rootId).openMatches, 1);
        assertTrue(_game.claim(a).status == ITournament.ClaimStatus.Live);
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

    function test_audit_freeRiding_sameRootTwice_reverts() external {
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

    function test_joinRoot_wrongOpening_reverts() external {
        open(_liar);
        ITournament.JoinData memory data = coarseTree(HONEST).joinData(true);
        data.opened[0] = bytes32(uint256(data.opened[0]) ^ 1);
        bytes memory call_ = abi.encodeCall(ITournament.joinRoot, (_rootId, data));
        refused(ITournament.OpeningMismatch.selector, account(HONEST), bondOf(0), call_);
    }

    /// @dev Audit: data silently truncated. H = 5 opens 2 nodes; the right 32 of a deeper level are refused too.
    function test_audit_truncatedData_openingOfAnotherDepth_reverts() external {
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
    function test_audit_outputBinding_wrongFinalState_reverts() external {
        open(_liar);
        ITournament.JoinData memory data = coarseTree(HONEST).joinData(true);
        data.evidence = abi.encode("another state");
        bytes memory call_ = abi.encodeCall(ITournament.joinRoot, (_rootId, data));
        refused(ToyMachine.WrongWitness.selector, account(HONEST), bondOf(0), call_);
        data.evidence = abi.encode(bytes32("another state"));
        call_ = abi.encodeCall(ITournament.joinRoot, (_rootId, data));
        refused(IReferee.FinalStateMismatch.selector, account(HONEST), bondOf(0), call_);
    }

    /// @dev Audit: richer attacker out-bids the honest party. There is one bond, whoever pays it.
    function test_audit_richerAttacker_moreThanTheBond_reverts() external {
        open(_liar);
        refused(ITournament.WrongBond.selector, account(HONEST), 10 * bondOf(0), callJoin(HONEST));
        refused(ITournament.WrongBond.selector, account(HONEST), 0, callJoin(HONEST));
    }

    // Joining below a match

    function test_joinInner_bothSides_meet() external {
        bytes32 m = innerGame();
        bytes32 a = joinInner(m, HONEST);
        bytes32 b = joinInner(m, _liar);
        assertEq(lastMatch(), keccak256(abi.encode(innerOf(m), a, b)));
        ITournament.TournamentView memory t = _game.tournament(innerOf(m));
        assertEq(t.kind, FINE);
        assertEq(_parents[innerOf(m)], m);
    }

    /// @dev An inner join that names other parents finds no game.
    function test_joinInner_wrongParent_reverts() external {
        bytes32 m = innerGame();
        (bytes32 leafA, bytes32 leafB) = leavesOf(m);
        ITournament.Origin memory origin = originBelow(m);
        ITournament.MatchKey memory key = keyOf(m);
        (key.a, key.b) = (key.b, key.a);
        origin.parentMatch = _game.matchIdOf(key);
        ITournament.JoinData memory data = fineTree(HONEST, _game.matchOf(m).index).joinData(false);
        bytes memory call_ = abi.encodeCall(ITournament.joinInner, (origin, leafA, leafB, data));
        refused(ITournament.UnknownTournament.selector, account(HONEST), bondOf(1), call_);
    }

    /// @dev Audit: a phase's hand-over accepted from anyone, with any state.
    function test_audit_handOver_otherLeaves_reverts() external {
        bytes32 m = innerGame();
        (bytes32 leafA, bytes32 leafB) = leavesOf(m);
        ITournament.JoinData memory data = fineTree(_other, _game.matchOf(m).index).joinData(false);
        bytes memory call_ = abi.encodeCall(ITournament.joinInner, (originBelow(m), data.lastLeaf, leafB, data));
        refused(ITournament.LeavesMismatch.selector, account(_other), bondOf(1), call_);
        call_ = abi.encodeCall(ITournament.joinInner, (originBelow(m), leafA, leafB, data));
        refused(ITournament.OutcomeNotInDispute.selector, account(_other), bondOf(1), call_);
    }

    function test_joinInner_evidence_reverts() external {
        bytes32 m = innerGame();
        (bytes32 leafA, bytes32 leafB) = leavesOf(m);
        ITournament.JoinData memory data = fineTree(HONEST, _game.matchOf(m).index).joinData(false);
        data.evidence = "padding";
        bytes memory call_ = abi.encodeCall(ITournament.joinInner, (originBelow(m), leafA, leafB, data));
        refused(ITournament.EvidenceUnexpected.selector, account(HONEST), bondOf(1), call_);
    }

    /// @dev An inner game cannot be joined with the proof of a root game.
    function test_joinRoot_intoInnerGame_reverts() external {
        bytes32 m = innerGame();
        bytes memory call_ = abi.encodeCall(ITournament.joinRoot, (innerOf(m), coarseTree(HONEST).joinData(true)));
        refused(ITournament.WrongKind.selector, account(HONEST), bondOf(0), call_);
    }

    function test_joinInner_beforeSeal_reverts() external {
        open(_liar);
        join(HONEST);
        bytes32 m = lastMatch();
        descend(m);
        bytes memory call_ = callJoinInner(m, fineTree(HONEST, _game.matchOf(m).index));
        refused(ITournament.UnknownTournament.selector, account(HONEST), bondOf(1), call_);
    }
}
