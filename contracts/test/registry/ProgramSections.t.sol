// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProgramsTest} from "./ProgramsTest.sol";

/// @notice Sections of a tensor program: one test a check.
contract ModelRegistry_ProgramSections_Test is ProgramsTest {
    function setUp() external {
        setUpRegistry();
    }

    function test_registerProgram_noSection_reverts() external {
        delete _sections;
        count("sections", 64, 0);
    }

    function test_registerProgram_tooManySections_reverts() external {
        delete _sections;
        for (uint256 i = 0; i < 65; ++i) _sections.push(section(i, 1, i, 1, 0));
        count("sections", 64, 65);
    }

    function test_registerProgram_firstNode_isCumulative() external {
        _sections[1] = section(2, 3, 1, 6, 3);
        entry("sections", 1, "firstNode");
        _sections[0] = section(1, 1, 0, 1, 0);
        entry("sections", 0, "firstNode");
    }

    function test_registerProgram_firstPosition_isCumulative() external {
        _sections[1] = section(1, 3, 2, 5, 3);
        entry("sections", 1, "firstPosition");
        _sections[0] = section(0, 1, 1, 1, 0);
        entry("sections", 0, "firstPosition");
    }

    function test_registerProgram_sectionWithoutNodes_reverts() external {
        _sections[1] = section(1, 0, 1, 6, 0);
        entry("sections", 1, "numNodes");
    }

    function test_registerProgram_sectionOfTooManyNodes_reverts() external {
        _sections[1] = section(1, 5, 1, 6, 3);
        entry("sections", 1, "numNodes");
    }

    function test_registerProgram_sectionWithoutSteps_reverts() external {
        _sections[0] = section(0, 1, 0, 0, 0);
        entry("sections", 0, "steps");
    }

    function test_registerProgram_haltNodeOutside_reverts() external {
        _sections[1] = section(1, 3, 1, 6, 4);
        entry("sections", 1, "haltNode");
    }

    function test_registerProgram_sectionRest_reverts() external {
        _sections[1] |= bytes32(uint256(1));
        entry("sections", 1, "rest");
        _sections[1] = section(1, 3, 1, 6, 3) | bytes32(uint256(1) << 31);
        entry("sections", 1, "rest");
    }

    function test_registerProgram_otherNumberOfNodes_reverts() external {
        _model.numNodes = 5;
        count("nodes", 5, 4);
    }

    function test_registerProgram_tooManyPositions_reverts() external {
        _sections[1] = section(1, 3, 1, 8, 3);
        count("positions", 8, 9);
        // Counts that would wrap in 64 bits.
        _sections[1] = section(1, 3, 1, type(uint64).max, 3);
        count("positions", 8, uint256(type(uint64).max) + 1);
    }

    /// @dev Every node of a step and every step position in use.
    function test_registerProgram_fullTree_isTaken() external {
        _sections[1] = section(1, 4, 1, 7, 4);
        _model.numNodes = 5;
        hashLists();
        assertTrue(_registry.isProgram(register()));
    }
}
