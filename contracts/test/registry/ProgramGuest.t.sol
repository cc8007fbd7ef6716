// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {MerkleMemory} from "../../src/libraries/MerkleMemory.sol";
import {ProgramsTest} from "./ProgramsTest.sol";

/// @notice Heights of a tensor program and the image that judges it: one test a check.
contract ModelRegistry_ProgramGuest_Test is ProgramsTest {
    function setUp() external {
        setUpRegistry();
    }

    function test_registerProgram_stepHeight_isBounded() external {
        _model.stepHeight = 33;
        height("stepHeight", 33, 32);
    }

    function test_registerProgram_nodeHeight_isBounded() external {
        _model.nodeHeight = 25;
        height("nodeHeight", 25, 24);
    }

    function test_registerProgram_blockHeight_isBounded() external {
        _model.blockHeight = 24;
        height("blockHeight", 24, 23);
    }

    /// @dev An index of a leaf has 64 bits.
    function test_audit_callerDepth_graphHeight_isBounded() external {
        (_model.stepHeight, _model.nodeHeight, _model.blockHeight) = (32, 10, 23);
        height("graph", 65, 64);
        (_model.stepHeight, _model.nodeHeight, _model.blockHeight) = (32, 24, 23);
        height("graph", 79, 64);
    }

    function test_registerProgram_coarseHeight_isBounded() external {
        _model.coarseHeight = 0;
        height("coarseHeight", 0, 40);
        _model.coarseHeight = 41;
        height("coarseHeight", 41, 40);
    }

    function test_registerProgram_fineHeight_isBounded() external {
        _model.fineHeight = 21;
        height("fineHeight", 21, 20);
        _model.fineHeight = 0;
        register();
    }

    function test_registerProgram_greatestHeights_areTaken() external {
        (_model.stepHeight, _model.nodeHeight, _model.blockHeight) = (32, 24, 8);
        (_model.coarseHeight, _model.fineHeight) = (40, 20);
        assertEq(_registry.termsOf(register()).rootHeight, 64);
        (_model.stepHeight, _model.nodeHeight, _model.blockHeight) = (32, 9, 23);
        (_model.coarseHeight, _model.fineHeight) = (1, 0);
        assertEq(_registry.termsOf(register()).rootHeight, 64);
    }

    /// @dev A whole image of code is not refused for its length, but leaves no place for the output block.
    function test_registerProgram_codeEnd_ofTheWholeImage_hasNoOutputBlock() external {
        _model.codeEnd = 1 << 24;
        refused(
            abi.encodeWithSelector(IModelRegistry.OutputBlockInvalid.selector, _model.outputBlockAddress, 1 << 24)
        );
    }

    function test_registerProgram_codeEnd_isABlockInTheImage() external {
        uint32[4] memory ends = [uint32(0), 100, (1 << 24) + 128, 1 << 30];
        for (uint256 i = 0; i < ends.length; ++i) {
            _model.codeEnd = ends[i];
            refused(abi.encodeWithSelector(IModelRegistry.CodeEndInvalid.selector, ends[i]));
        }
    }

    function test_registerProgram_entry_isInTheCode() external {
        _model.entry = 65_538;
        refused(abi.encodeWithSelector(IModelRegistry.EntryInvalid.selector, 65_538, 128 * 1056));
        _model.entry = 128 * 1056;
        refused(abi.encodeWithSelector(IModelRegistry.EntryInvalid.selector, 128 * 1056, 128 * 1056));
    }

    function test_registerProgram_outputBlock_isABlockBetweenCodeAndDescriptor() external {
        uint32[4] memory addresses = [2_097_156, 128 * 1055, 1 << 24, 0];
        for (uint256 i = 0; i < addresses.length; ++i) {
            _model.outputBlockAddress = addresses[i];
            refused(
                abi.encodeWithSelector(IModelRegistry.OutputBlockInvalid.selector, addresses[i], 128 * 1056)
            );
        }
        _model.outputBlockAddress = 128 * 1056;
        register();
    }

    function test_registerProgram_codeRoot_isProven() external {
        _model.codeRoot = "other";
        refused(abi.encodePacked(MerkleMemory.RootMismatch.selector));
    }

    function test_registerProgram_kernelRoot_isProven() external {
        _model.kernelRoot = "other";
        refused(abi.encodePacked(MerkleMemory.RootMismatch.selector));
    }

    function test_registerProgram_codeProofOfOtherLength_reverts() external {
        _siblings.push("more");
        refused(abi.encodeWithSelector(MerkleMemory.ProofLengthMismatch.selector, 6, 7));
        _siblings.pop();
        _siblings.pop();
        refused(abi.encodeWithSelector(MerkleMemory.ProofLengthMismatch.selector, 6, 5));
    }
}
