// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {JoinTest} from "./JoinTest.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice Bugs that audits found in systems of this kind, played as whole games (docs/audit-bugs.md). Those that a single
/// call shows have their tests beside the rule.
contract Tournament_Audit_Test is JoinTest {
    using ToyTree for bytes32[];

    // Caller-supplied depth unbounded

    /// @dev The model says how deep a tree is (5: 2 opened nodes, 4 levels below them): every other number is refused.
    function test_audit_callerDepth_joinOfAnotherDepth_reverts() external {
        open(_liar);
        ITournament.JoinData memory good = coarseTree(HONEST).joinData(true);
        ITournament.JoinData memory data;
        for (uint256 n = 0; n <= 64; ++n) {
            data = coarseTree(HONEST).joinData(true);
            data.lastLeafSiblings = new bytes32[](n);
            for (uint256 i = 0; i < n && i < 4; ++i) data.lastLeafSiblings[i] = good.lastLeafSiblings[i];
            bytes memory call_ = abi.encodeCall(ITournament.joinRoot, (_rootId, data));
            if (n != 4) refused(MerkleMemory.ProofLengthMismatch.selector, account(HONEST), bondOf(0), call_);
            data = coarseTree(HONEST).joinData(true);
            data.opened = new bytes32[](n);
            call_ = abi.encodeCall(ITournament.joinRoot, (_rootId, data));
            if (n != 2) refused(ITournament.OpeningLengthMismatch.selector, account(HONEST), bondOf(0), call_);
        }
        join(HONEST);
    }

    // Bonds stolen or stuck

    /// @dev From every point of a game on, all parties fall silent: strangers alone end it, and nothing stays behind.
    function test_audit_bonds_neverStuck_abandonedAtAnyMoment() external {
        open(_liar);
        abandonHere();
        join(HONEST);
        abandonHere();
        join(_other);
        abandonHere();
        bytes32 m = lastMatch();
        descendAndAbandon(m);
        seal(m);
        abandonHere();
        joinInner(m, HONEST);
        abandonHere();
        joinInner(m, _liar);
        abandonHere();
        bytes32 fine = lastMatch();
        descendAndAbandon(fine);
        seal(fine);
        abandonHere();
        closeWindow(innerOf(m));
        abandonHere();
        finishInner(m);
        abandonHere();
    }

    function descendAndAbandon(bytes32 _matchId) private {
        while (_game.matchOf(_matchId).phase < 3) {
            move(_matchId);
            abandonHere();
        }
    }

    function abandonHere() private {
        uint256 snapshot = vm.snapshotState();
        for (uint256 round = 0; round < 6; ++round) {
            skip(1_000_000);
            uint256 numMatches = _matchIds.length;
            for (uint256 i = 0; i < numMatches; ++i) {
                ITournament.MatchView memory m = _game.matchOf(_matchIds[i]);
                if (m.phase <= 3) timeout(_matchIds[i]);
                else if (m.phase == 4 && _game.tournament(innerOf(_matchIds[i])).openMatches == 0) {
                    finishInner(_matchIds[i]);
                }
            }
        }
        finishRoot();
        emptyAll();
        vm.revertToState(snapshot);
    }

    /// @dev After a game everything goes where the rules say; a thief that asks for it pays it to its owner.
    function test_audit_bonds_cannotBeStolen() external {
        address thief = makeAccount("thief", 0);
        open(_liar);
        join(HONEST);
        playMatch(lastMatch());
        closeWindow(_rootId);
        // An owner with code, which is credited.
        vm.etch(account(HONEST), hex"00");
        bytes memory wrong_ = abi.encodeCall(ITournament.finishRoot, (_rootId, ITournament.ClaimKey("mine", "mine")));
        refused(ITournament.WrongWinner.selector, thief, 0, wrong_);
        finishRoot();
        bytes memory own_ = abi.encodeCall(ITournament.withdraw, (payable(thief)));
        refused(ITournament.NothingToWithdraw.selector, thief, 0, own_);
        bytes memory void_ = abi.encodeCall(ITournament.collectVoid, (TASK));
        refused(ITournament.NotVoid.selector, thief, 0, void_);
        refused(ITournament.NotVoid.selector, address(this), 0, void_);
        uint256 credit = _game.creditWei(account(HONEST));
        uint256 before = account(HONEST).balance;
        vm.prank(thief);
        _game.withdraw(payable(account(HONEST)));
        assertEq(account(HONEST).balance - before, credit, "paid to its owner");
        assertEq(thief.balance, 0);
        assertNotPoorer(HONEST);
        emptyAll();
    }

    // A reorganisation loses a bond

    /// @dev The opening vanishes: the join that followed it is refused and its bond stays with its sender.
    function test_audit_reorg_joinWithoutItsGame_keepsTheBond() external {
        uint256 snapshot = vm.snapshotState();
        open(_liar);
        bytes memory join_ = callJoin(HONEST);
        vm.revertToState(snapshot);
        uint256 before = account(HONEST).balance;
        refused(ITournament.UnknownTournament.selector, account(HONEST), bondOf(0), join_);
        assertEq(account(HONEST).balance, before);
    }

    /// @dev The blocks come back in another order: every call of the first order plays for what it names, or is refused.
    function test_audit_reorg_otherOrder_movesNameTheirMatch() external {
        uint256 snapshot = vm.snapshotState();
        open(_liar);
        join(HONEST);
        bytes32 first = lastMatch();
        bytes memory move_ = callMove(first);
        descend(first);
        bytes memory seal_ = callSealCoarse(first);
        seal(first);
        bytes memory joinInner_ = callJoinInner(first, fineTree(HONEST, _game.matchOf(first).index));
        bytes memory timeout_ = callTimeout(first);
        vm.revertToState(snapshot);

        open(HONEST);
        join(_liar);
        assertNotEq(lastMatch(), first);
        refused(ITournament.UnknownMatch.selector, move_);
        refused(ITournament.UnknownMatch.selector, seal_);
        refused(ITournament.UnknownMatch.selector, timeout_);
        refused(ITournament.UnknownTournament.selector, account(HONEST), bondOf(1), joinInner_);
        playMatch(lastMatch());
        closeWindow(_rootId);
        finishRoot();
        assertWinner(HONEST);
        assertNotPoorer(HONEST);
        emptyAll();
    }

    // A richer attacker out-bids the honest party

    /// @dev Seven claims of an attacker with all the money there is against one player that owns one bond a level.
    function test_audit_richerAttacker_oneBondALevelIsEnough() external {
        uint256 purse = bondOf(0) + bondOf(1);
        vm.deal(account(HONEST), purse);
        open(_liar);
        join(_other);
        for (uint256 i = 0; i < 3; ++i) join(addPlayer(vm.toString(i), liesFrom(60 * i + 1, i)));
        join(HONEST);
        for (uint256 i = 3; i < 5; ++i) join(addPlayer(vm.toString(i), liesFrom(60 * i + 1, i)));
        // Every match is won with what the one before gave back.
        while (playRound()) if (_game.creditWei(account(HONEST)) != 0) _game.withdraw(payable(account(HONEST)));
        closeWindow(_rootId);
        finishRoot();
        assertWinner(HONEST);
        emptyAll();
        assertGe(account(HONEST).balance, purse + _refundedWei[account(HONEST)], "an honest player is poorer");
    }
}

/// @notice Audit: clock extension wrong at small depth.
contract Tournament_SmallDepth_Test is JoinTest {
    /// @dev At trees of 0 to 2 levels a match gives its allowance once, and no claim ever has more than initial clock and
    /// one allowance (below: and the parents' larger remainder).
    function test_audit_clockExtension_atSmallDepth() external {
        for (uint8 coarse = 0; coarse <= 2; ++coarse) {
            for (uint8 fine = 1; fine <= 2; ++fine) {
                uint256 snapshot = vm.snapshotState();
                delete _players;
                delete _accounts;
                setUpGame(coarse, fine);
                playWithClocks(addPlayer("liar", liesFrom(0, 1)));
                vm.revertToState(snapshot);
            }
        }
    }

    function playWithClocks(uint256 _first) private {
        bytes32 a = open(_first);
        skip(500);
        bytes32 b = join(HONEST);
        bytes32 m = lastMatch();
        assertEq(_game.matchOf(m).clockA, 900 + 120, "joined at once");
        assertEq(_game.matchOf(m).clockB, 900 - 500 + 120, "joined 500 s late");
        uint256 moves = (_coarse + 3) / 4;
        for (uint256 i = 0; i < moves; ++i) {
            skip(10);
            move(m);
        }
        skip(10);
        seal(m);
        // A moved at most once here; while the seal was due both burnt.
        uint256 clockA = 1020 - 10 * (moves + 1);
        assertEq(_game.matchOf(m).clockA, clockA, "charged once a second");
        assertEq(_game.matchOf(m).clockB, 520 - 10);
        ITournament.TournamentView memory inner = _game.tournament(innerOf(m));
        assertEq(inner.initialClock, clockA, "the larger remainder, not their sum");
        assertEq(inner.windowEnd, vm.getBlockTimestamp() + clockA);
        joinInner(m, _first);
        joinInner(m, HONEST);
        bytes32 below = lastMatch();
        assertEq(_game.matchOf(below).clockA, clockA + 120);
        assertEq(_game.matchOf(below).clockB, clockA + 120);
        playFine(below);
        assertLe(_game.claim(_pairs[below].b).clock, clockA + 120);
        closeWindow(innerOf(m));
        finishInner(m);
        assertTrue(_game.claim(a).status == ITournament.ClaimStatus.Dead);
        assertEq(_game.claim(b).clock, clockA + 120 < 1020 ? clockA + 120 : 1020, "capped");
    }
}
