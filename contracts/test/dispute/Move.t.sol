// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {Claim, ClaimState} from "../../src/libraries/Claim.sol";
import {Clock} from "../../src/libraries/Clock.sol";
import {Game, GameState} from "../../src/libraries/Game.sol";
import {Match, MatchState} from "../../src/libraries/Match.sol";
import {MatchTest} from "./MatchTest.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice Packed words, clocks and moves: one test a rule and a refusal (spec/06 §4, §6).
contract Tournament_Move_Test is MatchTest {
    using ToyTree for bytes32[];

    // Words

    function testFuzz_words_packAndUnpack_giveTheSame(uint256 _seed) external pure {
        MatchState memory m = MatchState({
            index: uint64(_seed),
            height: uint8(_seed >> 64),
            phase: uint8(_seed >> 72),
            since: uint40(_seed >> 80),
            clockA: uint32(_seed >> 120),
            clockB: uint32(_seed >> 152),
            spentA: (_seed >> 184) % 2 ** 36,
            spentB: _seed >> 220
        });
        assertEq(keccak256(abi.encode(Match.unpack(Match.pack(m)))), keccak256(abi.encode(m)));
        ClaimState memory c = ClaimState({
            owner: address(uint160(_seed)),
            status: ITournament.ClaimStatus(_seed % 4),
            bondGwei: (_seed >> 40) % 2 ** 36,
            clock: (_seed >> 80) % 2 ** 24,
            ownedSince: (_seed >> 110) % 2 ** 33
        });
        assertEq(keccak256(abi.encode(Claim.unpack(Claim.pack(c)))), keccak256(abi.encode(c)));
        GameState memory g = GameState({
            windowStart: uint40(_seed),
            windowEnd: uint40(_seed >> 11),
            initialClock: uint24(_seed >> 22),
            kind: (_seed >> 33) % 4,
            height: (_seed >> 44) % 128,
            coarseHeight: (_seed >> 99) % 64,
            fineHeight: (_seed >> 111) % 32,
            words: (_seed >> 88) % 2 ** 12,
            finished: _seed % 3 == 0,
            waiting: _seed % 5 == 0,
            openMatches: (_seed >> 55) % 2 ** 26,
            numClaims: (_seed >> 66) % 2 ** 26,
            potGwei: (_seed >> 77) % 2 ** 62
        });
        assertEq(keccak256(abi.encode(Game.unpack(Game.pack(g)))), keccak256(abi.encode(g)));
    }

    /// @dev Audit: clock extension wrong at small depth, timers counted twice. By hand.
    function test_audit_clockExtension_cornerCases() external pure {
        assertEq(Clock.atJoin(900, 1000, 1000), 900);
        assertEq(Clock.atJoin(900, 1000, 1600), 300);
        assertEq(Clock.atJoin(900, 1000, 1900), 0);
        assertEq(Clock.atJoin(900, 1000, 5000), 0);
        assertEq(Clock.atMatch(0, 900, 120), 120);
        assertEq(Clock.atMatch(900, 900, 120), 1020);
        assertEq(Clock.atMatch(1020, 900, 120), 1020);
        assertFalse(Clock.isExpired(10, 100, 109));
        assertTrue(Clock.isExpired(10, 100, 110));
        assertTrue(Clock.isExpired(10, 100, 1_000_000));
        assertEq(Clock.charged(10, 100, 109), 1);
        assertEq(Clock.ofInner(5, 300, 120), 300);
        assertEq(Clock.ofInner(300, 5, 120), 300);
        assertEq(Clock.ofInner(5, 6, 120), 120);
    }

    // Moves

    function test_move_firstDescent_isHeightModFour() external {
        move(_match);
        ITournament.MatchView memory m = _game.matchOf(_match);
        assertEq(m.height, 4, "5 mod 4 levels first");
        assertEq(m.index, 1, "leaf 18 lies in the right half");
        assertEq(m.phase, 2);
        move(_match);
        m = _game.matchOf(_match);
        assertEq(m.height, 0);
        assertEq(m.index, 18);
        assertEq(m.phase, 3, "sealable");
    }

    /// @dev Only the mover's clock burns.
    function test_audit_timers_onlyTheMoverIsChargedOnce() external {
        skip(50);
        move(_match);
        ITournament.MatchView memory m = _game.matchOf(_match);
        assertEq(m.clockA, 1020 - 50);
        assertEq(m.clockB, 1020);
        assertEq(m.since, vm.getBlockTimestamp());
        skip(7);
        move(_match);
        m = _game.matchOf(_match);
        assertEq(m.clockA, 1020 - 50);
        assertEq(m.clockB, 1020 - 7);
    }

    function test_move_emitsWhatRebuildsIt() external {
        bytes32[] memory x = coarseTree(_liar);
        bytes32[] memory y = coarseTree(HONEST);
        vm.expectEmit(address(_game));
        emit ITournament.Moved(_match, 1, 4, y.at(4, 1), x.opened(4, 1));
        this.moveOnce();
    }

    function moveOnce() external {
        moveWith(_match, coarseTree(_liar), coarseTree(HONEST), 1, account(_liar));
    }

    function test_move_unknownMatch_reverts() external {
        bytes memory call_ =
            abi.encodeCall(ITournament.move, ("none", 0, 0, new bytes32[](0), new bytes32[](0)));
        refused(ITournament.UnknownMatch.selector, call_);
    }

    /// @dev The first move is named by the match's key, later ones by its id; neither stands for the other.
    function test_move_beforeTheFirst_reverts() external {
        (bytes32[] memory x, bytes32[] memory y) = (coarseTree(_liar), coarseTree(HONEST));
        bytes32[] memory path = x.path(y, 5, 0, 1);
        bytes memory call_ = abi.encodeCall(ITournament.move, (_match, 1, y.at(4, 1), path, x.opened(4, 1)));
        refused(ITournament.PairMismatch.selector, call_);
    }

    function test_firstMove_ofAnotherMatch_reverts() external {
        (bytes32[] memory x, bytes32[] memory y) = (coarseTree(_liar), coarseTree(HONEST));
        bytes32[] memory path = x.path(y, 5, 0, 1);
        ITournament.MatchKey memory key = keyOf(_match);
        (key.a, key.b) = (key.b, key.a);
        bytes memory call_ = abi.encodeCall(ITournament.firstMove, (key, 1, y.at(4, 1), path, x.opened(4, 1)));
        refused(ITournament.UnknownMatch.selector, call_);
        key = keyOf(_match);
        key.a.root = x.at(4, 0);
        call_ = abi.encodeCall(ITournament.firstMove, (key, 1, y.at(4, 1), path, x.opened(4, 1)));
        refused(ITournament.UnknownMatch.selector, call_);
    }

    function test_firstMove_again_reverts() external {
        bytes memory call_ = callMove(_match);
        move(_match);
        refused(ITournament.WrongPhase.selector, call_);
        move(_match);
        refused(ITournament.WrongPhase.selector, call_);
    }

    function test_firstMove_afterTheMatch_reverts() external {
        bytes memory call_ = callMove(_match);
        skip(5000);
        timeout(_match);
        refused(ITournament.WrongPhase.selector, call_);
    }

    /// @dev Anyone may move for a claim; nobody can move against its tree, and the turn is what counts.
    function test_move_byAnyone_isTheClaimsMove() external {
        bytes memory call_ = callMove(_match);
        address stranger = makeAccount("stranger", 1 ether);
        vm.prank(stranger);
        (bool success,) = address(_game).call(call_);
        assertTrue(success);
        assertGt(stranger.balance, 1 ether, "the sender is refunded");
        assertGt(_game.matchOf(_match).spentAWei, 0, "by the claim's bond");
    }

    function test_move_outOfTurn_reverts() external {
        // B's view of the same move: the pair is in the other order.
        bytes memory call_ = callMove(_match, coarseTree(HONEST), coarseTree(_liar), 1);
        refused(ITournament.PairMismatch.selector, call_);
    }

    function test_move_equalChildren_reverts() external {
        bytes32[] memory x = coarseTree(_liar);
        bytes memory call_ = callMove(_match, x, x, 1);
        refused(ITournament.NoDifference.selector, call_);
        // The left halves agree.
        call_ = callMove(_match, x, coarseTree(HONEST), 0);
        refused(ITournament.NoDifference.selector, call_);
    }

    function test_audit_truncatedCast_childIndex_reverts() external {
        bytes32[] memory x = coarseTree(_liar);
        bytes32[] memory path = new bytes32[](1);
        ITournament.MatchKey memory key = keyOf(_match);
        bytes memory call_ = abi.encodeCall(ITournament.firstMove, (key, 2, 0, path, x.opened(4, 1)));
        refused(ITournament.ChildIndexInvalid.selector, call_);
        call_ = abi.encodeCall(ITournament.firstMove, (key, type(uint256).max, 0, path, x.opened(4, 1)));
        refused(ITournament.ChildIndexInvalid.selector, call_);
        call_ = abi.encodeCall(ITournament.firstMove, (key, 2 ** 64 + 1, 0, path, x.opened(4, 1)));
        refused(ITournament.ChildIndexInvalid.selector, call_);
    }

    function test_move_pathOfAnotherLength_reverts() external {
        (bytes32[] memory x, bytes32[] memory y) = (coarseTree(_liar), coarseTree(HONEST));
        bytes32[] memory path = new bytes32[](2);
        path[0] = x.at(4, 0);
        bytes memory call_ = abi.encodeCall(ITournament.firstMove, (keyOf(_match), 1, y.at(4, 1), path, x.opened(4, 1)));
        refused(ITournament.PathLengthMismatch.selector, call_);
        call_ = abi.encodeCall(ITournament.firstMove, (keyOf(_match), 1, y.at(4, 1), new bytes32[](0), x.opened(4, 1)));
        refused(ITournament.PathLengthMismatch.selector, call_);
    }

    function test_move_openedOfAnotherLength_reverts() external {
        (bytes32[] memory x, bytes32[] memory y) = (coarseTree(_liar), coarseTree(HONEST));
        bytes32[] memory path = new bytes32[](1);
        path[0] = x.at(4, 0);
        bytes32[] memory opened = new bytes32[](8);
        for (uint256 i = 0; i < 8; ++i) opened[i] = x.at(1, 8 + i);
        bytes memory call_ = abi.encodeCall(ITournament.firstMove, (keyOf(_match), 1, y.at(4, 1), path, opened));
        refused(ITournament.OpeningLengthMismatch.selector, call_);
    }

    function test_move_inconsistentWithOwnClaim_reverts() external {
        uint256 other = addPlayer("other", liesFrom(310, 2));
        bytes memory call_ = callMove(_match, coarseTree(other), coarseTree(HONEST), 1);
        refused(ITournament.PairMismatch.selector, call_);
        call_ = callMove(_match, coarseTree(_liar), coarseTree(other), 1);
        refused(ITournament.PairMismatch.selector, call_);
    }

    /// @dev lastSecondMove: the last second counts, the next does not.
    function test_lastSecondMove_atExpiry_reverts() external {
        skip(1019);
        uint256 snapshot = vm.snapshotState();
        move(_match);
        assertEq(_game.matchOf(_match).clockA, 1);
        vm.revertToState(snapshot);
        skip(1);
        refused(ITournament.ClockExpired.selector, callMove(_match));
        skip(100_000);
        refused(ITournament.ClockExpired.selector, callMove(_match));
    }
}
