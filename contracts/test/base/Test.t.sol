// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "./Test.sol";

/// @notice The test base itself: a broken assertion must be seen to fail.
contract Test_Base_Test is Test {
    function assertEqOutside(uint256 _actual, uint256 _expected) external pure {
        assertEq(_actual, _expected);
    }

    function failOutside() external pure {
        fail("on purpose");
    }

    function test_assertEq_differentValues_reverts() external {
        vm.expectRevert();
        this.assertEqOutside(1, 2);
        this.assertEqOutside(2, 2);
    }

    function test_fail_always_reverts() external {
        vm.expectRevert();
        this.failOutside();
    }

    function testFuzz_bound_anyValue_isInside(uint256 _value, uint128 _min, uint128 _size) external pure {
        uint256 bounded = bound(_value, _min, uint256(_min) + _size);
        assertGe(bounded, _min);
        assertLe(bounded, uint256(_min) + _size);
    }

    function test_skip_oneHour_movesTimeAndBlock() external {
        // Not block.timestamp: the optimiser may read it again, after the warp.
        (uint256 timestamp, uint256 height) = (vm.getBlockTimestamp(), vm.getBlockNumber());
        skip(1 hours);
        assertEq(vm.getBlockTimestamp(), timestamp + 1 hours);
        assertEq(vm.getBlockNumber(), height + 1);
    }
}
