// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProgramsTest} from "./ProgramsTest.sol";

/// @notice Outputs and inputs of a tensor program: one test a check.
contract ModelRegistry_ProgramOutputs_Test is ProgramsTest {
    function setUp() external {
        setUpRegistry();
    }

    function test_registerProgram_noOutput_reverts() external {
        delete _outputs;
        count("outputs", 42, 0);
    }

    /// @dev 256 words in all, six each.
    function test_registerProgram_tooManyOutputs_reverts() external {
        for (uint256 i = 2; i < 43; ++i) _outputs.push(output(0, 0, 4));
        count("outputs", 42, 43);
    }

    function test_registerProgram_outputOfNoSection_reverts() external {
        _outputs[1] = output(2, 0, 4);
        entry("outputs", 1, "section");
    }

    function test_registerProgram_outputOfNoNode_reverts() external {
        _outputs[1] = output(0, 1, 4);
        entry("outputs", 1, "node");
    }

    function test_registerProgram_outputTooLong_reverts() external {
        _outputs[0] = output(1, 2, 257);
        entry("outputs", 0, "lengthBytes");
        _outputs[0] = output(1, 2, 256);
        hashLists();
        register();
    }

    function test_registerProgram_outputRest_reverts() external {
        _outputs[0] |= bytes32(uint256(1));
        entry("outputs", 0, "rest");
        _outputs[0] = output(1, 2, 160) | bytes32(uint256(1) << 127);
        entry("outputs", 0, "rest");
    }

    function test_registerProgram_otherNumberOfInputs_reverts() external {
        _model.numInputs = 1;
        count("inputs", 1, 2);
    }

    function test_registerProgram_tooManyInputs_reverts() external {
        for (uint256 i = 2; i < 65; ++i) _inputs.push(bytes32(uint256(i)));
        _model.numInputs = 65;
        count("inputs", 64, 65);
    }

    function test_registerProgram_inputTooLong_reverts() external {
        _inputs[1] = bytes32(uint256(1 << 30) + 1);
        entry("inputs", 1, "lengthBytes");
        _inputs[1] = bytes32(uint256(1) << 255);
        entry("inputs", 1, "lengthBytes");
    }
}
