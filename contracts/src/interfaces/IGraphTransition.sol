// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProgramModel} from "../types/Program.sol";

/// @title What a game has to know about tensor programs
/// @notice A stateless contract: everything it answers follows from its arguments. Wrong proofs revert with the errors
/// of MerkleMemory and Evidence. Forms of the evidence: spec/07-encodings §5.
interface IGraphTransition {
    /// @notice Words given with a call are not those that the model was registered with.
    error WordsMismatch(bytes32 expected, bytes32 actual);
    /// @notice A result has another number of bytes than the model's outputs.
    error ResultLengthMismatch(uint256 expectedBytes, uint256 actualBytes);
    /// @notice The input has another number of tensors or bytes than the model's inputs.
    error InputLengthMismatch(uint256 expectedBytes, uint256 actualBytes);

    /// @notice What is true at a leaf of the trace tree, left of which everything is agreed.
    /// @param model The program, registered.
    /// @param inputRoot Root over the task's inputs.
    /// @param traceRoot Root of either claim, in which the evidence proves what lies left of the leaf.
    /// @param index The leaf.
    /// @param sections One word a section.
    /// @param evidence Packed proofs.
    /// @return isDecided Whether a rule tells the leaf: `answer` is it. Else `answer` is the hash of the state from which
    /// the machine computes the block.
    function judge(
        ProgramModel calldata model,
        bytes32 inputRoot,
        bytes32 traceRoot,
        uint256 index,
        bytes32[] calldata sections,
        bytes calldata evidence
    ) external pure returns (bool isDecided, bytes32 answer);

    /// @notice What a claim about a whole run stands for: the joint hash of the outputs' roots in its trace tree.
    /// @param model The program, registered.
    /// @param traceRoot Root of the claim.
    /// @param sections One word a section.
    /// @param outputs One word an output.
    /// @param evidence Packed proofs.
    function resultOf(
        ProgramModel calldata model,
        bytes32 traceRoot,
        bytes32[] calldata sections,
        bytes32[] calldata outputs,
        bytes calldata evidence
    ) external pure returns (bytes32 result);

    /// @notice Hash of a final state of the machine, and the leaf that it stands for: that of the computed block, or of a block
    /// of zeros if the machine did not exit with 0.
    function leafOf(uint32 outputBlockAddress, bytes calldata evidence)
        external
        pure
        returns (bytes32 stateHash, bytes32 leaf);

    /// @notice The result that consists of these bytes: the outputs one after the other.
    function resultFrom(ProgramModel calldata model, bytes32[] calldata outputs, bytes calldata content)
        external
        pure
        returns (bytes32 result);

    /// @notice Root over the inputs that consist of these bytes, one after the other.
    /// @param lengths One word an input: its bytes.
    function inputRootFrom(ProgramModel calldata model, bytes32[] calldata lengths, bytes calldata content)
        external
        pure
        returns (bytes32 inputRoot);
}
