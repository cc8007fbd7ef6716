// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "./Vm.sol";

/// @notice Base of every test contract: cheatcodes, assertions, bounded fuzz values, accounts with a name.
abstract contract Test {
    /// @dev Forge recognises test contracts by this flag.
    bool public constant IS_TEST = true;

    /// @dev The address behind which forge answers: the last 20 bytes of keccak256("hevm cheat code").
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice Fails with `_message` when the condition is false.
    function assertTrue(bool _condition, string memory _message) internal pure {
        vm.assertTrue(_condition, _message);
    }

    function assertTrue(bool _condition) internal pure {
        vm.assertTrue(_condition, "");
    }

    function assertFalse(bool _condition) internal pure {
        vm.assertTrue(!_condition, "");
    }

    function assertFalse(bool _condition, string memory _message) internal pure {
        vm.assertTrue(!_condition, _message);
    }

    function assertEq(bool _actual, bool _expected) internal pure {
        vm.assertEq(_actual, _expected, "");
    }

    function assertEq(bool _actual, bool _expected, string memory _message) internal pure {
        vm.assertEq(_actual, _expected, _message);
    }

    function assertEq(uint256 _actual, uint256 _expected) internal pure {
        vm.assertEq(_actual, _expected, "");
    }

    function assertEq(uint256 _actual, uint256 _expected, string memory _message) internal pure {
        vm.assertEq(_actual, _expected, _message);
    }

    function assertEq(int256 _actual, int256 _expected) internal pure {
        vm.assertEq(_actual, _expected, "");
    }

    function assertEq(int256 _actual, int256 _expected, string memory _message) internal pure {
        vm.assertEq(_actual, _expected, _message);
    }

    function assertEq(address _actual, address _expected) internal pure {
        vm.assertEq(_actual, _expected, "");
    }

    function assertEq(address _actual, address _expected, string memory _message) internal pure {
        vm.assertEq(_actual, _expected, _message);
    }

    function assertEq(bytes32 _actual, bytes32 _expected) internal pure {
        vm.assertEq(_actual, _expected, "");
    }

    function assertEq(bytes32 _actual, bytes32 _expected, string memory _message) internal pure {
        vm.assertEq(_actual, _expected, _message);
    }

    function assertEq(bytes memory _actual, bytes memory _expected) internal pure {
        vm.assertEq(_actual, _expected, "");
    }

    function assertEq(bytes memory _actual, bytes memory _expected, string memory _message) internal pure {
        vm.assertEq(_actual, _expected, _message);
    }

    function assertEq(string memory _actual, string memory _expected) internal pure {
        vm.assertEq(_actual, _expected, "");
    }

    function assertNotEq(uint256 _actual, uint256 _other) internal pure {
        vm.assertNotEq(_actual, _other, "");
    }

    function assertNotEq(address _actual, address _other) internal pure {
        vm.assertNotEq(_actual, _other, "");
    }

    function assertNotEq(bytes32 _actual, bytes32 _other) internal pure {
        vm.assertNotEq(_actual, _other, "");
    }

    function assertLt(uint256 _actual, uint256 _bound) internal pure {
        vm.assertLt(_actual, _bound, "");
    }

    function assertLt(uint256 _actual, uint256 _bound, string memory _message) internal pure {
        vm.assertLt(_actual, _bound, _message);
    }

    function assertLe(uint256 _actual, uint256 _bound) internal pure {
        vm.assertLe(_actual, _bound, "");
    }

    function assertLe(uint256 _actual, uint256 _bound, string memory _message) internal pure {
        vm.assertLe(_actual, _bound, _message);
    }

    function assertGt(uint256 _actual, uint256 _bound) internal pure {
        vm.assertGt(_actual, _bound, "");
    }

    function assertGt(uint256 _actual, uint256 _bound, string memory _message) internal pure {
        vm.assertGt(_actual, _bound, _message);
    }

    function assertGe(uint256 _actual, uint256 _bound) internal pure {
        vm.assertGe(_actual, _bound, "");
    }

    function assertGe(uint256 _actual, uint256 _bound, string memory _message) internal pure {
        vm.assertGe(_actual, _bound, _message);
    }

    /// @notice Fails with `_message`, always.
    function fail(string memory _message) internal pure {
        vm.assertTrue(false, _message);
    }

    /// @notice Maps a fuzzed value into `[_min, _max]`; values already inside stay as they are.
    function bound(uint256 _value, uint256 _min, uint256 _max) internal pure returns (uint256 bounded_) {
        vm.assertLe(_min, _max, "bound: min above max");
        if (_value >= _min && _value <= _max) return _value;
        uint256 size = _max - _min;
        if (size == type(uint256).max) return _value;
        return _min + _value % (size + 1);
    }

    /// @notice An account named in traces, with an address derived from its name and `_balanceWei` to spend.
    function makeAccount(string memory _name, uint256 _balanceWei) internal returns (address account_) {
        account_ = vm.addr(uint256(keccak256(bytes(_name))));
        vm.label(account_, _name);
        vm.deal(account_, _balanceWei);
    }

    /// @notice Moves the clock forward; one block is mined on the way.
    function skip(uint256 _seconds) internal {
        vm.warp(vm.getBlockTimestamp() + _seconds);
        vm.roll(vm.getBlockNumber() + 1);
    }
}
