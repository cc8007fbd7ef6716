// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProgramGasTest} from "./ProgramGasTest.sol";

/// @notice Programs of the least, of middle and of the greatest size: every transaction is within its budget, and refunded.
/// forge-config: default.isolate = true
contract Program_Gas_Test is ProgramGasTest {
    /// @dev One node, sixteen blocks. Words: 16 and 3 operands of 1.
    function test_leastProgram_gas_isWithinBudgetsAndRefunded() external {
        play("ProgramLeast", Shape(0, 0, 4, 12, 1, false, false, 1, 19));
    }

    /// @dev 2^12 steps of 256 nodes, with a halt node. Words: 16, 8, 5 + 2 · 28, 3 · (1 + 20).
    function test_middleProgram_gas_isWithinBudgetsAndRefunded() external {
        play("ProgramMiddle", Shape(12, 8, 8, 16, 256, true, false, 1, 148));
    }

    /// @dev The greatest heights that the registry takes, the longest list of nodes, and as many outputs as fit. Words: 16, 32, 5 + 2 · 64,
    /// 3 · (1 + 56).
    function test_greatestProgram_gas_isWithinBudgetsAndRefunded() external {
        play("ProgramGreatest", Shape(32, 24, 8, 40, type(uint32).max, true, false, 4, 352));
    }

    /// @dev The same, decided by the copy after a halt.
    function test_greatestProgram_byRule_gas_isWithinBudgetsAndRefunded() external {
        play("ProgramGreatestRule", Shape(32, 24, 8, 40, type(uint32).max, true, true, 4, 352));
    }
}
