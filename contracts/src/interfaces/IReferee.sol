// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGraphTransition} from "./IGraphTransition.sol";
import {IMachineTransition} from "./IMachineTransition.sol";
import {IModelRegistry} from "./IModelRegistry.sol";

/// @title What games and markets ask about a model
/// @notice Answers by model id, for machine and tensor programs alike; an id that is not registered reverts with
/// `IModelRegistry.UnknownModel`. Keeps nothing: what it says follows from the registered model and the arguments. Wrong proofs revert
/// with the errors of MerkleMemory, StateAccess and Evidence.
interface IReferee {
    /// @notice A game over this model has no tournament of this kind (`Kinds`).
    error KindNotPlayed(bytes32 modelId, uint8 kind);
    /// @notice The final state that was proven is not the last leaf.
    error FinalStateMismatch(bytes32 lastLeaf, bytes32 stateHash);
    /// @notice A claim about a tensor program names no last leaf: it must be zero.
    error LastLeafUnexpected(bytes32 lastLeaf);

    /// @notice Where the models are.
    function REGISTRY() external view returns (IModelRegistry);
    /// @notice The rules of the machine.
    function MACHINE() external view returns (IMachineTransition);
    /// @notice The rules of tensor programs.
    function GRAPH() external view returns (IGraphTransition);

    /// @notice Kind of a model's root tournament, the height of its tree, the words that its evidence may have (spec/06 §10), and the
    /// heights of the machine's trees: states, single instructions below a state (0: states are one instruction apart).
    function rootLevel(bytes32 modelId)
        external
        view
        returns (uint8 kind, uint8 height, uint16 words, uint8 coarseHeight, uint8 fineHeight);

    /// @notice Height of the tree of one kind of tournament of a model, and the words that its evidence may have (0 but at the graph).
    function level(bytes32 modelId, uint8 kind) external view returns (uint8 height, uint16 words);

    /// @notice What a root claim stands for (spec/06 §3): a result.
    /// @param traceRoot Root of the claim's tree.
    /// @param lastLeaf Last leaf of the tree of a machine program; zero for a tensor program.
    /// @param evidence Final state proof (spec/07 §2), or result of a claim (spec/07 §5).
    function resultOf(bytes32 modelId, bytes32 traceRoot, bytes32 lastLeaf, bytes calldata evidence)
        external
        view
        returns (bytes32 result);

    /// @notice What a claim about the computation of one block stands for: the block's leaf.
    /// @param lastLeaf Last leaf of the claim's tree.
    /// @param evidence A block's final state (spec/07 §5).
    function leafOf(bytes32 modelId, bytes32 lastLeaf, bytes calldata evidence) external view returns (bytes32 leaf);

    /// @notice State of a machine program before its first instruction (spec/04 §6).
    /// @param siblings Proof of the empty input slot in the image.
    function initialStateHash(bytes32 modelId, bytes32 inputRoot, bytes32[] calldata siblings)
        external
        view
        returns (bytes32 stateHash);

    /// @notice State after one instruction.
    /// @param witness Packed witness (spec/07 §1).
    function step(bytes32 modelId, bytes32 prestateHash, bytes calldata witness)
        external
        view
        returns (bytes32 poststateHash);

    /// @notice What is true at a leaf of a tensor program's trace, left of which everything is agreed (spec/06 §5).
    /// @param traceRoot Root of either claim, in which the evidence proves what lies left of the leaf.
    /// @param evidence Packed proofs (spec/07 §5).
    /// @return isDecided Whether a rule tells the leaf: `answer` is it. Else `answer` is the hash of the state from which the machine
    /// computes the block.
    function judge(bytes32 modelId, bytes32 inputRoot, bytes32 traceRoot, uint256 index, bytes calldata evidence)
        external
        view
        returns (bool isDecided, bytes32 answer);

    /// @notice Root of the input that consists of these bytes.
    function inputRootFrom(bytes32 modelId, bytes calldata content) external view returns (bytes32 inputRoot);

    /// @notice The result that consists of these bytes. Another number of bytes than the model's reverts: nothing is cut.
    function resultFrom(bytes32 modelId, bytes calldata content) external view returns (bytes32 result);
}
