// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {Claim, ClaimState} from "../../src/libraries/Claim.sol";
import {Clock} from "../../src/libraries/Clock.sol";
import {Game, GameState} from "../../src/libraries/Game.sol";
import {Match, MatchState} from "../../src/libraries/Match.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {GameTest} from "./GameTest.sol";
import {ToyMachine} from "./ToyMachine.sol";
import {ToyTree} from "./ToyTree.sol";

/// @notice Moves, seals, clocks and ends: one test a rule and a refusal (spec/06 §4 to §7).
contract Tournament_Match_Test is GameTest {
    using ToyTree for bytes32[];

    uint256 private _liar;
    bytes32 private _match;

    function setUp() external {
        setUpGame(5, 4);
        // Wrong from step 300 on: coarse leaf 18 of 32, fine leaf 12 of 16.
        _liar = addPlayer("liar", liesFrom(300, 1));
        open(_liar);
        join(HONEST);
        _match = lastMatch();
    }

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
            status: ITournament.ClaimStatus(_seed % 5),
            bondGwei: (_seed >> 40) % 2 ** 36,
            clock: (_seed >> 80) % 2 ** 24,
            ownedSince: (_seed >> 110) % 2 ** 33
        });
        assertEq(keccak256(abi.encode(Claim.unpack(Claim.pack(c)))), keccak256(abi.encode(c)));
        GameState memory g = GameState({
            windowStart: uint40(_seed),
            windowEnd: uint40(_seed >> 11),
            initialClock: uint32(_seed >> 22),
            level: uint8(_seed >> 33),
            height: uint8(_seed >> 44),
            finished: _seed % 3 == 0,
            waiting: _seed % 5 == 0,
            openMatches: (_seed >> 55) % 2 ** 26,
            numClaims: (_seed >> 66) % 2 ** 26,
            potGwei: (_seed >> 77) % 2 ** 74
        });
        assertEq(keccak256(abi.encode(Game.unpack(Game.pack(g)))), keccak256(abi.encode(g)));
    }

    /// @dev Audit: clock extension wrong at small depth, timers counted twice. By hand.
    function test_clock_cornerCases() external pure {
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
    function test_move_chargesTheMoverAlone() external {
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

    function test_move_childIndexTooLarge_reverts() external {
        bytes32[] memory x = coarseTree(_liar);
        bytes32[] memory path = new bytes32[](1);
        bytes memory call_ = abi.encodeCall(ITournament.move, (_match, 2, 0, path, x.opened(4, 1)));
        refused(ITournament.ChildIndexInvalid.selector, call_);
        call_ = abi.encodeCall(ITournament.move, (_match, type(uint256).max, 0, path, x.opened(4, 1)));
        refused(ITournament.ChildIndexInvalid.selector, call_);
        call_ = abi.encodeCall(ITournament.move, (_match, 2 ** 64 + 1, 0, path, x.opened(4, 1)));
        refused(ITournament.ChildIndexInvalid.selector, call_);
    }

    function test_move_pathOfAnotherLength_reverts() external {
        (bytes32[] memory x, bytes32[] memory y) = (coarseTree(_liar), coarseTree(HONEST));
        bytes32[] memory path = new bytes32[](2);
        path[0] = x.at(4, 0);
        bytes memory call_ = abi.encodeCall(ITournament.move, (_match, 1, y.at(4, 1), path, x.opened(4, 1)));
        refused(ITournament.PathLengthMismatch.selector, call_);
        call_ = abi.encodeCall(ITournament.move, (_match, 1, y.at(4, 1), new bytes32[](0), x.opened(4, 1)));
        refused(ITournament.PathLengthMismatch.selector, call_);
    }

    function test_move_openedOfAnotherLength_reverts() external {
        (bytes32[] memory x, bytes32[] memory y) = (coarseTree(_liar), coarseTree(HONEST));
        bytes32[] memory path = new bytes32[](1);
        path[0] = x.at(4, 0);
        bytes32[] memory opened = new bytes32[](8);
        for (uint256 i = 0; i < 8; ++i) opened[i] = x.at(1, 8 + i);
        bytes memory call_ = abi.encodeCall(ITournament.move, (_match, 1, y.at(4, 1), path, opened));
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

    // Seals

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
        assertEq(t.prevState, _players[HONEST].states[18 * 16 - 1]);
    }

    function test_sealCoarse_agreedStateFromEitherTree() external {
        descend(_match);
        uint256 snapshot = vm.snapshotState();
        seal(_match, true, account(HONEST));
        bytes32 prev = _game.tournament(innerOf(_match)).prevState;
        vm.revertToState(snapshot);
        seal(_match, false, account(HONEST));
        assertEq(_game.tournament(innerOf(_match)).prevState, prev);
    }

    function test_sealCoarse_beforeTheLeaf_reverts() external {
        (bytes32[] memory x, bytes32[] memory y) = (coarseTree(_liar), coarseTree(HONEST));
        bytes memory call_ = abi.encodeCall(
            ITournament.sealCoarse, (keyOf(_match), x[1], y[1], agreedState(_match, false))
        );
        refused(ITournament.WrongPhase.selector, call_);
    }

    function test_sealCoarse_otherLeaves_reverts() external {
        descend(_match);
        (bytes32 leafA, bytes32 leafB) = leavesOf(_match);
        ITournament.AgreedState memory prev = agreedState(_match, false);
        refused(
            ITournament.LeavesMismatch.selector,
            abi.encodeCall(ITournament.sealCoarse, (keyOf(_match), leafB, leafA, prev))
        );
        refused(
            ITournament.LeavesMismatch.selector,
            abi.encodeCall(ITournament.sealCoarse, (keyOf(_match), leafA, leafA, prev))
        );
    }

    function test_sealCoarse_wrongAgreedState_reverts() external {
        descend(_match);
        (bytes32 leafA, bytes32 leafB) = leavesOf(_match);
        ITournament.AgreedState memory prev = agreedState(_match, false);
        prev.stateHash = _players[HONEST].states[17 * 16 - 1];
        refused(
            ITournament.AgreedStateMismatch.selector,
            abi.encodeCall(ITournament.sealCoarse, (keyOf(_match), leafA, leafB, prev))
        );
        prev = agreedState(_match, false);
        prev.inB = true;
        prev.siblings[4] = coarseTree(_liar).at(4, 0);
        prev.siblings[0] = "x";
        refused(
            ITournament.AgreedStateMismatch.selector,
            abi.encodeCall(ITournament.sealCoarse, (keyOf(_match), leafA, leafB, prev))
        );
        prev.siblings = new bytes32[](4);
        refused(
            MerkleMemory.ProofLengthMismatch.selector,
            abi.encodeCall(ITournament.sealCoarse, (keyOf(_match), leafA, leafB, prev))
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

    function test_seal_ofTheOtherLevel_reverts() external {
        descend(_match);
        refused(ITournament.WrongLevel.selector, callSealFine(_match, startState()));
        bytes32 fine = fineMatch();
        descend(fine);
        refused(ITournament.WrongLevel.selector, callSealCoarse(fine));
    }

    /// @dev The fine match of the only coarse one, honest claim first.
    function fineMatch() private returns (bytes32) {
        descend(_match);
        seal(_match);
        joinInner(_match, HONEST);
        joinInner(_match, _liar);
        return lastMatch();
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
        assertTrue(_game.claim(winner).status == ITournament.ClaimStatus.Free);
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
    function test_proofThatRunsOutOfGas_cannotWin() external {
        bytes32 fine = fineMatch();
        descend(fine);
        bytes memory call_ = callSealFine(fine, agreedState(fine, false).stateHash);
        _toy.burnGas();
        vm.prank(account(_liar));
        (bool success,) = address(_game).call{gas: 3_000_000}(call_);
        assertFalse(success);
        assertEq(_game.matchOf(fine).phase, 3);
    }

    // Time-outs

    function test_timeout_before_reverts() external {
        refused(ITournament.ClockNotExpired.selector, callTimeout(_match));
        skip(1019);
        refused(ITournament.ClockNotExpired.selector, callTimeout(_match));
    }

    /// @dev A time-out never expires; the other side's clock has not moved.
    function test_timeoutsNeverExpire_sideToMove_loses() external {
        skip(1_000_000);
        timeout(_match);
        assertTrue(_game.claim(_pairs[_match].a).status == ITournament.ClaimStatus.Dead);
        assertTrue(_game.claim(_pairs[_match].b).status == ITournament.ClaimStatus.Free);
        assertEq(_game.claim(_pairs[_match].b).clock, 1020);
        assertEq(_game.claim(_pairs[_match].b).bondWei, bondOf(0), "refilled");
        assertEq(_game.matchOf(_match).phase, 5);
    }

    function test_timeout_twice_reverts() external {
        skip(1020);
        timeout(_match);
        refused(ITournament.WrongPhase.selector, callTimeout(_match));
    }

    function test_timeout_sealDue_oneExpired_otherPaysTheTime() external {
        skip(500);
        move(_match);
        move(_match);
        // A has 520 s left, B 1020, and both burn.
        skip(520);
        timeout(_match);
        assertTrue(_game.claim(_pairs[_match].a).status == ITournament.ClaimStatus.Dead);
        assertEq(_game.claim(_pairs[_match].b).clock, 500);
    }

    function test_bothExpire_bothLose() external {
        descend(_match);
        skip(1020);
        timeout(_match);
        assertTrue(_game.claim(_pairs[_match].a).status == ITournament.ClaimStatus.Dead);
        assertTrue(_game.claim(_pairs[_match].b).status == ITournament.ClaimStatus.Dead);
        assertEq(_game.tournament(_rootId).freeClaim, 0);
        finishRoot();
        ITournament.Outcome memory outcome = _game.outcomeOf(_rootId);
        assertTrue(outcome.finished);
        assertEq(outcome.winner, address(0));
        assertEq(outcome.potWei, address(_game).balance);
        uint256 before = address(this).balance;
        uint256 amount = _game.collectVoid(TASK);
        assertEq(address(this).balance - before, amount);
        assertEq(amount, outcome.potWei);
        assertEq(address(_game).balance, 0, "bonds never stick");
        assertEq(_game.collectVoid(TASK), 0);
    }

    function test_collectVoid_byAnotherMarket_reverts() external {
        descend(_match);
        skip(1020);
        timeout(_match);
        finishRoot();
        refused(ITournament.NotVoid.selector, abi.encodeCall(ITournament.collectVoid, (TASK)));
    }

    /// @dev While the inner game is played no clock runs.
    function test_timeout_innerOpen_reverts() external {
        descend(_match);
        seal(_match);
        skip(1_000_000);
        refused(ITournament.WrongPhase.selector, callTimeout(_match));
    }

    // Ends

    function test_finishRoot_beforeWindowEnd_reverts() external {
        setUpLonely();
        refused(ITournament.NotFinishable.selector, callFinishRoot());
    }

    /// @dev A game with one claim.
    function setUpLonely() private {
        delete _accounts;
        delete _tournamentIds;
        delete _claimIds;
        delete _matchIds;
        delete _players;
        setUpGame(5, 4);
        open(HONEST);
    }

    function test_finishRoot_openMatch_reverts() external {
        closeWindow(_rootId);
        refused(ITournament.NotFinishable.selector, callFinishRoot());
    }

    function test_finishRoot_wrongWinner_reverts() external {
        skip(1020);
        timeout(_match);
        ITournament.ClaimKey memory key = claimKey(_pairs[_match].a);
        refused(ITournament.WrongWinner.selector, abi.encodeCall(ITournament.finishRoot, (_rootId, key)));
        ITournament.ClaimKey memory none;
        refused(ITournament.WrongWinner.selector, abi.encodeCall(ITournament.finishRoot, (_rootId, none)));
    }

    function test_finishRoot_onInnerGame_reverts() external {
        descend(_match);
        seal(_match);
        skip(2000);
        ITournament.ClaimKey memory none;
        bytes memory call_ = abi.encodeCall(ITournament.finishRoot, (innerOf(_match), none));
        refused(ITournament.WrongLevel.selector, call_);
    }

    function test_finishRoot_oneClaim_chargesTheLackToTheMarket() external {
        setUpLonely();
        skip(600);
        finishRoot();
        ITournament.Outcome memory outcome = _game.outcomeOf(_rootId);
        assertEq(outcome.winner, account(HONEST));
        assertGt(outcome.uncoveredWei, 0);
        assertEq(_game.creditWei(account(HONEST)) + outcome.uncoveredWei, bondOf(0));
    }

    function test_finishInner_beforeWindowEnd_reverts() external {
        bytes32 fine = fineMatch();
        refused(ITournament.NotFinishable.selector, callFinishInner(_match));
        playFine(fine);
        refused(ITournament.NotFinishable.selector, callFinishInner(_match));
    }

    function test_finishInner_survivorDecidesTheParent() external {
        bytes32 fine = fineMatch();
        skip(10);
        playFine(fine);
        closeWindow(innerOf(_match));
        bytes32 winner = _pairs[_match].b;
        uint256 clock = _game.claim(_pairs[fine].a).clock;
        finishInner(_match);
        assertTrue(_game.claim(winner).status == ITournament.ClaimStatus.Free);
        assertTrue(_game.claim(_pairs[_match].a).status == ITournament.ClaimStatus.Dead);
        assertEq(_game.claim(winner).clock, clock > 1020 ? 1020 : clock, "the survivor's clock, capped");
        assertTrue(_game.claim(_pairs[fine].a).status == ITournament.ClaimStatus.Won);
        assertEq(_game.creditWei(account(HONEST)), bondOf(1), "a full bond");
        assertEq(_game.claim(winner).bondWei, bondOf(0), "refilled");
        assertTrue(_game.tournament(innerOf(_match)).finished);
        refused(ITournament.TournamentIsFinished.selector, callFinishInner(_match));
    }

    function test_innerNoJoiner_bothParentsLose() external {
        descend(_match);
        seal(_match);
        closeWindow(innerOf(_match));
        finishInner(_match);
        assertTrue(_game.claim(_pairs[_match].a).status == ITournament.ClaimStatus.Dead);
        assertTrue(_game.claim(_pairs[_match].b).status == ITournament.ClaimStatus.Dead);
        finishRoot();
        assertEq(_game.outcomeOf(_rootId).winner, address(0));
    }

    function test_innerNoSurvivor_bothParentsLose() external {
        bytes32 fine = fineMatch();
        descend(fine);
        skip(5000);
        timeout(fine);
        assertGt(_game.tournament(innerOf(_match)).potWei, 0);
        finishInner(_match);
        assertEq(_game.tournament(innerOf(_match)).potWei, 0, "the pot goes up");
        assertTrue(_game.claim(_pairs[_match].b).status == ITournament.ClaimStatus.Dead);
        finishRoot();
        assertEq(_game.outcomeOf(_rootId).potWei, address(_game).balance - _game.creditWei(account(HONEST)));
    }

    /// @dev Audit: a move after the parent is resolved; a finished tournament refuses everything.
    function test_moveAfterFinish_everything_reverts() external {
        bytes32 fine = fineMatch();
        bytes memory move_ = callMove(fine);
        playFine(fine);
        closeWindow(innerOf(_match));
        bytes memory join_ = callJoinInner(_match, fineTree(_liar, 18));
        finishInner(_match);
        refused(ITournament.TournamentIsFinished.selector, account(_liar), bondOf(1), join_);
        refused(ITournament.WrongPhase.selector, move_);
        refused(ITournament.TournamentIsFinished.selector, callTimeout(fine));
        refused(ITournament.TournamentIsFinished.selector, callSealFine(fine, "x"));
        finishRoot();
        refused(ITournament.TournamentIsFinished.selector, callFinishRoot());
        refused(ITournament.TournamentIsFinished.selector, callTimeout(_match));
        refused(ITournament.TournamentIsFinished.selector, callSealCoarse(_match));
        refused(ITournament.TournamentIsFinished.selector, account(_liar), bondOf(0), callJoin(_liar));
        refused(ITournament.TournamentExists.selector, address(this), bondOf(0), callOpen(_liar));
        ITournament.ClaimKey memory none;
        bytes memory displace_ = abi.encodeCall(ITournament.displace, (_rootId, none, 0));
        refused(ITournament.TournamentIsFinished.selector, account(_liar), bondOf(0), displace_);
    }

    // Credits

    function test_withdraw_paysOnce() external {
        playMatch(_match);
        finishRoot();
        uint256 credit = _game.creditWei(account(HONEST));
        uint256 before = account(HONEST).balance;
        _game.withdraw(payable(account(HONEST)));
        assertEq(account(HONEST).balance - before, credit);
        bytes memory call_ = abi.encodeCall(ITournament.withdraw, (payable(account(HONEST))));
        refused(ITournament.NothingToWithdraw.selector, call_);
    }

    /// @dev A sender that refuses money finds its refund as a credit; the game goes on.
    function test_refund_toOneThatRefuses_isCredited() external {
        Refuser refuser = new Refuser();
        _accounts.push(address(refuser));
        bytes memory call_ = callMove(_match);
        assertTrue(refuser.forward(address(_game), call_));
        assertGt(_game.creditWei(address(refuser)), 0);
        checkFunds();
        bytes memory withdraw_ = abi.encodeCall(ITournament.withdraw, (payable(address(refuser))));
        refused(ITournament.WithdrawFailed.selector, withdraw_);
        assertGt(_game.creditWei(address(refuser)), 0, "it stays");
    }

    /// @dev A payee that calls back in gets nothing out of it.
    function test_withdraw_reentered_paysOnce() external {
        Reenterer reenterer = new Reenterer(_game);
        _accounts.push(address(reenterer));
        bytes memory call_ = callMove(_match);
        // Its receiver needs more gas than a refund gives, so the refund becomes a credit.
        assertTrue(reenterer.forward(address(_game), call_));
        uint256 credit = _game.creditWei(address(reenterer));
        assertGt(credit, 0);
        _game.withdraw(payable(address(reenterer)));
        assertEq(address(reenterer).balance, credit);
        assertTrue(reenterer.tried());
        checkFunds();
    }
}

contract Refuser {
    function forward(address _to, bytes memory _call) external returns (bool success_) {
        (success_,) = _to.call(_call);
    }
}

contract Reenterer is Refuser {
    ITournament private _game;
    bool public tried;

    constructor(ITournament game_) {
        _game = game_;
    }

    receive() external payable {
        require(gasleft() > 50_000, "refunds come with less");
        tried = true;
        try _game.withdraw(payable(address(this))) {} catch {}
    }
}
