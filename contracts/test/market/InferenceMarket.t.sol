// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice Deployment, requests and answers: one test a rule and a refusal (spec/06 §9).
contract InferenceMarket_Test is MarketTest {
    // Deployment

    function test_constructor_belowMinima_reverts() external {
        vm.expectPartialRevert(IInferenceMarket.ParameterTooSmall.selector);
        this.newMarket(0, SUBMIT_BOND);
        vm.expectPartialRevert(IInferenceMarket.ParameterTooSmall.selector);
        this.newMarket(600, MIN_SUBMIT_BOND - 1);
        this.newMarket(1, MIN_SUBMIT_BOND);
    }

    /// @dev Audit: 2^40 − 1 would wrap the delivery deadline, so that nothing could be delivered.
    function test_audit_truncatedCast_deliveryWindow_reverts() external {
        this.newMarket(365 days, SUBMIT_BOND);
        bytes4 selector = IInferenceMarket.ParameterTooLarge.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, bytes32("deliveryWindow"), 365 days + 1, 365 days));
        this.newMarket(365 days + 1, SUBMIT_BOND);
        vm.expectPartialRevert(selector);
        this.newMarket(type(uint40).max, SUBMIT_BOND);
    }

    // Requests

    function test_request_storesTheTask() external view {
        IInferenceMarket.TaskView memory t = _market.task(_task);
        assertTrue(t.status == IInferenceMarket.TaskStatus.Requested);
        assertEq(t.requester, _requester);
        assertEq(t.modelId, MODEL);
        assertEq(t.inputRoot, slotRoot(QUESTION));
        assertEq(t.feeWei, FEE);
        assertEq(t.deadline, _deadline);
        assertFalse(t.inputElsewhere);
        assertEq(_market.nonceOf(_requester), 1);
        assertMarketFunds(FEE);
    }

    /// @dev Reorg-safe: the id says chain, market, requester, nonce, model and input.
    function test_audit_reorg_taskIdIsWhatTheSpecSays() external {
        bytes32 tag = keccak256("opml.task.1");
        address market = address(_market);
        uint256 nonce = 0;
        bytes32 id =
            keccak256(abi.encode(tag, block.chainid, market, _requester, nonce, MODEL, slotRoot(QUESTION)));
        assertEq(_task, id);
        assertNotEq(ask(0), _task);
    }

    function test_requestWithRoot_isMarked() external {
        vm.prank(_requester);
        bytes32 id = _market.requestWithRoot{value: FEE}(MODEL, "root", _deadline, 0);
        IInferenceMarket.TaskView memory t = _market.task(id);
        assertTrue(t.inputElsewhere);
        assertEq(t.inputRoot, "root");
    }

    function test_request_unknownModel_reverts() external {
        vm.expectRevert();
        _market.request("none", QUESTION, _deadline, 0);
        vm.expectRevert();
        _market.requestWithRoot("none", "root", _deadline, 0);
    }

    /// @dev Audit: data silently truncated. An input that does not fit is refused.
    function test_audit_truncatedData_inputTooLarge_reverts() external {
        bytes memory call_ = abi.encodeCall(_market.request, (MODEL, new bytes(1021), _deadline, 0));
        refusedByMarket(MerkleMemory.SlotOverflow.selector, _requester, FEE, call_);
        _market.request(MODEL, new bytes(1020), _deadline, 0);
    }

    function test_request_deadlineNow_reverts() external {
        uint40 time = uint40(vm.getBlockTimestamp());
        bytes memory call_ = abi.encodeCall(_market.request, (MODEL, QUESTION, time, 0));
        refusedByMarket(IInferenceMarket.DeadlinePassed.selector, _requester, FEE, call_);
    }

    function test_refund_nobodyAnswers_atDeadline() external {
        bytes memory call_ = abi.encodeCall(_market.refund, (_task));
        skip(999);
        refusedByMarket(IInferenceMarket.TooEarly.selector, _requester, 0, call_);
        skip(1);
        _market.refund(_task);
        assertEq(_market.creditWei(_requester), FEE);
        assertTrue(status() == IInferenceMarket.TaskStatus.Refunded);
        refusedByMarket(IInferenceMarket.WrongStatus.selector, _requester, 0, call_);
        _market.withdraw(payable(_requester));
        assertEq(_requester.balance, START_WEI);
    }

    // Answers

    function test_submit_unchallenged_isPaidAfterTheWindow() external {
        submit(TRUTH);
        assertEq(_market.task(_task).postedResult, slotRoot(TRUTH));
        assertMarketFunds(FEE + SUBMIT_BOND);
        skip(599);
        bytes memory call_ = abi.encodeCall(_market.resolve, (_task));
        refusedByMarket(IInferenceMarket.TooEarly.selector, _server, 0, call_);
        skip(1);
        _market.resolve(_task);
        assertTrue(status() == IInferenceMarket.TaskStatus.Final);
        assertEq(_market.task(_task).result, slotRoot(TRUTH));
        assertEq(_market.task(_task).resultOwner, _server);
        assertEq(_market.creditWei(_server), FEE + SUBMIT_BOND);
        refusedByMarket(IInferenceMarket.WrongStatus.selector, _server, 0, call_);
        assertMarketFunds(0);
    }

    /// @dev Audit: a second proposal overwrites the first.
    function test_audit_secondProposal_reverts() external {
        submit(TRUTH);
        bytes memory call_ = abi.encodeCall(_market.submit, (_task, LIE, false));
        refusedByMarket(IInferenceMarket.WrongStatus.selector, account(_liar), SUBMIT_BOND, call_);
        assertEq(_market.task(_task).postedResult, slotRoot(TRUTH));
    }

    function test_submit_atDeadline_reverts() external {
        skip(1000);
        bytes memory call_ = abi.encodeCall(_market.submit, (_task, TRUTH, false));
        refusedByMarket(IInferenceMarket.DeadlinePassed.selector, _server, SUBMIT_BOND, call_);
    }

    function test_submit_wrongBond_reverts() external {
        bytes memory call_ = abi.encodeCall(_market.submit, (_task, TRUTH, false));
        refusedByMarket(IInferenceMarket.WrongSubmitBond.selector, _server, SUBMIT_BOND - 1, call_);
        refusedByMarket(IInferenceMarket.WrongSubmitBond.selector, _server, SUBMIT_BOND + 1, call_);
    }

    function test_submit_failedWithBytes_reverts() external {
        bytes memory call_ = abi.encodeCall(_market.submit, (_task, TRUTH, true));
        refusedByMarket(IInferenceMarket.OutputUnexpected.selector, _server, SUBMIT_BOND, call_);
    }

    function test_submit_outputTooLarge_reverts() external {
        bytes memory call_ = abi.encodeCall(_market.submit, (_task, new bytes(1021), false));
        refusedByMarket(MerkleMemory.SlotOverflow.selector, _server, SUBMIT_BOND, call_);
    }

    function test_submit_unknownTask_reverts() external {
        bytes memory call_ = abi.encodeCall(_market.submit, ("none", TRUTH, false));
        refusedByMarket(IInferenceMarket.WrongStatus.selector, _server, SUBMIT_BOND, call_);
    }

    function test_receive_fromAnyoneElse_reverts() external {
        refusedByMarket(IInferenceMarket.UnexpectedPayment.selector, _server, 1, "");
    }

    function test_withdraw_nothing_reverts() external {
        bytes memory call_ = abi.encodeCall(_market.withdraw, (payable(_server)));
        refusedByMarket(IInferenceMarket.NothingToWithdraw.selector, _server, 0, call_);
    }
}
