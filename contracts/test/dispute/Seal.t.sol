// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {MatchTest} from "./MatchTest.sol";
import {ToyMachine} from "./ToyMachine.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice Seals of both levels: one test a rule and a refusal (spec/06 §5).
contract Tournament_Seal_Test is MatchTest {
    using ToyTree for bytes32[];

    function test_sealCoarse_opensTheInnerGame() external {
        descend(_match);
        skip(40);
        seal(_match);
        ITournament.MatchView memory m = _game.matchOf(_match);
        assertEq(m.phase, 4);
        assertEq(m.clockA, 1020 - 40, "both burn while a seal is due");
        assertEq(m.clockB, 1020 - 40);
        ITournament.TournamentView memory t = _game.tournament(innerOf(_match));
        assertEq(t.initialClock, 980, "the larger remainder");
        assertEq(t.windowEnd, vm.getBlockTimestamp() + 980);
        assertEq(t.height, 4);
        assertEq(prevStateOf(innerOf(_match)), _players[HONEST].states[18 * 16 - 1]);
    }

    function test_sealCoarse_agreedStateFromEitherTree() external {
        descend(_match);
        uint256 snapshot = vm.snapshotState();
        seal(_match, true, account(HONEST));
        bytes32 prev = prevStateOf(innerOf(_match));
        vm.revertToState(snapshot);
        seal(_match, false, account(HONEST));
        assertEq(prevStateOf(innerOf(_match)), prev);
    }

    function test_sealCoarse_beforeTheLeaf_reverts() external {
        (bytes32[] memory x, bytes32[] memory y) = (coarseTree(_liar), coarseTree(HONEST));
        bytes memory call_ = abi.encodeCall(
            ITournament.sealCoarse, (keyOf(_match), x[1], y[1], originOf(_match), agreedState(_match, false))
        );
        refused(ITournament.WrongPhase.selector, call_);
    }

    function test_sealCoarse_otherLeaves_reverts() external {
        descend(_match);
        (bytes32 leafA, bytes32 leafB) = leavesOf(_match);
        ITournament.AgreedState memory prev = agreedState(_match, false);
        refused(
            ITournament.LeavesMismatch.selector,
            abi.encodeCall(ITournament.sealCoarse, (keyOf(_match), leafB, leafA, originOf(_match), prev))
        );
        refused(
            ITournament.LeavesMismatch.selector,
            abi.encodeCall(ITournament.sealCoarse, (keyOf(_match), leafA, leafA, originOf(_match), prev))
        );
    }

    function test_audit_handOver_wrongAgreedState_reverts() external {
        descend(_match);
        (bytes32 leafA, bytes32 leafB) = leavesOf(_match);
        ITournament.AgreedState memory prev = agreedState(_match, false);
        prev.stateHash = _players[HONEST].states[17 * 16 - 1];
        refused(
            ITournament.AgreedStateMismatch.selector,
            abi.encodeCall(ITournament.sealCoarse, (keyOf(_match), leafA, leafB, originOf(_match), prev))
        );
        prev = agreedState(_match, false);
        prev.inB = true;
        prev.siblings[4] = coarseTree(_liar).at(4, 0);
        prev.siblings[0] = "x";
        refused(
            ITournament.AgreedStateMismatch.selector,
            abi.encodeCall(ITournament.sealCoarse, (keyOf(_match), leafA, leafB, originOf(_match), prev))
        );
        prev.siblings = new bytes32[](4);
        refused(
            MerkleMemory.ProofLengthMismatch.selector,
            abi.encodeCall(ITournament.sealCoarse, (keyOf(_match), leafA, leafB, originOf(_match), prev))
        );
    }

    /// @dev An expired side cannot seal, nor can anybody else while one side is out.
    function test_expiredSideSeals_reverts() external {
        descend(_match);
        skip(1020);
        refused(ITournament.ClockExpired.selector, callSealCoarse(_match));
    }

    function test_sealCoarse_twice_reverts() external {
        descend(_match);
        bytes memory call_ = callSealCoarse(_match);
        seal(_match);
        refused(ITournament.WrongPhase.selector, call_);
    }

    function test_seal_ofAnotherKind_reverts() external {
        descend(_match);
        refused(ITournament.WrongSeal.selector, callSealFine(_match, startState()));
        refused(ITournament.WrongKind.selector, callSealGraph(_match, false));
        bytes32 fine = fineMatch();
        descend(fine);
        refused(ITournament.WrongSeal.selector, callSealCoarse(fine));
        refused(ITournament.WrongKind.selector, callSealGraph(fine, false));
    }

    function test_sealFine_decidesByTheStep() external {
        bytes32 fine = fineMatch();
        skip(30);
        descend(fine);
        skip(5);
        bytes32 winner = _pairs[fine].a;
        bytes32 prev = _players[HONEST].states[299];
        vm.expectEmit(address(_game));
        emit ITournament.Stepped(fine, prev, _players[HONEST].states[300]);
        vm.expectEmit(address(_game));
        emit ITournament.MatchEnded(fine, winner, ITournament.MatchEnd.Step);
        this.sealOnce(fine);
        assertTrue(_game.claim(winner).status == ITournament.ClaimStatus.Live);
        assertEq(_game.claim(winner).clock, 1140 - 30 - 5, "capped inner clock less move and seal");
        assertEq(_game.claim(winner).bondWei, bondOf(1), "refilled");
        assertTrue(_game.claim(_pairs[fine].b).status == ITournament.ClaimStatus.Dead);
        assertEq(_game.claim(_pairs[fine].b).bondWei, 0);
        assertEq(_game.tournament(innerOf(_match)).openMatches, 0);
    }

    function sealOnce(bytes32 _matchId) external {
        bytes memory call_ = callSealFine(_matchId, agreedState(_matchId, false).stateHash);
        vm.prank(account(HONEST));
        (bool success,) = address(_game).call(call_);
        assertTrue(success);
    }

    function test_sealFine_wrongWitness_reverts() external {
        bytes32 fine = fineMatch();
        descend(fine);
        refused(ToyMachine.WrongWitness.selector, callSealFine(fine, "wrong"));
    }

    /// @dev Audit: a proof that runs out of gas wins. Here it decides nothing, and the clock goes on.
    function test_audit_proofOutOfGas_cannotWin() external {
        bytes32 fine = fineMatch();
        descend(fine);
        bytes memory call_ = callSealFine(fine, agreedState(fine, false).stateHash);
        uint256 numDecided;
        uint256 numStarved;
        // Gas for everything between an early end and a whole decision.
        for (uint256 gasLimit = 5_000; gasLimit <= 300_000; gasLimit += 2_500) {
            uint256 snapshot = vm.snapshotState();
            vm.prank(account(_liar));
            (bool success,) = address(_game).call{gas: gasLimit}(call_);
            if (success) {
                ++numDecided;
                assertTrue(_game.claim(_pairs[fine].a).status == ITournament.ClaimStatus.Live, "the truth has won");
            } else {
                ++numStarved;
                assertEq(_game.matchOf(fine).phase, 3);
                assertTrue(_game.claim(_pairs[fine].a).status == ITournament.ClaimStatus.Live);
            }
            vm.revertToState(snapshot);
        }
        assertGt(numDecided, 10);
        assertGt(numStarved, 10);
        _toy.burnGas();
        vm.prank(account(_liar));
        (bool burnt,) = address(_game).call{gas: 3_000_000}(call_);
        assertFalse(burnt);
        assertEq(_game.matchOf(fine).phase, 3);
    }
}
