// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITournament} from "../../src/interfaces/ITournament.sol";
import {RealGasTest} from "./RealGasTest.sol";

/// @notice Passes a call on, as a wallet contract or a batch of calls would.
contract Relay {
    receive() external payable {}

    function forward(address _to, bytes[] calldata _calls) external {
        for (uint256 i = 0; i < _calls.length; ++i) {
            (bool success,) = _to.call(_calls[i]);
            require(success, "call refused");
        }
    }
}

/// @notice Senders that try to be refunded more than they paid (spec/06 §8), each with the same move.
/// forge-config: default.isolate = true
contract Tournament_RefundInflation_Test is RealGasTest {
    Relay private _relay;
    bytes private _move;
    bytes private _seal;
    address private _sender;
    /// @dev What the move costs as it should be sent, and what is refunded for it.
    uint256 private _plainGas;
    uint256 private _plainRefundGas;

    function setUp() external {
        setUpDispute("Tournament", 12, 12, 16384);
        _relay = new Relay();
        Side memory honest = sideOf("honest");
        Side memory liar = sideOf("liar");
        ITournament.MatchKey memory key = begin(honest, liar);
        bytes32 matchId = _game.matchIdOf(key);
        _sender = honest.account;
        send(address(_game), moveOf(key, honest.coarse, liar.coarse, 12));
        send(address(_game), moveOf(key, liar.coarse, honest.coarse, 8));
        refundedGas();
        _move = moveOf(key, honest.coarse, liar.coarse, 4);
        _seal = sealCoarseOf(key, honest, liar);
        uint256 before = vm.snapshotState();
        uint256 used = send(address(_game), _move);
        uint256 refunded = refundedGas();
        assertTrue(vm.revertToState(before));
        // Below the budget, or that would hide what is counted.
        assertLe(refunded, 65_000 - 10_000);
        assertGe(refunded, used);
        (_plainGas, _plainRefundGas) = (used, refunded);
    }

    /// @return used_ Gas of the whole transaction.
    function send(address _to, bytes memory _data) private returns (uint256 used_) {
        vm.prank(_sender, _sender);
        (bool success,) = _to.call(_data);
        used_ = vm.lastCallGas().gasTotalUsed;
        assertTrue(success, "move refused");
    }

    function test_paddedCalldata_isNotCounted() external {
        uint256 used = send(address(_game), abi.encodePacked(_move, new bytes(2_000)));
        assertGe(used, _plainGas + 2_000 * 4);
        assertEq(refundedGas(), _plainRefundGas);
    }

    /// @dev Padding pushes the transaction to the calldata floor: the refund does not follow.
    function test_paddedCalldata_nonZero_isNotCounted() external {
        uint256 used = send(address(_game), abi.encodePacked(_move, randomHashes(1, 100)));
        assertGe(used, 21_000 + 40 * 3_200);
        assertEq(refundedGas(), _plainRefundGas);
    }

    /// @dev What was not paid to the block producer is not refunded.
    function test_lowerTip_isRefundedAsPaid() external {
        vm.roll(PRICE_WEI / 2);
        uint256 used = send(address(_game), _move);
        // The reader divides by the full tip: here half a gas is a gas.
        uint256 refunded = 2 * refundedGas();
        assertGe(refunded + 1, used);
        assertLe(refunded, used + SLACK_GAS);
    }

    function test_noTip_isNotRefunded() external {
        vm.roll(0);
        send(address(_game), _move);
        assertEq(refundedGas(), 0);
    }

    function test_higherTip_isRefundedUpToTheDeploymentsTip() external {
        vm.roll(10 * PRICE_WEI);
        assertEq(send(address(_game), _move), _plainGas);
        assertEq(refundedGas(), _plainRefundGas);
    }

    function test_calledByAContract_onlyWhatWasMeasured() external {
        bytes[] memory calls = new bytes[](1);
        calls[0] = _move;
        uint256 used = send(address(_relay), abi.encodeCall(Relay.forward, (address(_game), calls)));
        uint256 refunded = refundedGas();
        assertGt(refunded, 0);
        assertLe(refunded, used - 21_000 - 16 * _move.length / 2);
    }

    /// @dev A move and a seal in one transaction write the match's word twice, the second time for little.
    function test_batchOfCalls_neverMoreThanPaid() external {
        bytes[] memory calls = new bytes[](2);
        (calls[0], calls[1]) = (_move, _seal);
        uint256 used = send(address(_relay), abi.encodeCall(Relay.forward, (address(_game), calls)));
        uint256 refunded = refundedGas();
        assertGt(refunded, 0);
        assertLe(refunded, used - 21_000 - 16 * (_move.length + _seal.length) / 2);
    }

    /// @dev EIP-7702: an account with code can send a batch to itself, so that it is sender and origin of each call.
    function test_delegatedAccount_onlyWhatWasMeasured() external {
        vm.etch(_sender, abi.encodePacked(hex"ef0100", address(_relay)));
        uint256 used = send(address(_game), _move);
        uint256 refunded = refundedGas();
        assertLe(refunded, used - 21_000 - 16 * _move.length / 2);
    }
}
