// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProgramGasTest} from "./ProgramGasTest.sol";

/// @notice The least program: one node, sixteen blocks. Words: 16 and 3 operands of 1.
/// forge-config: default.isolate = true
contract Program_LeastGas_Test is ProgramGasTest {
    function setUp() external {
        setUpShape("ProgramLeast", Shape(0, 0, 4, 12, 1, false, false, 1, 19));
    }

    function test_leastProgram_gas_isWithinBudgetsAndRefunded() external {
        play();
    }
}

/// @notice A program of middle size with a halt node: 2^12 steps of 256 nodes. Words: 16, 8, 5 + 2 · 28, 3 · (1 + 20).
/// forge-config: default.isolate = true
contract Program_MiddleGas_Test is ProgramGasTest {
    function setUp() external {
        setUpShape("ProgramMiddle", Shape(12, 8, 8, 16, 256, true, false, 1, 148));
    }

    function test_middleProgram_gas_isWithinBudgetsAndRefunded() external {
        play();
    }
}

/// @notice The greatest heights that the registry takes, the longest list of nodes, and as many outputs as fit. Words: 16, 32, 5 + 2 · 64,
/// 3 · (1 + 56).
/// forge-config: default.isolate = true
contract Program_GreatestGas_Test is ProgramGasTest {
    function setUp() external {
        setUpShape("ProgramGreatest", Shape(32, 24, 8, 40, type(uint32).max, true, false, 4, 352));
    }

    function test_greatestProgram_gas_isWithinBudgetsAndRefunded() external {
        play();
    }
}

/// @notice The same, decided by the copy after a halt.
/// forge-config: default.isolate = true
contract Program_GreatestRuleGas_Test is ProgramGasTest {
    function setUp() external {
        setUpShape("ProgramGreatestRule", Shape(32, 24, 8, 40, type(uint32).max, true, true, 4, 352));
    }

    function test_greatestProgram_byRule_gas_isWithinBudgetsAndRefunded() external {
        play();
    }
}
