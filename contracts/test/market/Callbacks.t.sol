// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInferenceCallback, IInferenceMarket} from "../../src/interfaces/IInferenceMarket.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice Callbacks at finality (spec/06 §9).
contract InferenceMarket_Callbacks_Test is MarketTest {
    function askFrom(Asker _asker, uint32 _callbackGas) private {
        vm.deal(address(_asker), FEE);
        _task = _asker.ask(_market, MODEL, QUESTION, _deadline, _callbackGas, FEE);
    }

    function finaliseTruth() private {
        submit(TRUTH);
        skip(600);
        _market.resolve(_task);
    }

    function test_callback_atFinality_once() external {
        Asker asker = new Asker();
        askFrom(asker, 200_000);
        submit(TRUTH);
        bytes memory call_ = abi.encodeCall(_market.callback, (_task, TRUTH));
        refusedByMarket(IInferenceMarket.WrongStatus.selector, _server, 0, call_);
        skip(600);
        _market.resolve(_task);
        bytes memory wrong = abi.encodeCall(_market.callback, (_task, LIE));
        refusedByMarket(IInferenceMarket.OutputMismatch.selector, _server, 0, wrong);
        _market.callback(_task, TRUTH);
        assertEq(asker.output(), TRUTH);
        assertFalse(asker.failed());
        refusedByMarket(IInferenceMarket.NoCallbackDue.selector, _server, 0, call_);
    }

    /// @dev A callback that fails touches no payment and can be repeated until it succeeds once.
    function test_callback_fails_isRepeatable() external {
        Asker asker = new Asker();
        askFrom(asker, 200_000);
        finaliseTruth();
        assertEq(_market.creditWei(_server), FEE + SUBMIT_BOND, "paid before any callback");
        asker.setBroken(true);
        _market.callback(_task, TRUTH);
        assertFalse(_market.task(_task).callbackDone);
        asker.setBroken(false);
        _market.callback(_task, TRUTH);
        assertTrue(_market.task(_task).callbackDone);
        assertEq(asker.output(), TRUTH);
    }

    /// @dev Nobody can make a callback fail by sending too little gas.
    function test_callback_tooLittleGas_reverts() external {
        Asker asker = new Asker();
        askFrom(asker, 200_000);
        finaliseTruth();
        bytes memory call_ = abi.encodeCall(_market.callback, (_task, TRUTH));
        (bool success, bytes memory data) = address(_market).call{gas: 220_000}(call_);
        assertFalse(success);
        assertEq(bytes32(bytes4(data)), bytes32(IInferenceMarket.CallbackGasMissing.selector));
    }

    /// @dev A requester that calls back in is called once.
    function test_callback_reentered_runsOnce() external {
        Asker asker = new Asker();
        askFrom(asker, 400_000);
        finaliseTruth();
        asker.reenter(_market, TRUTH);
        _market.callback(_task, TRUTH);
        assertEq(asker.numCalls(), 1);
        assertTrue(_market.task(_task).callbackDone);
    }

    function test_callback_failed_saysSo() external {
        Asker asker = new Asker();
        askFrom(asker, 200_000);
        vm.prank(_server);
        _market.submit{value: SUBMIT_BOND}(_task, "", true);
        skip(600);
        _market.resolve(_task);
        bytes memory call_ = abi.encodeCall(_market.callback, (_task, TRUTH));
        refusedByMarket(IInferenceMarket.OutputUnexpected.selector, _server, 0, call_);
        _market.callback(_task, "");
        assertTrue(asker.failed());
    }

    function test_callback_notAskedFor_reverts() external {
        finaliseTruth();
        bytes memory call_ = abi.encodeCall(_market.callback, (_task, TRUTH));
        refusedByMarket(IInferenceMarket.NoCallbackDue.selector, _server, 0, call_);
    }
}

/// @notice A requester's contract.
contract Asker is IInferenceCallback {
    bytes public output;
    bool public failed;
    uint256 public numCalls;
    bool private _broken;
    IInferenceMarket private _again;
    bytes private _againOutput;

    function ask(
        IInferenceMarket _market,
        bytes32 _modelId,
        bytes memory _input,
        uint40 _deadline,
        uint32 _gas,
        uint256 _feeWei
    ) external returns (bytes32) {
        return _market.request{value: _feeWei}(_modelId, _input, _deadline, _gas);
    }

    function setBroken(bool _isBroken) external {
        _broken = _isBroken;
    }

    function reenter(IInferenceMarket _market, bytes memory _output) external {
        (_again, _againOutput) = (_market, _output);
    }

    function onInferenceResult(bytes32 _taskId, bytes calldata _output, bool _failed) external {
        require(!_broken, "broken");
        ++numCalls;
        (output, failed) = (_output, _failed);
        if (address(_again) != address(0)) {
            try _again.callback(_taskId, _againOutput) {} catch {}
        }
    }
}
