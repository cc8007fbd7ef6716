// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {ITournament} from "../../src/interfaces/ITournament.sol";
import {FAILED} from "../../src/types/Machine.sol";
import {ToyTree} from "../dispute/ToyTree.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice Challenges and whole disputes to payment (spec/06 §9).
contract InferenceMarket_Disputes_Test is MarketTest {
    using ToyTree for bytes32[];

    function callChallenge(uint256 _player) private view returns (bytes memory) {
        return abi.encodeCall(_market.challenge, (_task, coarseTree(_player).joinData(true)));
    }

    function test_challenge_sameResult_reverts() external {
        submit(TRUTH);
        refusedByMarket(
            IInferenceMarket.ResultNotDisputed.selector, account(HONEST), bondOf(0), callChallenge(HONEST)
        );
        assertFalse(_game.tournament(_rootId).windowEnd != 0);
    }

    function test_challenge_afterWindow_reverts() external {
        submit(LIE);
        skip(600);
        refusedByMarket(
            IInferenceMarket.DeadlinePassed.selector, account(HONEST), bondOf(0), callChallenge(HONEST)
        );
    }

    function test_challenge_twice_reverts() external {
        submit(LIE);
        challenge(HONEST);
        refusedByMarket(
            IInferenceMarket.WrongStatus.selector, account(HONEST), bondOf(0), callChallenge(HONEST)
        );
    }

    function test_challenge_wrongBond_reverts() external {
        submit(LIE);
        refusedByMarket(
            ITournament.WrongBond.selector, account(HONEST), bondOf(0) - 1, callChallenge(HONEST)
        );
    }

    function test_challenge_beforeAnswer_reverts() external {
        refusedByMarket(
            IInferenceMarket.WrongStatus.selector, account(HONEST), bondOf(0), callChallenge(HONEST)
        );
    }

    function test_resolve_whileTheDisputeRuns_reverts() external {
        submit(LIE);
        challenge(HONEST);
        skip(10_000);
        bytes memory call_ = abi.encodeCall(_market.resolve, (_task));
        refusedByMarket(IInferenceMarket.DisputeOpen.selector, _server, 0, call_);
    }

    /// @dev The server lied and defends its lie; the verifier convicts it, delivers, and is paid bond and fee.
    function test_lyingServer_isConvicted_verifierIsPaid() external {
        submit(LIE);
        challenge(HONEST);
        join(_liar);
        playMatch(lastMatch());
        closeWindow(_rootId);
        finishRoot();
        _market.resolve(_task);
        assertTrue(status() == IInferenceMarket.TaskStatus.AwaitingDelivery);
        assertEq(_market.creditWei(account(HONEST)), SUBMIT_BOND);
        bytes memory call_ = abi.encodeCall(_market.deliver, (_task, LIE));
        refusedByMarket(IInferenceMarket.OutputMismatch.selector, _server, 0, call_);
        _market.deliver(_task, TRUTH);
        assertTrue(status() == IInferenceMarket.TaskStatus.Final);
        assertEq(_market.creditWei(account(HONEST)), SUBMIT_BOND + FEE);
        assertEq(_market.creditWei(_server), 0);
        assertMarketFunds(0);
        emptyAll();
        _market.withdraw(payable(account(HONEST)));
        assertEq(address(_market).balance, 0);
    }

    function settleCall(bytes memory _output) private view returns (bytes memory call_) {
        call_ = abi.encodeCall(_market.settle, (_task, survivorKey(_rootId), _output));
    }

    /// @dev The same in one transaction, which leaves nothing to withdraw.
    function test_settle_winnerIsPaidEverythingAtOnce() external {
        submit(LIE);
        challenge(HONEST);
        join(_liar);
        playMatch(lastMatch());
        bytes memory call_ = settleCall(TRUTH);
        if (vm.getBlockTimestamp() < _game.tournament(_rootId).windowEnd) {
            refusedByMarket(ITournament.NotFinishable.selector, account(HONEST), 0, call_);
        }
        closeWindow(_rootId);
        refusedByMarket(IInferenceMarket.OutputMismatch.selector, account(HONEST), 0, settleCall(LIE));
        refusedByMarket(
            ITournament.WrongWinner.selector,
            account(HONEST),
            0,
            abi.encodeCall(_market.settle, (_task, ITournament.ClaimKey("mine", "mine"), TRUTH))
        );
        uint256 before = account(HONEST).balance;
        uint256 held = address(_game).balance;
        vm.prank(account(HONEST), account(HONEST));
        (bool success,) = address(_market).call(call_);
        assertTrue(success, "settle refused");
        assertTrue(status() == IInferenceMarket.TaskStatus.Final);
        IInferenceMarket.TaskView memory task = _market.task(_task);
        assertEq(task.result, slotRoot(TRUTH));
        assertEq(task.resultOwner, account(HONEST));
        assertEq(task.postedResult, 0, "another stands in its place");
        // Bonds and pot of the game, its refund included; fee and submit bond of the market.
        assertEq(address(_game).balance, 0);
        assertEq(address(_market).balance, 0);
        assertEq(account(HONEST).balance - before, held + FEE + SUBMIT_BOND);
        assertMarketFunds(0);
        refusedByMarket(IInferenceMarket.WrongStatus.selector, account(HONEST), 0, call_);
        refusedByMarket(
            IInferenceMarket.WrongStatus.selector, account(HONEST), 0, abi.encodeCall(_market.deliver, (_task, TRUTH))
        );
    }

    /// @dev Somebody else may settle: the owner is paid what it is owed, the sender what the game refunds.
    function test_settle_byAnother_paysTheOwner() external {
        submit(LIE);
        challenge(HONEST);
        closeWindow(_rootId);
        uint256 before = account(HONEST).balance;
        uint256 held = address(_game).balance;
        address stranger = makeAccount("stranger", 0);
        bytes memory call_ = settleCall(TRUTH);
        vm.prank(stranger, stranger);
        (bool success,) = address(_market).call(call_);
        assertTrue(success, "settle refused");
        assertGt(stranger.balance, 0, "the refund");
        assertEq(account(HONEST).balance - before + stranger.balance, held + FEE + SUBMIT_BOND);
        assertEq(address(_market).balance, 0);
    }

    /// @dev An owner with code is credited.
    function test_settle_ownerWithCode_isCredited() external {
        submit(LIE);
        challenge(HONEST);
        closeWindow(_rootId);
        vm.etch(account(HONEST), hex"00");
        bytes memory call_ = settleCall(TRUTH);
        vm.prank(account(HONEST), account(HONEST));
        (bool success,) = address(_market).call(call_);
        assertTrue(success, "settle refused");
        assertGt(_market.creditWei(account(HONEST)), FEE + SUBMIT_BOND, "with the refund");
        assertMarketFunds(0);
    }

    /// @dev The posted result won, or nobody did: there is nothing to deliver.
    function test_settle_postedResultOrVoid_reverts() external {
        submit(TRUTH);
        challenge(_liar);
        join(HONEST);
        uint256 snapshot = vm.snapshotState();
        playMatch(lastMatch());
        closeWindow(_rootId);
        refusedByMarket(IInferenceMarket.NothingToDeliver.selector, _server, 0, settleCall(TRUTH));
        vm.revertToState(snapshot);
        descend(lastMatch());
        skip(5000);
        timeout(lastMatch());
        refusedByMarket(IInferenceMarket.NothingToDeliver.selector, _server, 0, settleCall(""));
    }

    /// @dev Nobody defends the lie: the challenger's lack is covered by the submit bond.
    function test_silentServer_challengerIsWhole() external {
        submit(LIE);
        challenge(HONEST);
        closeWindow(_rootId);
        finishRoot();
        _market.resolve(_task);
        uint256 back = receivedOf(account(HONEST)) + _market.creditWei(account(HONEST));
        assertGt(back, bondOf(0));
        assertNotPoorer(HONEST);
    }

    /// @dev A lying challenger against an honest answer: the server gets fee and bond, the defender the challenger's bond.
    function test_lyingChallenger_loses_serverIsPaid() external {
        submit(TRUTH);
        challenge(_liar);
        join(HONEST);
        playMatch(lastMatch());
        closeWindow(_rootId);
        finishRoot();
        _market.resolve(_task);
        assertTrue(status() == IInferenceMarket.TaskStatus.Final);
        assertEq(_market.task(_task).result, slotRoot(TRUTH));
        assertEq(_market.creditWei(_server), FEE + SUBMIT_BOND);
        assertNotPoorer(HONEST);
        assertMarketFunds(0);
    }

    /// @dev Nobody delivers: the requester has its fee back, the winner keeps the submit bond.
    function test_nobodyDelivers_requesterIsRefunded() external {
        submit(LIE);
        challenge(HONEST);
        closeWindow(_rootId);
        finishRoot();
        _market.resolve(_task);
        bytes memory call_ = abi.encodeCall(_market.refund, (_task));
        skip(599);
        refusedByMarket(IInferenceMarket.TooEarly.selector, _requester, 0, call_);
        skip(1);
        bytes memory deliver_ = abi.encodeCall(_market.deliver, (_task, TRUTH));
        refusedByMarket(IInferenceMarket.DeadlinePassed.selector, account(HONEST), 0, deliver_);
        _market.refund(_task);
        assertEq(_market.creditWei(_requester), FEE);
        assertEq(_market.creditWei(account(HONEST)), SUBMIT_BOND);
        assertMarketFunds(0);
        refusedByMarket(IInferenceMarket.WrongStatus.selector, account(HONEST), 0, deliver_);
    }

    /// @dev The true answer is FAILED: no bytes, final at once.
    function test_failedWins_needsNoBytes() external {
        _toy.setResult(_players[HONEST].states[511], FAILED);
        submit(LIE);
        challenge(HONEST);
        closeWindow(_rootId);
        finishRoot();
        _market.resolve(_task);
        assertTrue(status() == IInferenceMarket.TaskStatus.Final);
        assertEq(_market.task(_task).result, FAILED);
        assertEq(_market.creditWei(account(HONEST)), SUBMIT_BOND + FEE);
        assertMarketFunds(0);
    }

    function test_failedPosted_unchallenged_isFinal() external {
        vm.prank(_server);
        _market.submit{value: SUBMIT_BOND}(_task, "", true);
        skip(600);
        _market.resolve(_task);
        assertEq(_market.task(_task).result, FAILED);
        _market.withdraw(payable(_server));
        assertEq(_server.balance, START_WEI + FEE);
    }

    /// @dev Both claims die: the requester gets fee, submit bond and pot.
    function test_voidDispute_requesterGetsEverything() external {
        submit(LIE);
        challenge(HONEST);
        join(_liar);
        descend(lastMatch());
        skip(5000);
        timeout(lastMatch());
        finishRoot();
        uint256 pot = _game.outcomeOf(_rootId).potWei;
        assertGt(pot, 0);
        _market.resolve(_task);
        assertTrue(status() == IInferenceMarket.TaskStatus.Refunded);
        assertEq(_market.creditWei(_requester), FEE + SUBMIT_BOND + pot);
        assertMarketFunds(0);
        assertEq(address(_game).balance, 0);
    }

    // Money at the edges

    /// @dev selfDispute: a server posts a lie and disputes it alone, at any price of gas. What its claim lacks in the end
    /// comes out of its own submit bond, and not of the requester's fee.
    function test_selfDispute_doesNotTouchTheFee() external {
        vm.fee(10_000 gwei);
        vm.txGasPrice(10_000 gwei);
        _market = newMarket(600, MIN_SUBMIT_BOND);
        _task = ask(0);
        _rootId = _game.rootTournamentId(address(_market), _task);
        vm.prank(_server);
        _market.submit{value: MIN_SUBMIT_BOND}(_task, TRUTH, false);
        challenge(_liar);
        closeWindow(_rootId);
        finishRoot();
        uint256 uncovered = _game.outcomeOf(_rootId).uncoveredWei;
        assertGt(uncovered, 200_000 * 200 gwei);
        assertLe(uncovered, MIN_SUBMIT_BOND);
        _market.resolve(_task);
        assertEq(_market.creditWei(account(_liar)), MIN_SUBMIT_BOND);
        assertEq(_market.task(_task).feeWei, FEE, "the fee is whole");
        skip(600);
        _market.refund(_task);
        assertEq(_market.creditWei(_requester), FEE);
        assertMarketFunds(0);
    }
}
