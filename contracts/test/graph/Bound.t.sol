// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGraphTransition} from "../../src/interfaces/IGraphTransition.sol";
import {Evidence} from "../../src/libraries/Evidence.sol";
import {HaltPc} from "../../src/vm/HaltPc.sol";
import {StateAccess} from "../../src/vm/StateAccess.sol";
import {JudgeTest} from "./JudgeTest.sol";

/// @notice What each call binds its arguments to: lists by their hashes, evidence by its length, a computed block by how the machine ended.
contract GraphTransition_Bound_Test is JudgeTest {
    uint32 private constant OUTPUT_ADDRESS = 128;
    bytes32 private constant BLOCK = keccak256("computed block");

    bytes32[] private _outputs;

    function setUp() external {
        setUpJudge();
        // Node 2 of section 1, five bytes.
        _outputs.push(bytes32(uint256(1) << 224 | uint256(2) << 192 | uint256(5) << 128));
        _model.outputsHash = keccak256(abi.encodePacked(_outputs));
        _model.inputsHash = keccak256("");
    }

    // Lists

    /// @dev A list of zeros in the place of one that the model names.
    function expectMismatch(bytes32 _expected, bytes32[] memory _other) private {
        bytes32 actual = keccak256(abi.encodePacked(_other));
        vm.expectRevert(abi.encodeWithSelector(IGraphTransition.WordsMismatch.selector, _expected, actual));
    }

    function test_judge_otherSections_reverts() external {
        bytes32[] memory other = new bytes32[](2);
        expectMismatch(_model.sectionsHash, other);
        _transition.judge(_model, _inputs[1], _trace[1], leafIndex(3, 0, 0), other, "");
    }

    function test_resultOf_otherSections_reverts() external {
        bytes32[] memory other = new bytes32[](2);
        expectMismatch(_model.sectionsHash, other);
        _transition.resultOf(_model, _trace[1], other, _outputs, resultEvidence());
    }

    function test_resultOf_otherOutputs_reverts() external {
        bytes32[] memory other = new bytes32[](1);
        expectMismatch(_model.outputsHash, other);
        _transition.resultOf(_model, _trace[1], _sections, other, proof(_trace, BLOCK_HEIGHT, 0));
    }

    function test_resultFrom_otherOutputs_reverts() external {
        bytes32[] memory other = new bytes32[](1);
        expectMismatch(_model.outputsHash, other);
        _transition.resultFrom(_model, other, "");
    }

    function test_inputRootFrom_otherLengths_reverts() external {
        bytes32[] memory other = new bytes32[](1);
        expectMismatch(_model.inputsHash, other);
        _transition.inputRootFrom(_model, other, "");
    }

    function test_inputRootFrom_noInputs_isThatOfNoBytes() external view {
        assertEq(_transition.inputRootFrom(_model, new bytes32[](0), ""), zeroRoot(23));
    }

    // Evidence

    /// @dev The root of the output at the last position.
    function resultEvidence() private view returns (bytes memory) {
        return proof(_trace, BLOCK_HEIGHT, 4 * 2 + 2);
    }

    function test_resultOf_evidenceLeftOver_reverts() external {
        assertNotEq(_transition.resultOf(_model, _trace[1], _sections, _outputs, resultEvidence()), 0);
        bytes memory longer = bytes.concat(resultEvidence(), hex"00");
        vm.expectRevert(abi.encodeWithSelector(Evidence.EvidenceLengthMismatch.selector, 0, 1));
        _transition.resultOf(_model, _trace[1], _sections, _outputs, longer);
    }

    // The machine's end

    /// @dev Registers and the root of a memory that holds the block at its place, and zeros.
    function stateOf(uint32 _pc, uint32 _a0) private pure returns (bytes memory state_) {
        for (uint256 i = 0; i < 32; ++i) {
            state_ = abi.encodePacked(state_, i == 0 ? _pc : i == 10 ? _a0 : uint32(0));
        }
        bytes32 pair = keccak256(abi.encodePacked(zeroRoot(0), BLOCK));
        state_ = abi.encodePacked(state_, lifted(pair, 1, 25));
    }

    function assertLeaf(bytes memory _state, bytes memory _proof, bytes32 _leaf) private view {
        (bytes32 stateHash, bytes32 leaf) = _transition.leafOf(OUTPUT_ADDRESS, bytes.concat(_state, _proof));
        assertEq(stateHash, keccak256(_state), "state");
        assertEq(leaf, _leaf, "leaf");
    }

    function test_leafOf_machineThatExitsWith0_isTheBlock() external view {
        bytes memory siblings;
        for (uint256 i = 0; i < 25; ++i) siblings = abi.encodePacked(siblings, zeroRoot(i));
        assertLeaf(stateOf(HaltPc.EXIT, 0), abi.encodePacked(BLOCK, siblings), BLOCK);
    }

    function test_leafOf_machineThatFails_isZero() external view {
        assertLeaf(stateOf(HaltPc.EXIT, 1), "", zeroRoot(0));
        assertLeaf(stateOf(HaltPc.ENVIRONMENT_CALL, 0), "", zeroRoot(0));
        assertLeaf(stateOf(ENTRY, 0), "", zeroRoot(0));
    }

    function test_leafOf_evidenceLeftOver_reverts() external {
        bytes memory longer = bytes.concat(stateOf(ENTRY, 0), hex"00");
        vm.expectRevert(abi.encodeWithSelector(StateAccess.WitnessLengthMismatch.selector, 160, 161));
        _transition.leafOf(OUTPUT_ADDRESS, longer);
    }
}
