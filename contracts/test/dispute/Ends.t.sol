// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {MatchTest} from "./MatchTest.sol";

/// @notice Time-outs, ends and credits: one test a rule and a refusal (spec/06 §6 to §8).
contract Tournament_Ends_Test is MatchTest {
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
        assertTrue(_game.claim(_pairs[_match].b).status == ITournament.ClaimStatus.Live);
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

    function test_audit_ownerWithdraws_collectVoidByAnotherMarket_reverts() external {
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
        refused(ITournament.WrongKind.selector, call_);
    }

    function test_finishRoot_oneClaim_chargesTheLackToTheMarket() external {
        setUpLonely();
        skip(600);
        finishRoot();
        ITournament.Outcome memory outcome = _game.outcomeOf(_rootId);
        assertEq(outcome.winner, account(HONEST));
        assertGt(outcome.uncoveredWei, 0);
        assertEq(receivedOf(account(HONEST)) + outcome.uncoveredWei, bondOf(0));
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
        assertTrue(_game.claim(winner).status == ITournament.ClaimStatus.Live);
        assertTrue(_game.claim(_pairs[_match].a).status == ITournament.ClaimStatus.Dead);
        assertEq(_game.claim(winner).clock, clock > 1020 ? 1020 : clock, "the survivor's clock, capped");
        assertTrue(_game.claim(_pairs[fine].a).status == ITournament.ClaimStatus.Won);
        assertEq(receivedOf(account(HONEST)), bondOf(1), "a full bond");
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
    function test_audit_moveAfterParentResolved_everything_reverts() external {
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

    function test_finishRoot_paysAPlainAccountAtOnce() external {
        playMatch(_match);
        uint256 paid = _paidWei[account(HONEST)];
        uint256 refunded = _refundedWei[account(HONEST)];
        uint256 before = account(HONEST).balance;
        finishRoot();
        assertEq(_game.creditWei(account(HONEST)), 0);
        paid = _paidWei[account(HONEST)] - paid;
        assertGt(paid, bondOf(0), "bond and pot");
        refunded = _refundedWei[account(HONEST)] - refunded;
        assertEq(account(HONEST).balance - before, paid + refunded, "in one transfer with the refund");
        bytes memory call_ = abi.encodeCall(ITournament.withdraw, (payable(account(HONEST))));
        refused(ITournament.NothingToWithdraw.selector, call_);
    }

    /// @dev An owner with code is credited, whatever its code does with money.
    function test_withdraw_paysOnce() external {
        playMatch(_match);
        vm.etch(account(HONEST), hex"00");
        finishRoot();
        uint256 credit = _game.creditWei(account(HONEST));
        assertGt(credit, bondOf(0));
        uint256 before = account(HONEST).balance;
        _game.withdraw(payable(account(HONEST)));
        assertEq(account(HONEST).balance - before, credit);
        bytes memory call_ = abi.encodeCall(ITournament.withdraw, (payable(account(HONEST))));
        refused(ITournament.NothingToWithdraw.selector, call_);
    }

    function test_finishInner_survivorWithCode_isCredited() external {
        playFine(fineMatch());
        closeWindow(innerOf(_match));
        vm.etch(account(HONEST), hex"00");
        finishInner(_match);
        assertGt(_game.creditWei(account(HONEST)), bondOf(1) - 1);
        checkFunds();
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
